/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugfs.h - /sys/kernel/debug/quarry/.
 *
 * qr_debugfs_init() comes before the first cache or heap with a directory of
 * its own.  qr_debugfs_exit() may come before or after the last of them goes.
 */
#ifndef _QR_DEBUGFS_H
#define _QR_DEBUGFS_H

struct quarry_cache;
struct quarry_heap;
struct qr_mark;

/* 0 also without debugfs, with a log line: quarry works unseen. */
int qr_debugfs_init(void);
void qr_debugfs_exit(void);

/*
 * The directory of a named cache or heap, kept in ->platform.  Context:
 * process, may sleep.  Removal waits for readers and writers inside the
 * directory's files: call it with no lock held that those take, while the object is still
 * whole, and before its name can be used again.
 */
void qr_debugfs_add_cache(struct quarry_cache *cache);
void qr_debugfs_del_cache(struct quarry_cache *cache);
void qr_debugfs_add_heap(struct quarry_heap *heap);
void qr_debugfs_del_heap(struct quarry_heap *heap);
/* The file since/NAME of a mark; the same holds. */
void qr_debugfs_add_mark(struct qr_mark *mark);
void qr_debugfs_del_mark(struct qr_mark *mark);

/* What core calls them. */
static inline void qr_platform_add_cache(struct quarry_cache *cache)
{
	qr_debugfs_add_cache(cache);
}

static inline void qr_platform_del_cache(struct quarry_cache *cache)
{
	qr_debugfs_del_cache(cache);
}

static inline void qr_platform_add_heap(struct quarry_heap *heap)
{
	qr_debugfs_add_heap(heap);
}

static inline void qr_platform_del_heap(struct quarry_heap *heap)
{
	qr_debugfs_del_heap(heap);
}

static inline void qr_platform_add_mark(struct qr_mark *mark)
{
	qr_debugfs_add_mark(mark);
}

static inline void qr_platform_del_mark(struct qr_mark *mark)
{
	qr_debugfs_del_mark(mark);
}

#endif /* _QR_DEBUGFS_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs.c - the tree /sys/kernel/debug/quarry/ and its files.
 *
 * A file is rendered whole when it is opened, and again when it is read from
 * the start once more; in between reads come from that text, so that a file
 * read byte by byte is consistent, and complete although its cache may go.
 * Cache or heap are looked at only between debugfs_file_get() and _put(),
 * which debugfs itself has around open: removal waits for them.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "control.h"
#include "debugfs.h"
#include "internal.h"
#include "mark.h"
#include "report.h"
#include "sink.h"

/* Longest text a file takes, without its newline. */
#define WRITE_MAX	255

/* One file: what debugfs keeps for us in inode->i_private. */
struct file_ref {
	const struct qr_report *report;
	/* NULL where there is nothing to write. */
	const struct qr_control *control;
	/* Whose directory it is in; both NULL at the top. */
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	/* Which mark it is the file of, or NULL. */
	struct qr_mark *mark;
};

/* Most files a directory has. */
#define FILES_MAX	24

/* Directory of a cache or heap, hung on its ->platform. */
struct dir {
	struct dentry *dentry;
	struct file_ref file[FILES_MAX];
};

/* An open file. */
struct snapshot {
	/* Protects what is below from reads at the same time. */
	struct mutex lock;
	struct qr_sink sink;
	/* Something was read of it: a read from the start wants a new one. */
	bool used;
};

static struct dentry *root;
static struct dentry *caches_dir;
static struct dentry *heaps_dir;
static struct dentry *since_dir;
static struct file_ref root_files[FILES_MAX];

/* Renders @ref's file anew.  0 or -ENOMEM. */
static int snapshot_take(struct snapshot *snap, const struct file_ref *ref)
{
	const struct qr_report *report = ref->report;

	qr_sink_free(&snap->sink);
	snap->used = false;
	if (report->all)
		report->all(&snap->sink);
	else if (report->cache)
		report->cache(&snap->sink, ref->cache);
	else if (report->heap)
		report->heap(&snap->sink, ref->heap);
	else if (report->mark)
		report->mark(&snap->sink, ref->mark);
	return snap->sink.error;
}

static int view_open(struct inode *inode, struct file *file)
{
	const struct file_ref *ref = inode->i_private;
	struct snapshot *snap;
	int err = 0;

	/* Nothing stops root but this. */
	if ((file->f_mode & FMODE_READ) && !(ref->report->mode & 0444))
		return -EACCES;
	if ((file->f_mode & FMODE_WRITE) && !ref->control)
		return -EACCES;
	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	mutex_init(&snap->lock);
	if (file->f_mode & FMODE_READ)
		err = snapshot_take(snap, ref);
	if (err) {
		qr_sink_free(&snap->sink);
		kfree(snap);
		return err;
	}
	file->private_data = snap;
	return 0;
}

/* -EIO when what the file is about is gone. */
static int snapshot_retake(struct snapshot *snap, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	int err = debugfs_file_get(dentry);

	if (err)
		return err;
	err = snapshot_take(snap, file_inode(file)->i_private);
	debugfs_file_put(dentry);
	return err;
}

static ssize_t view_read(struct file *file, char __user *to, size_t len,
			 loff_t *pos)
{
	struct snapshot *snap = file->private_data;
	ssize_t done = 0;

	mutex_lock(&snap->lock);
	if (!*pos && snap->used)
		done = snapshot_retake(snap, file);
	if (!done)
		done = simple_read_from_buffer(to, len, pos, snap->sink.text,
					       snap->sink.len);
	if (done > 0)
		snap->used = true;
	mutex_unlock(&snap->lock);
	return done;
}

/* What was written may have changed what a read from the start shows. */
static void snapshot_outdate(struct snapshot *snap)
{
	mutex_lock(&snap->lock);
	snap->used = true;
	mutex_unlock(&snap->lock);
}

static int text_store(const struct file_ref *ref, char *text)
{
	const struct qr_control *control = ref->control;
	int err;

	if (ref->cache)
		err = control->store_cache(ref->cache, text);
	else if (ref->heap)
		err = control->store_heap(ref->heap, text);
	else
		err = control->store(text);
	if (err == -EINVAL)
		pr_warn("%s%s%s%s: expected %s\n",
			ref->cache ? "cache/" : ref->heap ? "heap/" : "",
			ref->cache ? quarry_cache_name(ref->cache) :
			ref->heap ? quarry_heap_name(ref->heap) : "",
			ref->cache || ref->heap ? "/" : "",
			ref->report->name, control->expects);
	return err;
}

static ssize_t view_write(struct file *file, const char __user *from,
			  size_t len, loff_t *pos)
{
	struct dentry *dentry = file->f_path.dentry;
	char text[WRITE_MAX + 2] = "";
	int err;

	/* What is too long, or has a NUL in it, is like an empty text. */
	if (len < sizeof(text)) {
		if (copy_from_user(text, from, len))
			return -EFAULT;
		if (memchr(text, '\0', len))
			text[0] = '\0';
	}
	err = debugfs_file_get(dentry);
	if (err)
		return err;
	err = text_store(file_inode(file)->i_private, strim(text));
	debugfs_file_put(dentry);
	snapshot_outdate(file->private_data);
	return err ?: len;
}

static loff_t view_seek(struct file *file, loff_t offset, int whence)
{
	struct snapshot *snap = file->private_data;
	loff_t pos;

	mutex_lock(&snap->lock);
	pos = fixed_size_llseek(file, offset, whence, snap->sink.len);
	mutex_unlock(&snap->lock);
	return pos;
}

static int view_release(struct inode *inode, struct file *file)
{
	struct snapshot *snap = file->private_data;

	qr_sink_free(&snap->sink);
	mutex_destroy(&snap->lock);
	kfree(snap);
	return 0;
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = view_read,
	.write = view_write,
	.llseek = view_seek,
	.release = view_release,
};

/* ---------------------------------------------------------- directories */

static const struct qr_control *control_named(const struct qr_control *control,
					      const char *name)
{
	for (; control->report.name; control++)
		if (!strcmp(control->report.name, name))
			return control;
	return NULL;
}

static bool report_named(const struct qr_report *report, const char *name)
{
	while (report->name && strcmp(report->name, name))
		report++;
	return report->name;
}

static void file_create(struct dentry *parent, struct file_ref *ref,
			const struct qr_report *report,
			const struct qr_control *control)
{
	ref->report = report;
	ref->control = control;
	debugfs_create_file_unsafe(report->name, report->mode, parent, ref,
				   &view_fops);
}

/*
 * Files for all of @report and @control, each with the next of @ref, which
 * says already whose they are.
 */
static void files_create(struct dentry *parent, struct file_ref *ref,
			 const struct qr_report *report,
			 const struct qr_control *control)
{
	struct file_ref *end = ref + FILES_MAX;
	const struct qr_report *known;

	for (known = report; known->name && ref < end; known++, ref++)
		file_create(parent, ref, known,
			    control_named(control, known->name));
	for (; control->report.name && ref < end; control++)
		if (!report_named(report, control->report.name))
			file_create(parent, ref++, &control->report, control);
	WARN_ON(known->name || control->report.name);
}

/* NULL without debugfs or memory: the object then has no directory. */
static struct dir *dir_create(struct dentry *parent, const char *name,
			      const struct file_ref *whose)
{
	struct dir *dir;
	int i;

	if (IS_ERR_OR_NULL(parent))
		return NULL;
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return NULL;
	for (i = 0; i < FILES_MAX; i++)
		dir->file[i] = *whose;
	dir->dentry = debugfs_create_dir(name, parent);
	if (IS_ERR(dir->dentry)) {
		kfree(dir);
		return NULL;
	}
	return dir;
}

/* After qr_debugfs_exit() the directory is gone already. */
static void dir_remove(struct dir *dir)
{
	if (dir && root)
		debugfs_remove(dir->dentry);
	kfree(dir);
}

void qr_debugfs_add_cache(struct quarry_cache *cache)
{
	const struct file_ref whose = { .cache = cache };
	struct dir *dir = dir_create(caches_dir, cache->name, &whose);

	cache->platform = dir;
	if (dir)
		files_create(dir->dentry, dir->file, qr_cache_reports,
			     qr_cache_controls);
}

void qr_debugfs_del_cache(struct quarry_cache *cache)
{
	dir_remove(cache->platform);
	cache->platform = NULL;
}

void qr_debugfs_add_heap(struct quarry_heap *heap)
{
	const struct file_ref whose = { .heap = heap };
	struct dir *dir = dir_create(heaps_dir, heap->name, &whose);

	heap->platform = dir;
	if (dir)
		files_create(dir->dentry, dir->file, qr_heap_reports,
			     qr_heap_controls);
}

void qr_debugfs_del_heap(struct quarry_heap *heap)
{
	dir_remove(heap->platform);
	heap->platform = NULL;
}

/* File of a mark, hung on its ->platform. */
struct mark_file {
	struct dentry *dentry;
	struct file_ref ref;
};

void qr_debugfs_add_mark(struct qr_mark *mark)
{
	struct mark_file *file;

	if (IS_ERR_OR_NULL(since_dir))
		return;
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	mark->platform = file;
	if (!file)
		return;
	file->ref.report = &qr_mark_report;
	file->ref.mark = mark;
	file->dentry = debugfs_create_file_unsafe(mark->name,
						  qr_mark_report.mode,
						  since_dir, &file->ref,
						  &view_fops);
}

/* After qr_debugfs_exit() the file is gone already. */
void qr_debugfs_del_mark(struct qr_mark *mark)
{
	struct mark_file *file = mark->platform;

	if (file && root)
		debugfs_remove(file->dentry);
	kfree(file);
	mark->platform = NULL;
}

int qr_debugfs_init(void)
{
	struct dentry *dentry = debugfs_create_dir("quarry", NULL);

	if (IS_ERR(dentry)) {
		pr_info("no debugfs (%ld): statistics cannot be read\n",
			PTR_ERR(dentry));
		return 0;
	}
	root = dentry;
	caches_dir = debugfs_create_dir("cache", root);
	heaps_dir = debugfs_create_dir("heap", root);
	since_dir = debugfs_create_dir("since", root);
	files_create(root, root_files, qr_reports, qr_controls);
	return 0;
}

void qr_debugfs_exit(void)
{
	debugfs_remove(root);
	root = NULL;
	caches_dir = NULL;
	heaps_dir = NULL;
	since_dir = NULL;
}

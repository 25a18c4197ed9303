/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * site.h - the table of call sites: numbers for static records and return
 * addresses, names that outlive the module they came from.
 */
#ifndef _QR_SITE_H
#define _QR_SITE_H

#include "internal.h"

#define QR_SITES_MAX		(1U << 20)
/* Number of the site of everything that could not be numbered. */
#define QR_SITE_UNKNOWN		1U

/* What is remembered of a site for ever. */
struct qr_site {
	const char *file;
	const char *func;
	const char *module;
	u32 line;
	u32 id;
	/* enum qr_exempt. */
	u8 exempt;
	/* A block of it was freed by the kernel's own kfree(), and that was told. */
	bool strayed;
	/* Return address for callers without a record, 1 once retired; else 0. */
	unsigned long address;
	/* Of the module that the address is in, once somebody asked. */
	struct quarry_heap *heap;
	struct qr_site *hash_next;
};

/*
 * Tag bits of @site, numbering it first where it has no number yet.  Never 0.
 * Context: any but NMI, preemption on, no lock.
 */
u64 qr_site_number(struct quarry_site *site);
/* The same for a return address. */
u64 qr_site_of_address(unsigned long address);
/* Number of the site at a return address, or 0: it has none yet.  Lock-free. */
u32 qr_site_find(unsigned long address);

/*
 * What lies from @start to before @end is no longer the code it was: its sites
 * keep number and name, and whoever calls from there later is another site.
 */
void qr_site_retire(unsigned long start, unsigned long end);

/* Lock-free; NULL when there is no such site. */
const struct qr_site *qr_site_get(u32 id);
/* Sites numbered so far; valid ids are 1 to this, inclusive. */
u32 qr_site_count(void);
/* What scans are to do about the objects of a site: enum qr_exempt. */
void qr_site_exempt(u32 id, unsigned int exempt);
unsigned int qr_site_exemption(u32 id);
/* Whose heap it allocates from that calls by address. */
void qr_site_set_heap(u32 id, struct quarry_heap *heap);
/* Whether this is the first time that is asked of the site. */
bool qr_site_strays(u32 id);
int qr_site_init(void);
void qr_site_exit(void);

/* The hot half of qr_site_number(). */
static __always_inline u64 qr_site_tag(struct quarry_site *site)
{
	u64 tag = READ_ONCE(site->tag);

	return likely(tag) ? tag : qr_site_number(site);
}

#endif /* _QR_SITE_H */

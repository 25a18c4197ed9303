// SPDX-License-Identifier: GPL-2.0-only
/*
 * dup.c - copies of memory and text in blocks of a heap.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "block.h"
#include "site.h"

/**
 * __quarry_heap_memdup() - copy memory into a new block
 * @heap: the heap, or %NULL for the default heap
 * @from: what to copy, borrowed
 * @len: bytes
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the copy, owned by the caller, or %NULL.
 */
void *__quarry_heap_memdup(struct quarry_heap *heap, const void *from,
			   size_t len, gfp_t gfp, struct quarry_site *site)
{
	void *copy = qr_block_alloc(heap, len, gfp, qr_site_tag(site),
				    _RET_IP_);

	if (copy && len)
		memcpy(copy, from, len);
	return copy;
}
EXPORT_SYMBOL_GPL(__quarry_heap_memdup);

static char *copy_string(struct quarry_heap *heap, const char *from, size_t len,
			 gfp_t gfp, struct quarry_site *site,
			 unsigned long caller)
{
	char *copy = qr_block_alloc(heap, len + 1, gfp, qr_site_tag(site),
				    caller);

	if (!copy)
		return NULL;
	memcpy(copy, from, len);
	copy[len] = '\0';
	return copy;
}

/**
 * __quarry_heap_memdup_nul() - copy memory into a new block, and end it
 * @heap: the heap, or %NULL for the default heap
 * @from: what to copy, borrowed; %NULL gives %NULL
 * @len: bytes; a NUL is added
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the copy, owned by the caller, or %NULL.
 */
char *__quarry_heap_memdup_nul(struct quarry_heap *heap, const char *from,
			       size_t len, gfp_t gfp, struct quarry_site *site)
{
	if (!from)
		return NULL;
	return copy_string(heap, from, len, gfp, site, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_memdup_nul);

/**
 * __quarry_heap_strndup() - copy at most so many bytes of a string
 * @heap: the heap, or %NULL for the default heap
 * @from: what to copy, borrowed; %NULL gives %NULL
 * @max: bytes to copy at most; a NUL is added
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the copy, owned by the caller, or %NULL.
 */
char *__quarry_heap_strndup(struct quarry_heap *heap, const char *from,
			    size_t max, gfp_t gfp, struct quarry_site *site)
{
	if (!from)
		return NULL;
	return copy_string(heap, from, strnlen(from, max), gfp, site, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_strndup);

/**
 * __quarry_heap_strdup() - copy a string
 * @heap: the heap, or %NULL for the default heap
 * @from: what to copy, borrowed; %NULL gives %NULL
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the copy, owned by the caller, or %NULL.
 */
char *__quarry_heap_strdup(struct quarry_heap *heap, const char *from,
			   gfp_t gfp, struct quarry_site *site)
{
	if (!from)
		return NULL;
	return copy_string(heap, from, strlen(from), gfp, site, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_strdup);

__printf(4, 0)
static char *print(struct quarry_heap *heap, gfp_t gfp,
		   struct quarry_site *site, const char *fmt, va_list args,
		   unsigned long caller)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;
	text = qr_block_alloc(heap, (size_t)len + 1, gfp, qr_site_tag(site),
			      caller);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

/**
 * __quarry_heap_vasprintf() - format text into a new block
 * @heap: the heap, or %NULL for the default heap
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 * @fmt: as for printf()
 * @args: what @fmt asks for
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the text, owned by the caller, or %NULL.
 */
char *__quarry_heap_vasprintf(struct quarry_heap *heap, gfp_t gfp,
			      struct quarry_site *site, const char *fmt,
			      va_list args)
{
	return print(heap, gfp, site, fmt, args, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_vasprintf);

/**
 * __quarry_heap_asprintf() - format text into a new block
 * @heap: the heap, or %NULL for the default heap
 * @gfp: as for __quarry_heap_alloc()
 * @site: static record of the call site
 * @fmt: as for printf()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the text, owned by the caller, or %NULL.
 */
char *__quarry_heap_asprintf(struct quarry_heap *heap, gfp_t gfp,
			     struct quarry_site *site, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = print(heap, gfp, site, fmt, args, _RET_IP_);
	va_end(args);
	return text;
}
EXPORT_SYMBOL_GPL(__quarry_heap_asprintf);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject_alloc.c - the point of failure that callers see: an object of a cache,
 * a block of a heap.  Puts the call site in words, which rules are made of.
 */
#include "inject.h"
#include "site_text.h"

bool qr_inject_fails_alloc(const struct quarry_cache *cache, size_t bytes,
			   gfp_t gfp, u64 tag)
{
	struct qr_inject_ask ask = {
		.point = QR_INJECT_ALLOC, .cache = cache, .bytes = bytes,
		.gfp = gfp,
	};
	struct qr_site_text text;

	qr_site_text(qr_tag_site(tag), &text);
	ask.file = text.file;
	ask.line = text.line;
	ask.func = text.func;
	ask.module = text.module;
	return qr_inject_fails(&ask);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sink.c - the text buffer that reports are written to.
 *
 * A report is complete or its sink says -ENOMEM; nothing is cut silently.
 * Context: process, may sleep; a sink belongs to one writer.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/stdarg.h>
#include <linux/string.h>

#include "inject.h"
#include "sink.h"

/* Makes room for @more bytes beyond the text, its NUL included. */
static bool sink_grow(struct qr_sink *sink, size_t more)
{
	size_t need = sink->len + more;
	size_t size = max_t(size_t, sink->size, PAGE_SIZE / 2);
	char *text = NULL;

	/* The kernel serves no larger buffer, and no report is that long. */
	if (need <= INT_MAX / 2) {
		while (size < need)
			size *= 2;
		text = qr_buffer_alloc(size, GFP_KERNEL | __GFP_NOWARN);
	}
	if (!text) {
		sink->error = -ENOMEM;
		return false;
	}
	if (sink->len)
		memcpy(text, sink->text, sink->len);
	text[sink->len] = '\0';
	kvfree(sink->text);
	sink->text = text;
	sink->size = size;
	return true;
}

void qr_sink_printf(struct qr_sink *sink, const char *fmt, ...)
{
	size_t more = 1;
	size_t room;
	va_list args;
	int len;

	if (sink->error)
		return;
	while (more) {
		room = sink->size - sink->len;
		if (room < more && !sink_grow(sink, more))
			return;
		room = sink->size - sink->len;
		va_start(args, fmt);
		len = vsnprintf(sink->text + sink->len, room, fmt, args);
		va_end(args);
		more = (size_t)len < room ? 0 : (size_t)len + 1;
	}
	sink->len += len;
}

void qr_sink_free(struct qr_sink *sink)
{
	kvfree(sink->text);
	memset(sink, 0, sizeof(*sink));
}

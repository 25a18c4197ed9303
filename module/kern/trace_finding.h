/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_finding.h - the trace event quarry:quarry_finding, one for each
 * finding, with the words that the file events has: they are read when the
 * code they name may be gone.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM quarry

#if !defined(_QR_TRACE_FINDING_H) || defined(TRACE_HEADER_MULTI_READ)
#define _QR_TRACE_FINDING_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#define QR_TRACE_KIND	24
#define QR_TRACE_OWNER	64
#define QR_TRACE_SITE	128
#define QR_TRACE_CALLER	96

TRACE_EVENT(quarry_finding,
	    TP_PROTO(const char *kind, const void *address, const char *owner,
		     const char *caller, const char *site),
	    TP_ARGS(kind, address, owner, caller, site),
	    TP_STRUCT__entry(__array(char, kind, QR_TRACE_KIND)
			     __array(char, owner, QR_TRACE_OWNER)
			     __array(char, site, QR_TRACE_SITE)
			     __array(char, caller, QR_TRACE_CALLER)
			     __field(const void *, address)
	    ),
	    TP_fast_assign(strscpy(__entry->kind, kind, QR_TRACE_KIND);
			   strscpy(__entry->owner, owner, QR_TRACE_OWNER);
			   strscpy(__entry->site, site, QR_TRACE_SITE);
			   strscpy(__entry->caller, caller, QR_TRACE_CALLER);
			   __entry->address = address;
	    ),
	    TP_printk("kind=%s address=%p owner=%s caller=%s site=%s",
		      __entry->kind, __entry->address, __entry->owner,
		      __entry->caller, __entry->site)
);

#endif /* _QR_TRACE_FINDING_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_finding
#include <trace/define_trace.h>

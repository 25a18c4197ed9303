// SPDX-License-Identifier: GPL-2.0-only
/*
 * kasan.c - where the kernel has KASAN, its reports are of objects of quarry, too
 * (core/sanitizer.h): each becomes a finding, which tells whose object it was.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "finding.h"
#include "frame.h"
#include "hooks.h"

#ifdef CONFIG_KASAN_GENERIC

#include <trace/events/error_report.h>

/* Between the access and here: some of KASAN's, the tracepoint's, ours. */
#define FRAMES	16

/* KASAN reports one thing at a time. */
static char symbol[KSYM_SYMBOL_LEN];

/* What checks, and what it stands for where code is not instrumented. */
static const char *const checkers[] = {
	"kasan_", "__kasan_", "__asan_", "memset+", "memcpy+", "memmove+",
};

static bool is_kasan(unsigned long address)
{
	unsigned int i;

	sprint_symbol(symbol, address);
	for (i = 0; i < ARRAY_SIZE(checkers); i++)
		if (str_has_prefix(symbol, checkers[i]))
			return true;
	return false;
}

/* Who called KASAN; 0 where that cannot be told. */
static unsigned long accessor(void)
{
	struct qr_frame frame[FRAMES];
	unsigned int nr = qr_platform_walk(frame, FRAMES);
	unsigned long caller = 0;

	while (nr-- && !is_kasan(frame[nr].address))
		caller = frame[nr].address;
	return caller;
}

/* A report ends.  Interrupts are off: a slab that was found stays. */
static void on_report(void *unused, enum error_detector detector,
		      unsigned long address)
{
	const struct qr_slab *slab = qr_page_slab((void *)address);

	if (detector == ERROR_DETECTOR_KASAN && slab)
		qr_cache_finding(slab->cache, QR_EVENT_KASAN, (void *)address,
				 accessor());
}

int qr_kasan_init(void)
{
	return register_trace_error_report_end(on_report, NULL);
}

void qr_kasan_exit(void)
{
	unregister_trace_error_report_end(on_report, NULL);
	tracepoint_synchronize_unregister();
}

#else

int qr_kasan_init(void)
{
	return 0;
}

void qr_kasan_exit(void)
{
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * unwind.c - the calls that lead to an allocation, and who makes it.  The
 * compiler's unwinder takes no memory and no lock, so it may run in a
 * simulated interrupt, and in a signal handler.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "frame.h"
#include "internal.h"
#include "machine.h"
#include "platform.h"

/*
 * Where the Makefile has the linker put core and mirror.  Nowhere when the
 * program is compiled as a whole: then our own calls stay in the chain.
 */
extern const char own_start[] __asm__("__start_quarry_text")
	__attribute__((weak, visibility("hidden")));
extern const char own_end[] __asm__("__stop_quarry_text")
	__attribute__((weak, visibility("hidden")));

/* Number that the debug information gives the register. */
#define RBP	6

struct walk {
	struct qr_frame *frame;
	unsigned int nr;
	unsigned int max;
	bool interrupt;
	/* We have come out of quarry. */
	bool outside;
};

bool qr_platform_is_own(unsigned long address)
{
	return address > (unsigned long)own_start &&
	       address <= (unsigned long)own_end;
}

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *data)
{
	unsigned long address = _Unwind_GetIP(context);
	bool own = qr_platform_is_own(address);
	const unsigned long *place;
	struct walk *walk = data;

	/* The machine again: this is where the interrupt struck. */
	if (own && walk->outside && walk->interrupt)
		return _URC_END_OF_STACK;
	walk->outside |= !own;
	if (!address || walk->nr == walk->max)
		return _URC_END_OF_STACK;
	/* What called this has pushed its return address last. */
	place = (const unsigned long *)_Unwind_GetCFA(context) - 1;
	walk->frame[walk->nr].address = address;
	walk->frame[walk->nr].pointer = (const unsigned long *)
					_Unwind_GetGR(context, RBP);
	walk->frame[walk->nr++].place = *place == address ? place : NULL;
	return _URC_NO_REASON;
}

unsigned int qr_platform_walk(struct qr_frame *frame, unsigned int max)
{
	struct walk walk = {
		.frame = frame,
		.max = max,
		.interrupt = in_interrupt(),
	};

	_Unwind_Backtrace(step, &walk);
	return walk.nr;
}

u32 qr_platform_task(char comm[16])
{
	memset(comm, 0, 16);
	if (in_interrupt()) {
		strscpy(comm, in_serving_softirq() ? "softirq" : "hardirq", 16);
		return 0;
	}
	prctl(PR_GET_NAME, comm);
	return syscall(SYS_gettid);
}

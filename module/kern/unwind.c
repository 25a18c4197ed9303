// SPDX-License-Identifier: GPL-2.0-only
/*
 * unwind.c - the calls that lead here, from the kernel's unwinder.  With ORC
 * tables it also tells where on the stack each of them was found, and where any
 * stack ends.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#ifdef CONFIG_UNWINDER_ORC
#include <asm/unwind.h>
#endif

#include "frame.h"
#include "internal.h"
#include "stacks.h"

bool qr_platform_is_own(unsigned long address)
{
	return within_module(address, THIS_MODULE);
}

/* Where that of the task ends, if @here is on it. */
static unsigned long task_end(unsigned long here)
{
	unsigned long from = (unsigned long)task_stack_page(current);

	return here - from < THREAD_SIZE ? from + THREAD_SIZE : 0;
}

#ifdef CONFIG_UNWINDER_ORC

/* Where the stack ended that a CPU had for interrupts when it was last asked. */
static DEFINE_PER_CPU(unsigned long, other_end);

const unsigned long *qr_stack_end(const unsigned long *here)
{
	unsigned long at = (unsigned long)here, end = task_end(at);
	struct unwind_state state;

	if (!end) {
		end = __this_cpu_read(other_end);
		if (end - at > THREAD_SIZE) {
			unwind_start(&state, current, NULL, NULL);
			end = (unsigned long)state.stack_info.end;
			__this_cpu_write(other_end, end);
		}
	}
	return (const unsigned long *)end;
}

/*
 * Tracers replace a return address; beyond a switch of stacks places are
 * another time others; where a table is missing the unwinder guesses.
 */
static bool is_in_place(struct unwind_state *state, enum stack_type type,
			const unsigned long *place, unsigned long address)
{
	return !unwind_error(state) && state->stack_info.type == type &&
	       READ_ONCE_NOCHECK(*place) == address;
}

unsigned int qr_platform_walk(struct qr_frame *frame, unsigned int max)
{
	struct unwind_state state;
	const unsigned long *place;
	unsigned long address;
	unsigned int nr = 0;
	enum stack_type type;

	/* Begins with whoever called this. */
	unwind_start(&state, current, NULL, NULL);
	type = state.stack_info.type;
	for (; nr < max && !unwind_done(&state); unwind_next_frame(&state)) {
		address = unwind_get_return_address(&state);
		/* What an interrupt has found running did not call us. */
		if (!address || unwind_get_entry_regs(&state, NULL))
			break;
		place = (const unsigned long *)state.sp - 1;
		frame[nr].address = address;
		frame[nr].pointer = (const unsigned long *)state.bp;
		frame[nr++].place = is_in_place(&state, type, place, address) ?
				    place : NULL;
	}
	return nr;
}

#else

const unsigned long *qr_stack_end(const unsigned long *here)
{
	return (const unsigned long *)task_end((unsigned long)here);
}

/* At most so many frames. */
#define FRAMES_MAX	32

unsigned int qr_platform_walk(struct qr_frame *frame, unsigned int max)
{
	unsigned long address[FRAMES_MAX];
	unsigned int i, nr;

	nr = stack_trace_save(address, min_t(unsigned int, max, FRAMES_MAX), 0);
	nr = filter_irq_stacks(address, nr);
	for (i = 0; i < nr; i++) {
		frame[i].address = address[i];
		frame[i].place = NULL;
		frame[i].pointer = NULL;
	}
	return nr;
}

#endif

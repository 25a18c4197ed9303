/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack.h - the table of call chains: numbers for them, names that outlive the
 * modules they lead through.
 */
#ifndef _QR_STACK_H
#define _QR_STACK_H

#include "internal.h"

/* Return addresses kept of a chain, those nearest to the allocation. */
#define QR_STACK_FRAMES		16U
/* Chains there may be; their numbers are below. */
#define QR_STACKS_MAX		(1U << 18)
/* Number of the chain of everything that could not be kept: no frames. */
#define QR_STACK_UNKNOWN	1U

/* What is remembered of a chain for ever. */
struct qr_stack {
	u32 id;
	u32 hash;
	struct qr_stack *next;
	/*
	 * Of a retired chain: its frames in words, each with a NUL, or NULL
	 * where there was no memory for them.
	 */
	const char *text;
	u32 text_bytes;
	/* Names nobody but itself any more: code that it leads through went. */
	bool retired;
	u8 nr;
	unsigned long entry[];
};

/*
 * Number of the chain of @nr return addresses, the innermost first; never 0.
 * Context: any, preemption on, no lock; in NMI only what is known is found.
 */
u32 qr_stack_number(const unsigned long *entry, unsigned int nr);

/* Lock-free; NULL when there is no such chain. */
const struct qr_stack *qr_stack_get(u32 id);
/* Chains numbered so far; valid ids are 1 to this, inclusive. */
u32 qr_stack_count(void);
/* Times a chain was not kept: no memory, or the table is full. */
unsigned long qr_stack_lost(void);
/* "func+0x1c/0x90 [module]" of a frame; returns @buf. */
const char *qr_stack_text(const struct qr_stack *stack, unsigned int frame,
			  char *buf, size_t size);

/*
 * Code from @start up to @end goes away, and other code may come to lie there.
 * The chains that lead through it keep their names, and are not found any
 * more.  Call it while the names are still known and the code runs no more.
 * Context: process, may sleep.
 */
void qr_stack_retire(unsigned long start, unsigned long end);

void qr_stack_init(void);
void qr_stack_exit(void);

#endif /* _QR_STACK_H */

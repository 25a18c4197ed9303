// SPDX-License-Identifier: GPL-2.0-only
/*
 * stray.c - objects of quarry that other code passes to the kernel's kfree().
 * That takes them for a block too large for its slabs; just there a probe looks
 * whose it is, and has what is ours given to us instead.  Ordinary frees do not
 * come by.  Where there are no probes, the extra references of every page keep
 * it, and the loss is found when the page is given back: see pages.c.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>

#include "hooks.h"
#include "internal.h"
#include "frame.h"
#include "kfree.h"

#ifdef CONFIG_KPROBES

/* Frames to look through for who called kfree(). */
#define FRAMES	8

/* Who called the function that @inner returns to. */
static unsigned long caller_of(unsigned long inner)
{
	struct qr_frame frame[FRAMES];
	unsigned int i, nr = qr_platform_walk(frame, FRAMES);

	for (i = 0; i + 1 < nr; i++)
		if (frame[i].address == inner)
			return frame[i + 1].address;
	return inner;
}

/* Called in place of the function that has the probe. */
static void free_ours(void *page, void *object)
{
	qr_stray_free(object, caller_of(_RET_IP_));
}

/* Neither registers nor stack have changed since it was called. */
static int look(struct kprobe *probe, struct pt_regs *regs)
{
	if (!qr_is_ours((void *)regs_get_kernel_argument(regs, 1)))
		return 0;
	instruction_pointer_set(regs, (unsigned long)free_ours);
	return 1;
}

/*
 * Where a probe is reached by a jump, the kernel goes on where it was, whatever
 * look() says.  One that is to be called afterwards is reached by no jump.
 */
static void looked(struct kprobe *probe, struct pt_regs *regs,
		   unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = "free_large_kmalloc",
	.pre_handler = look,
	.post_handler = looked,
};

static bool probing;

void qr_stray_init(void)
{
	int err = register_kprobe(&probe);

	probing = !err;
	if (err)
		pr_info("what kfree() is given of ours is not caught, but found later (%d)\n",
			err);
}

void qr_stray_exit(void)
{
	if (!probing)
		return;
	unregister_kprobe(&probe);
	/* Who is in free_ours() may have been preempted there. */
	synchronize_rcu_tasks();
}

#else

void qr_stray_init(void)
{
}

void qr_stray_exit(void)
{
}

#endif

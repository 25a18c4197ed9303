// SPDX-License-Identifier: GPL-2.0-only
/*
 * scanner.c - the thread that scans for leaks.  It sleeps until somebody asks,
 * or until the period is over.  Owns scanner_lock.
 */
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "control.h"
#include "internal.h"
#include "scan.h"
#include "scanner.h"

static struct task_struct *scanner;
static DECLARE_WAIT_QUEUE_HEAD(wanted_queue);
static DECLARE_WAIT_QUEUE_HEAD(done_queue);

/* Leaf.  Protects what is below. */
static DEFINE_SPINLOCK(scanner_lock);
/* Scans asked for, begun, and ended, and what came of the last one. */
static unsigned long wanted, begun, ended;
static int result;

static bool is_wanted(void)
{
	return READ_ONCE(wanted) != READ_ONCE(begun);
}

static void scan_once(void)
{
	int err;

	spin_lock(&scanner_lock);
	/* One scan answers all who have asked before it. */
	begun = wanted;
	spin_unlock(&scanner_lock);
	err = qr_scan_run(READ_ONCE(qr_params.scan_min_age_ms));
	spin_lock(&scanner_lock);
	ended = begun;
	result = err;
	spin_unlock(&scanner_lock);
	wake_up_all(&done_queue);
}

static bool is_woken(unsigned int period)
{
	return is_wanted() || kthread_should_stop() ||
	       READ_ONCE(qr_params.scan_period_s) != period;
}

/* True when it is time for a scan. */
static bool wait_for_work(void)
{
	unsigned int period = READ_ONCE(qr_params.scan_period_s);
	long left = period ? (long)period * HZ : MAX_SCHEDULE_TIMEOUT;

	left = wait_event_interruptible_timeout(wanted_queue, is_woken(period),
						left);
	return is_wanted() || !left;
}

static int scanner_thread(void *unused)
{
	set_user_nice(current, 10);
	while (!kthread_should_stop())
		if (wait_for_work() && !kthread_should_stop())
			scan_once();
	return 0;
}

int qr_scanner_run(void)
{
	unsigned long ticket;
	int err;

	spin_lock(&scanner_lock);
	ticket = ++wanted;
	spin_unlock(&scanner_lock);
	wake_up(&wanted_queue);
	if (wait_event_interruptible(done_queue,
				     (long)(READ_ONCE(ended) - ticket) >= 0))
		return -EINTR;
	spin_lock(&scanner_lock);
	err = result;
	spin_unlock(&scanner_lock);
	return err == -EINTR ? -ECANCELED : err;
}

void qr_scanner_set_period(unsigned int seconds)
{
	WRITE_ONCE(qr_params.scan_period_s, seconds);
	wake_up(&wanted_queue);
}

int qr_scanner_init(void)
{
	scanner = kthread_run(scanner_thread, NULL, "quarry_scan");
	return PTR_ERR_OR_ZERO(scanner);
}

void qr_scanner_exit(void)
{
	qr_scan_stop();
	kthread_stop(scanner);
}

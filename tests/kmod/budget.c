// SPDX-License-Identifier: GPL-2.0-only
/*
 * budget.c - case: eight threads fight for what is left of a heap's budget.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>

#include "kmod.h"

#define THREADS		8
#define PAGES		64
#define MSECS		2000

struct fight {
	struct quarry_heap *heap;
	struct task_struct *task[THREADS];
	atomic_long_t got;
	atomic_long_t refused;
	atomic_long_t inside;
	atomic_long_t together;
};

static int fight_thread(void *data)
{
	struct fight *fight = data;

	while (!kthread_should_stop()) {
		void *block = quarry_heap_alloc(fight->heap, 3 * PAGE_SIZE,
						GFP_KERNEL | __GFP_NOWARN);

		if (block) {
			if (atomic_long_inc_return(&fight->inside) > 1)
				atomic_long_inc(&fight->together);
			atomic_long_inc(&fight->got);
			cond_resched();
			atomic_long_dec(&fight->inside);
			quarry_free(block);
		} else {
			atomic_long_inc(&fight->refused);
		}
		cond_resched();
	}
	return 0;
}

KERNEL_CASE(kernel_threads_fight_for_the_last_page)
{
	struct quarry_heap *heap = qt_heap(t, PAGES * PAGE_SIZE);
	struct fight fight = { .heap = heap };
	unsigned int i;
	void *most;

	if (!heap)
		return;
	/* There is room for one of theirs. */
	most = quarry_heap_alloc(heap, (PAGES - 3) * PAGE_SIZE, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, most))
		return;
	for (i = 0; i < THREADS; i++)
		fight.task[i] = kthread_run(fight_thread, &fight, "fight/%u",
					    i);
	msleep(MSECS);
	for (i = 0; i < THREADS; i++)
		if (!IS_ERR(fight.task[i]))
			kthread_stop(fight.task[i]);
	qt_print("# %ld got it, %ld were refused\n",
		 atomic_long_read(&fight.got),
		 atomic_long_read(&fight.refused));
	QT_EXPECT_GT(t, atomic_long_read(&fight.got), 0);
	QT_EXPECT_EQ(t, atomic_long_read(&fight.together), 0);
	QT_EXPECT_LE(t, atomic_long_read(&heap->budget.high_water),
		     PAGES * PAGE_SIZE);
	quarry_free(most);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

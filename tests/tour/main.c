// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - quarry_tour.ko: makes the mistake whose name is written to debugfs
 * quarry_tour/do; "undo" takes all of them back.  quarry_tour/cases lists them,
 * quarry_tour/expect has the verdicts that quarry is to give now, and
 * quarry_tour/misuses the reports that it is to give of misuse.
 *
 * Mistakes are made, and undone, in a thread that ends with it, so that no
 * pointer stays on the stack of whoever wrote the word.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <quarry/quarry.h>

#include "tour.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/* Protects what is below. */
static DEFINE_MUTEX(lock);
static bool committed[TOUR_CASES_MAX];

static bool misuse_is_survived;

static struct dentry *dir;

/* ------------------------------------------------------------ threads */

static int commit_thread(void *data)
{
	const struct tour_case *which = data;

	which->commit();
	return 0;
}

static int misuse_thread(void *data)
{
	const struct tour_case *which = data;

	which->commit();
	misuse_is_survived = ground_end();
	return 0;
}

static int undo_thread(void *unused)
{
	int i;

	for (i = 0; i < tour_nr_cases; i++)
		if (committed[i] && tour_cases[i]->forget)
			tour_cases[i]->forget();
	notes_free();
	for (i = 0; i < tour_nr_cases; i++)
		if (committed[i] && tour_cases[i]->finish)
			tour_cases[i]->finish();
	return 0;
}

/*
 * Runs @body in a thread of its own.  When this returns the thread has no stack
 * any more: one that is about to end could still have the pointers on it.
 */
static int in_thread(int (*body)(void *), const void *data)
{
	struct task_struct *task;

	task = kthread_create(body, (void *)data, "quarry_tour_do");
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	wake_up_process(task);
	while (READ_ONCE(task->stack))
		msleep(1);
	put_task_struct(task);
	return 0;
}

static int undo_locked(void)
{
	int err = in_thread(undo_thread, NULL);

	if (!err)
		memset(committed, 0, sizeof(committed));
	return err;
}

/* Leaves nothing behind, and may be made again. */
static int misuse_locked(const struct tour_case *which)
{
	int err = in_thread(misuse_thread, which);

	if (err || misuse_is_survived)
		return err;
	pr_err("%s: memory is not as it was\n", which->name);
	return -EIO;
}

static int commit_locked(int i)
{
	int err;

	if (tour_cases[i]->misuse)
		return misuse_locked(tour_cases[i]);
	if (committed[i])
		return -EBUSY;
	committed[i] = true;
	err = in_thread(commit_thread, tour_cases[i]);
	if (err)
		return err;
	return notes_missing() ? -ENOMEM : 0;
}

static int do_locked(const char *word)
{
	int i;

	if (!strcmp(word, "undo"))
		return undo_locked();
	for (i = 0; i < tour_nr_cases; i++)
		if (!strcmp(word, tour_cases[i]->name))
			return commit_locked(i);
	pr_err("do: \"%s\": expected undo or a name out of cases\n", word);
	return -EINVAL;
}

/* -------------------------------------------------------------- files */

static ssize_t do_write(struct file *file, const char __user *from,
			size_t bytes, loff_t *pos)
{
	char word[32];
	int err;

	if (bytes >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, bytes))
		return -EFAULT;
	word[bytes] = '\0';
	mutex_lock(&lock);
	err = do_locked(strim(word));
	mutex_unlock(&lock);
	return err ? err : bytes;
}

static const struct file_operations do_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = do_write,
	.llseek = noop_llseek,
};

static int cases_show(struct seq_file *seq, void *unused)
{
	int i;

	seq_puts(seq, "# quarry_tour cases v1\n");
	for (i = 0; i < tour_nr_cases - tour_nr_apart; i++)
		seq_printf(seq, "%s %s %s\n", tour_cases[i]->name, tour_cases[i]->func,
			   tour_cases[i]->mistake);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cases);

/* Columns as those of quarry's own file leaks. */
static int expect_show(struct seq_file *seq, void *unused)
{
	int i;

	mutex_lock(&lock);
	seq_puts(seq, "# quarry_tour expect v1\n");
	seq_puts(seq, "lost_objs indirect_objs held_objs interior_objs large func\n");
	for (i = 0; i < tour_nr_cases; i++) {
		const struct tour_verdict *v = &tour_cases[i]->expect;

		if (committed[i])
			seq_printf(seq, "%u %u %u %u %d %s\n", v->lost,
				   v->indirect, v->held, v->interior,
				   tour_cases[i]->large, tour_cases[i]->func);
	}
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(expect);

static void put_word(struct seq_file *seq, const char *word)
{
	seq_printf(seq, "%s ", word ?: "-");
}

/* Places, of several words, come last. */
static int misuses_show(struct seq_file *seq, void *unused)
{
	int i;

	seq_puts(seq, "# quarry_tour misuses v1\n");
	seq_puts(seq, "name options kind allocator freer caller others damage_bytes place\n");
	for (i = 0; i < tour_nr_cases; i++) {
		const struct tour_misuse *m = tour_cases[i]->misuse;

		if (!m)
			continue;
		put_word(seq, tour_cases[i]->name);
		put_word(seq, m->options);
		put_word(seq, m->kind);
		put_word(seq, m->allocator);
		put_word(seq, m->freer);
		put_word(seq, m->caller);
		put_word(seq, m->others);
		seq_printf(seq, "%u %s\n", m->damage_bytes, m->place ?: "-");
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(misuses);

static int __init tour_init(void)
{
	dir = debugfs_create_dir("quarry_tour", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("do", 0200, dir, NULL, &do_fops);
	debugfs_create_file("cases", 0444, dir, NULL, &cases_fops);
	debugfs_create_file("expect", 0444, dir, NULL, &expect_fops);
	debugfs_create_file("misuses", 0444, dir, NULL, &misuses_fops);
	return 0;
}

static void __exit tour_exit(void)
{
	debugfs_remove(dir);
	if (undo_locked())
		pr_err("no thread: what was allocated stays\n");
}

module_init(tour_init);
module_exit(tour_exit);

MODULE_DESCRIPTION("The classic mistakes with memory, each on demand");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - quarry_replay.ko: a captured stream is written to debugfs
 * quarry_replay/load, a word to quarry_replay/control, and what came of it is
 * read from quarry_replay/result.
 *
 *	run	plays the whole stream, as often as the parameter loops says
 *	peak	plays up to the moment of most live bytes and stops there, so
 *		that quarry's own files can be read
 *	finish	plays the rest and gives everything back
 *	crowd	as many threads as the parameter players says play it over and
 *		over into quarry
 *	halt	ends them
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../target_quarry.h"
#include "kmod.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define LOAD_MAX	(64UL << 20)	/* bytes of a stream */
#define RESULT_MAX	2048

static unsigned int loops = 1;
module_param(loops, uint, 0644);
MODULE_PARM_DESC(loops, "how often run plays the stream (1)");

static bool verify = true;
module_param(verify, bool, 0644);
MODULE_PARM_DESC(verify, "check what objects contain (1)");

static char target[8] = "quarry";
module_param_string(target, target, sizeof(target), 0644);
MODULE_PARM_DESC(target, "allocator to play into: quarry or slub");

static unsigned int players = 4;
module_param(players, uint, 0644);
MODULE_PARM_DESC(players, "threads of a crowd (4)");

static unsigned int rest_s;
module_param(rest_s, uint, 0644);
MODULE_PARM_DESC(rest_s, "a crowd's thread N rests N % 4 times this at its peak (0)");

/* Protects everything below. */
static DEFINE_MUTEX(lock);
static char *stream_data;
static size_t stream_len;
static size_t stream_room;
/* Decoded from stream_data; NULL until it is needed. */
static struct player *player;
/* Between peak and finish. */
static bool held;
static struct quarry_target quarry_state = {
	.world = &kernel_world,
	.used = world_used_bytes,
};

static struct slub_target slub_state;
static struct dentry *dir;

/* --------------------------------------------------------------- load */

static void drop_stream(void)
{
	player_close(player);
	player = NULL;
	vfree(stream_data);
	stream_data = NULL;
	stream_len = 0;
	stream_room = 0;
}

/* A new stream replaces the one before. */
static int load_open(struct inode *inode, struct file *file)
{
	int err = 0;

	mutex_lock(&lock);
	if (held || crowd_runs()) {
		pr_err("load: a stream is being played, %s first\n",
		       held ? "finish" : "halt");
		err = -EBUSY;
	} else {
		drop_stream();
	}
	mutex_unlock(&lock);
	return err;
}

static int make_room(size_t bytes)
{
	size_t room = max_t(size_t, stream_room, 1UL << 16);
	char *data;

	if (bytes > LOAD_MAX) {
		pr_err("load: a stream has at most %lu bytes\n", LOAD_MAX);
		return -EFBIG;
	}
	if (bytes <= stream_room)
		return 0;
	while (room < bytes)
		room *= 2;
	data = vzalloc(room);
	if (!data)
		return -ENOMEM;
	if (stream_len)
		memcpy(data, stream_data, stream_len);
	vfree(stream_data);
	stream_data = data;
	stream_room = room;
	return 0;
}

static ssize_t load_write(struct file *file, const char __user *from,
			  size_t bytes, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&lock);
	ret = -EBUSY;
	if (player)
		goto out;
	ret = -EINVAL;
	if (*pos != stream_len)
		goto out;
	ret = make_room(stream_len + bytes);
	if (ret)
		goto out;
	ret = -EFAULT;
	if (copy_from_user(stream_data + stream_len, from, bytes))
		goto out;
	stream_len += bytes;
	*pos += bytes;
	ret = bytes;
out:
	mutex_unlock(&lock);
	return ret;
}

static const struct file_operations load_fops = {
	.owner = THIS_MODULE,
	.open = load_open,
	.write = load_write,
	.llseek = noop_llseek,
};

/* ------------------------------------------------------------ control */

static int decode_locked(void)
{
	unsigned long error_at;
	const char *error;

	if (player)
		return 0;
	if (!stream_len) {
		pr_err("control: no stream, write one to load first\n");
		return -ENODATA;
	}
	player = player_open(&kernel_world, stream_data, stream_len, &error,
			     &error_at);
	if (player)
		return 0;
	pr_err("stream: byte %lu: %s\n", error_at, error);
	return -EINVAL;
}

static int begin_locked(void)
{
	char name[sizeof(target)];
	int err = decode_locked();

	if (err)
		return err;
	kernel_param_lock(THIS_MODULE);
	strscpy(name, strim(target), sizeof(name));
	kernel_param_unlock(THIS_MODULE);
	if (!strcmp(name, "quarry")) {
		err = player_begin(player, &target_quarry, &quarry_state,
				   verify);
	} else if (!strcmp(name, "slub")) {
		err = player_begin(player, &target_slub, &slub_state, verify);
	} else {
		pr_err("target is quarry or slub, not \"%s\"\n", name);
		return -EINVAL;
	}
	if (err)
		pr_err("%s: cannot begin\n", name);
	return err ? -ENOMEM : 0;
}

static int end_locked(void)
{
	const struct player_result *r = player_result(player);

	if (player_end(player) || r->failures || r->mismatches ||
	    r->not_zeroed) {
		pr_err("%llu failures, %llu mismatches, %llu not zeroed, %u caches stuck\n",
		       r->failures, r->mismatches, r->not_zeroed, r->stuck);
		return -EIO;
	}
	return 0;
}

static int run_locked(void)
{
	unsigned int i, nr = max(loops, 1U);
	int err = begin_locked();

	if (err)
		return err;
	for (i = 0; i < nr && !signal_pending(current); i++) {
		player_peak(player);
		player_finish(player);
	}
	err = end_locked();
	return err ? err : i < nr ? -EINTR : 0;
}

static int crowd_locked(void)
{
	if (!stream_len) {
		pr_err("control: no stream, write one to load first\n");
		return -ENODATA;
	}
	return crowd_start(stream_data, stream_len, max(players, 1U), rest_s);
}

static int control_locked(const char *word)
{
	int err;

	if (!strcmp(word, "halt") && crowd_runs())
		return crowd_stop();
	if (!strcmp(word, "crowd") && !crowd_runs())
		return crowd_locked();
	if (!strcmp(word, held ? "finish" : "run")) {
		if (!held)
			return run_locked();
		held = false;
		player_finish(player);
		return end_locked();
	}
	if (!held && !strcmp(word, "peak")) {
		err = begin_locked();
		if (err)
			return err;
		held = true;
		player_peak(player);
		return 0;
	}
	pr_err("control: \"%s\": expected %s\n", word,
	       held ? "finish" : crowd_runs() ? "run, peak or halt" :
	       "run, peak or crowd");
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from,
			     size_t bytes, loff_t *pos)
{
	char word[16];
	int err;

	if (bytes >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, bytes))
		return -EFAULT;
	word[bytes] = '\0';
	mutex_lock(&lock);
	err = control_locked(strim(word));
	mutex_unlock(&lock);
	return err ? err : bytes;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = control_write,
	.llseek = noop_llseek,
};

/* ------------------------------------------------------------- result */

static ssize_t result_read(struct file *file, char __user *to, size_t bytes,
			   loff_t *pos)
{
	char *text = vzalloc(RESULT_MAX);
	ssize_t ret = 0;

	if (!text)
		return -ENOMEM;
	mutex_lock(&lock);
	if (player)
		ret = player_print(player, text, RESULT_MAX);
	mutex_unlock(&lock);
	ret = simple_read_from_buffer(to, bytes, pos, text, ret);
	vfree(text);
	return ret;
}

static const struct file_operations result_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = result_read,
	.llseek = default_llseek,
};

static int __init replay_init(void)
{
	dir = debugfs_create_dir("quarry_replay", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("load", 0200, dir, NULL, &load_fops);
	debugfs_create_file("control", 0200, dir, NULL, &control_fops);
	debugfs_create_file("result", 0444, dir, NULL, &result_fops);
	return 0;
}

static void __exit replay_exit(void)
{
	debugfs_remove(dir);
	crowd_stop();
	drop_stream();
}

module_init(replay_init);
module_exit(replay_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("plays captured allocation streams into quarry or SLUB");

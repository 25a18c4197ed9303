// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold.c - who keeps quarry loaded: caches and heaps that were destroyed and
 * still have live objects, one hold each.  And the parameter that lets go of
 * them, for when the module that had those objects is past freeing them.
 */
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>

#include "internal.h"

/* Innermost; protects the two below. */
static DEFINE_MUTEX(lock);
static unsigned int holds;
/* The module is not held by them. */
static bool force_unload;

void qr_platform_hold(void)
{
	mutex_lock(&lock);
	holds++;
	if (!force_unload)
		__module_get(THIS_MODULE);
	mutex_unlock(&lock);
}

void qr_platform_drop(void)
{
	mutex_lock(&lock);
	holds--;
	if (!force_unload)
		module_put(THIS_MODULE);
	mutex_unlock(&lock);
}

/* -ENODEV: it is being removed. */
static int hold_again(void)
{
	unsigned int held;

	for (held = 0; held < holds; held++)
		if (!try_module_get(THIS_MODULE))
			break;
	if (held == holds)
		return 0;
	while (held--)
		module_put(THIS_MODULE);
	return -ENODEV;
}

static void let_go(void)
{
	unsigned int held;

	for (held = 0; held < holds; held++)
		module_put(THIS_MODULE);
	if (holds)
		pr_warn("force_unload: live objects of %u destroyed caches and heaps keep quarry no longer\n",
			holds);
}

static int force_set(const char *value, const struct kernel_param *param)
{
	bool force;
	int err = kstrtobool(value, &force);

	if (err) {
		pr_err("force_unload=%s: expected Y or N\n", value);
		return err;
	}
	mutex_lock(&lock);
	if (force && !force_unload)
		let_go();
	else if (!force && force_unload)
		err = hold_again();
	if (!err)
		force_unload = force;
	mutex_unlock(&lock);
	return err;
}

static const struct kernel_param_ops force_ops = {
	.set = force_set,
	.get = param_get_bool,
};

module_param_cb(force_unload, &force_ops, &force_unload, 0644);
MODULE_PARM_DESC(force_unload,
		 "let quarry go though destroyed caches and heaps have live objects, whose memory stays (default: no)");

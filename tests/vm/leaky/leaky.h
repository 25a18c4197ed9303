/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leaky.h - a module that allocates and keeps: all of it, though by two names.
 *	named=N		blocks of 200 bytes by a site with a record, at insertion
 *	unnamed=N	blocks of 300 bytes by return address, at insertion
 *	fail=1		insertion fails after that
 *	grow=N		written: N blocks of 1000 bytes more; 0 frees everything
 *	tidy=1		removal frees everything
 */
#ifndef _QUARRY_LEAKY_H
#define _QUARRY_LEAKY_H

#include <linux/list.h>
#include <linux/module.h>

#include <quarry/quarry.h>

static unsigned int named;
module_param(named, uint, 0444);
MODULE_PARM_DESC(named, "blocks to allocate at insertion, by source line");

static unsigned int unnamed;
module_param(unnamed, uint, 0444);
MODULE_PARM_DESC(unnamed, "blocks to allocate at insertion, by return address");

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "1: insertion fails");

static bool tidy;
module_param(tidy, bool, 0644);
MODULE_PARM_DESC(tidy, "1: removal frees everything");

struct kept {
	struct list_head link;
};

static LIST_HEAD(all_kept);

static int keep(struct kept *kept)
{
	if (!kept)
		return -ENOMEM;
	list_add(&kept->link, &all_kept);
	return 0;
}

static noinline int leak_named(unsigned int nr)
{
	int err = 0;

	while (nr-- && !err)
		err = keep(quarry_alloc(200, GFP_KERNEL));
	return err;
}

static noinline int leak_unnamed(unsigned int nr)
{
	int err = 0;

	while (nr-- && !err)
		err = keep((quarry_alloc)(300, GFP_KERNEL));
	return err;
}

static noinline int leak_grow(unsigned int nr)
{
	int err = 0;

	while (nr-- && !err)
		err = keep(quarry_alloc(1000, GFP_KERNEL));
	return err;
}

static noinline void free_kept(void)
{
	struct kept *kept, *next;

	list_for_each_entry_safe(kept, next, &all_kept, link) {
		list_del(&kept->link);
		quarry_free(kept);
	}
}

static int grow_set(const char *value, const struct kernel_param *param)
{
	unsigned int nr;
	int err = kstrtouint(value, 0, &nr);

	if (!err && nr)
		err = leak_grow(nr);
	else if (!err)
		free_kept();
	return err;
}

static const struct kernel_param_ops grow_ops = { .set = grow_set };
module_param_cb(grow, &grow_ops, NULL, 0200);
MODULE_PARM_DESC(grow, "blocks to allocate when it is written; 0 frees everything");

static int __init leaky_init(void)
{
	int err = leak_named(named);

	if (!err)
		err = leak_unnamed(unnamed);
	if (!err && fail)
		err = -EINVAL;
	if (err && tidy)
		free_kept();
	return err;
}

static void __exit leaky_exit(void)
{
	if (tidy)
		free_kept();
}

module_init(leaky_init);
module_exit(leaky_exit);
MODULE_DESCRIPTION("Allocates from quarry and does not free");
MODULE_LICENSE("GPL");

#endif /* _QUARRY_LEAKY_H */

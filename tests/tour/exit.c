// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit.c - quarry_tour_exit.ko: frees one of its two objects when it is
 * removed.  Nothing can free the other one any more.
 */
#include <linux/module.h>

#include <quarry/quarry.h>

static char *input;
static char *output;

static int __init exit_init(void)
{
	input = quarry_zalloc(200, GFP_KERNEL);
	output = quarry_zalloc(200, GFP_KERNEL);
	if (input && output)
		return 0;
	quarry_free(input);
	quarry_free(output);
	return -ENOMEM;
}

static void __exit exit_exit(void)
{
	quarry_free(input);
}

module_init(exit_init);
module_exit(exit_exit);

MODULE_DESCRIPTION("Forgets an object of quarry when it is removed");
MODULE_LICENSE("GPL");

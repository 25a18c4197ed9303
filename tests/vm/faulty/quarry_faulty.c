// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarry_faulty.c - what can be made to fail, in the context of who writes:
 *	open=1	a device set up and shut down: ENOMEM if a step fails
 *	open=2	the same by a driver that forgets a step on its way back
 *	blocks=N, atomic=N, objects=N	so many allocations, freed at once
 *	large=BYTES	one block that may be virtually contiguous
 *	whose=ADDRESS	(read) the cache that it is an object of, or nobody
 *	kept		(read) the object that the last such thread died with
 *	oops=N		a thread that takes N blocks and an object and dies with them
 *	failed, virtual	(read) of the last of these: failures; 1 if it was so
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include <quarry/quarry.h>

static unsigned int failed;
module_param(failed, uint, 0444);

static bool is_virtual;
module_param_named(virtual, is_virtual, bool, 0444);

static struct quarry_cache *cache;

/* Freed at removal, so that quarry can be removed then. */
static void *forgotten[64];
static unsigned int nr_forgotten;

/* A device: four steps, each with its own way of asking. */
struct device {
	char *name;
	void *ring;
	u64 *table;
	void *frames;
};

static noinline int device_open(struct device *device, bool forgets)
{
	device->name = quarry_asprintf(GFP_KERNEL, "device %d", 7);
	if (!device->name)
		return -ENOMEM;
	device->ring = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!device->ring)
		goto err_name;
	device->table = quarry_calloc(64, sizeof(u64), GFP_KERNEL);
	if (!device->table)
		goto err_ring;
	device->frames = quarry_kvalloc(64 << 10, GFP_KERNEL);
	if (!device->frames)
		goto err_table;
	return 0;

err_table:
	quarry_free(device->table);
	/* The planted mistake: this way out misses err_ring. */
	if (forgets) {
		if (nr_forgotten < ARRAY_SIZE(forgotten))
			forgotten[nr_forgotten++] = device->ring;
		goto err_name;
	}
err_ring:
	quarry_cache_free(cache, device->ring);
err_name:
	quarry_free(device->name);
	return -ENOMEM;
}

static void device_close(struct device *device)
{
	quarry_free(device->frames);
	quarry_free(device->table);
	quarry_cache_free(cache, device->ring);
	quarry_free(device->name);
}

static int open_set(const char *value, const struct kernel_param *param)
{
	struct device device;
	unsigned int how;
	int err = kstrtouint(value, 0, &how);

	if (err)
		return err;
	err = device_open(&device, how == 2);
	if (!err)
		device_close(&device);
	return err;
}

static noinline void *take_block(gfp_t gfp)
{
	return quarry_alloc(200, gfp);
}

static noinline void *take_atomic(gfp_t gfp)
{
	return quarry_alloc(200, gfp);
}

/* By its return address: a site without a record. */
static noinline void *take_object(gfp_t gfp)
{
	void *object = (quarry_cache_alloc)(cache, gfp);

	barrier();
	return object;
}

static int number_of(const char *value, unsigned int *nr)
{
	failed = 0;
	return kstrtouint(value, 0, nr);
}

static int blocks_set(const char *value, const struct kernel_param *param)
{
	bool atomic = param->arg;
	unsigned int nr;
	int err = number_of(value, &nr);

	while (!err && nr--) {
		void *block = atomic ? take_atomic(GFP_ATOMIC) :
				       take_block(GFP_KERNEL);

		failed += !block;
		quarry_free(block);
	}
	return err;
}

static int objects_set(const char *value, const struct kernel_param *param)
{
	unsigned int nr;
	int err = number_of(value, &nr);

	while (!err && nr--) {
		void *object = take_object(GFP_KERNEL);

		failed += !object;
		quarry_cache_free(cache, object);
	}
	return err;
}

static int large_set(const char *value, const struct kernel_param *param)
{
	unsigned int bytes;
	int err = number_of(value, &bytes);
	void *block;

	if (err)
		return err;
	block = quarry_kvalloc(bytes, GFP_KERNEL);
	failed = !block;
	is_virtual = is_vmalloc_addr(block);
	quarry_free(block);
	return 0;
}

/* Where the thread writes to. */
static int *nowhere;

static noinline void *keep_block(gfp_t gfp)
{
	return quarry_alloc(200, gfp);
}

static noinline void *keep_object(gfp_t gfp)
{
	return quarry_cache_alloc(cache, gfp);
}

static void *kept;

static int kept_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "0x%lx\n", (unsigned long)kept);
}

static unsigned long whose;

static int whose_get(char *buf, const struct kernel_param *param)
{
	struct quarry_cache *owner = quarry_cache_of((void *)whose);

	return sysfs_emit(buf, "%s\n", owner ? quarry_cache_name(owner) :
						 "nobody");
}

static int die(void *data)
{
	unsigned long nr = (unsigned long)data;

	while (nr--)
		keep_block(GFP_KERNEL);
	kept = keep_object(GFP_KERNEL);
	WRITE_ONCE(*READ_ONCE(nowhere), 1);
	return 0;
}

static int oops_set(const char *value, const struct kernel_param *param)
{
	unsigned int nr;
	int err = kstrtouint(value, 0, &nr);

	if (err)
		return err;
	return PTR_ERR_OR_ZERO(kthread_run(die, (void *)(unsigned long)nr,
					   "quarry_faulty"));
}

static const struct kernel_param_ops open_ops = { .set = open_set };
module_param_cb(open, &open_ops, NULL, 0200);
static const struct kernel_param_ops blocks_ops = { .set = blocks_set };
module_param_cb(blocks, &blocks_ops, NULL, 0200);
module_param_cb(atomic, &blocks_ops, &failed, 0200);
static const struct kernel_param_ops objects_ops = { .set = objects_set };
module_param_cb(objects, &objects_ops, NULL, 0200);
static const struct kernel_param_ops large_ops = { .set = large_set };
module_param_cb(large, &large_ops, NULL, 0200);
static const struct kernel_param_ops kept_ops = { .get = kept_get };
module_param_cb(kept, &kept_ops, NULL, 0400);
static const struct kernel_param_ops whose_ops = {
	.set = param_set_ulong,
	.get = whose_get,
};
module_param_cb(whose, &whose_ops, &whose, 0600);
static const struct kernel_param_ops oops_ops = { .set = oops_set };
module_param_cb(oops, &oops_ops, NULL, 0200);

static int __init faulty_init(void)
{
	cache = quarry_cache_create("faulty", 300, 0, 0, NULL);
	return PTR_ERR_OR_ZERO(cache);
}

static void __exit faulty_exit(void)
{
	while (nr_forgotten)
		quarry_cache_free(cache, forgotten[--nr_forgotten]);
	quarry_cache_destroy(cache);
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("Allocates from quarry where it can be made to fail");
MODULE_LICENSE("GPL");

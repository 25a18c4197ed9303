// SPDX-License-Identifier: GPL-2.0-only
/*
 * example.c - quarry in a process: a cache, the heap, and who owns what.
 * "make -C userspace example" builds and runs it.
 */
#include <quarry/quarry.h>
#include <quarry_mirror.h>

struct packet {
	char data[200];
};

int main(void)
{
	struct quarry_cache *cache;
	void *packet[3], *name;

	if (mirror_init(NULL))
		return 1;
	cache = quarry_cache_create("packets", sizeof(struct packet), 0, 0, NULL);
	for (int i = 0; i < 3; i++)
		packet[i] = quarry_cache_zalloc(cache, GFP_KERNEL);
	name = quarry_strdup("a name on the default heap", GFP_KERNEL);

	mirror_report("caches", stdout);
	mirror_report("sites", stdout);

	for (int i = 0; i < 3; i++)
		quarry_cache_free(cache, packet[i]);
	quarry_free(name);
	quarry_cache_destroy(cache);
	return mirror_exit();
}

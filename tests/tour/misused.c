// SPDX-License-Identifier: GPL-2.0-only
/*
 * misused.c - memory used as it must not be: written outside of what was asked
 * for or after it was freed, freed twice or wrongly, asked for in a size that
 * cannot be.  Each with the report that quarry is to give of it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include <quarry/quarry.h>

#include "tour.h"

static struct quarry_heap *heap;
static struct quarry_cache *inodes, *dentries;

/* The compiler, which would see some of these, is not to. */
static __always_inline void *hidden(void *pointer)
{
	OPTIMIZER_HIDE_VAR(pointer);
	return pointer;
}

/* ------------------------------------------------------ outside of it */

struct node {
	struct node *next;
	long value;
};

static nofold struct node *add_node(struct node *next, long value)
{
	struct node *node;

	/* sizeof(*node) was meant. */
	node = hidden(quarry_heap_alloc(heap, sizeof(node), GFP_KERNEL));
	if (node) {
		node->next = next;
		node->value = value;
	}
	return node;
}

static nofold int remove_node(struct node *node)
{
	quarry_heap_free(heap, node);
	return 0;
}

static const struct tour_misuse wrong_size_misuse = {
	.options = "ZU",
	.kind = "redzone",
	.allocator = "add_node",
	.freer = "remove_node",
	.caller = "remove_node",
	.place = "right behind it",
	.damage_bytes = 8,
};

static void wrong_size_commit(void)
{
	heap = ground_heap(8, wrong_size_misuse.options);
	if (heap)
		remove_node(add_node(NULL, 42));
}

const struct tour_case tour_wrong_size = {
	.name = "wrong_size",
	.mistake = "The size of a pointer is asked for, a structure is written.",
	.func = "add_node",
	.misuse = &wrong_size_misuse,
	.commit = wrong_size_commit,
};

static nofold char *copy_name(void)
{
	char *name = hidden(quarry_heap_alloc(heap, 6, GFP_KERNEL));

	if (name)
		memcpy(name, "foreman", 8);
	return name;
}

static nofold int drop_name(char *name)
{
	quarry_heap_free(heap, name);
	return 0;
}

static const struct tour_misuse eight_into_six_misuse = {
	.options = "ZU",
	.kind = "redzone",
	.allocator = "copy_name",
	.freer = "drop_name",
	.caller = "drop_name",
	.place = "right behind it",
	.damage_bytes = 2,
};

static void eight_into_six_commit(void)
{
	heap = ground_heap(6, eight_into_six_misuse.options);
	if (heap)
		drop_name(copy_name());
}

const struct tour_case tour_eight_into_six = {
	.name = "eight_into_six",
	.mistake = "Six bytes are asked for, eight are written.",
	.func = "copy_name",
	.misuse = &eight_into_six_misuse,
	.commit = eight_into_six_commit,
};

static nofold char *read_line(int len)
{
	char *line = hidden(quarry_heap_alloc(heap, 32, GFP_KERNEL));

	/* Nor has an empty line a last character. */
	if (line)
		line[len - 1] = '\0';
	return line;
}

static nofold int drop_line(char *line)
{
	quarry_heap_free(heap, line);
	return 0;
}

static const struct tour_misuse one_before_misuse = {
	.options = "ZU",
	.kind = "redzone",
	.allocator = "read_line",
	.freer = "drop_line",
	.caller = "drop_line",
	.place = "1 byte before it",
	.damage_bytes = 1,
};

static void one_before_commit(void)
{
	heap = ground_heap(32, one_before_misuse.options);
	if (heap)
		drop_line(read_line(0));
}

const struct tour_case tour_one_before = {
	.name = "one_before",
	.mistake = "An empty line loses its last character: the byte before it.",
	.func = "read_line",
	.misuse = &one_before_misuse,
	.commit = one_before_commit,
};

/* ----------------------------------------------------- after it is freed */

struct channel {
	char name[16];
	int state;
	int users;
	long counter[5];
};

static nofold struct channel *open_channel(void)
{
	struct channel *channel;

	channel = quarry_heap_zalloc(heap, sizeof(*channel), GFP_KERNEL);
	if (channel)
		channel->users = 1;
	return channel;
}

static nofold int close_channel(struct channel *channel)
{
	quarry_heap_free(heap, channel);
	return 0;
}

/* The hardware is done; by now the channel is closed. */
static nofold void complete_channel(struct channel *channel)
{
	channel->state = 1;
}

static nofold int empty_heap(void)
{
	quarry_heap_shrink(heap);
	return 0;
}

static const struct tour_misuse write_after_free_misuse = {
	.options = "PQU",
	.kind = "poison",
	.allocator = "open_channel",
	.freer = "close_channel",
	.caller = "empty_heap",
	.others = "complete_channel",
	.place = "16 bytes into it",
	.damage_bytes = 4,
};

static void write_after_free_commit(void)
{
	struct channel *channel;

	heap = ground_heap(sizeof(*channel), write_after_free_misuse.options);
	channel = heap ? hidden(open_channel()) : NULL;
	if (!channel)
		return;
	close_channel(channel);
	complete_channel(channel);
	empty_heap();
}

const struct tour_case tour_write_after_free = {
	.name = "write_after_free",
	.mistake = "A channel is freed; its completion comes later, and writes.",
	.func = "open_channel",
	.misuse = &write_after_free_misuse,
	.commit = write_after_free_commit,
};

static nofold char *make_request(void)
{
	char *buffer = quarry_heap_alloc(heap, 100, GFP_KERNEL);

	if (buffer)
		strscpy(buffer, "request", 100);
	return buffer;
}

static nofold int stop_request(char *buffer)
{
	quarry_heap_free(heap, buffer);
	return 0;
}

static nofold int free_request(char *buffer)
{
	quarry_heap_free(heap, buffer);
	return 0;
}

static const struct tour_misuse double_free_misuse = {
	.options = "FU",
	.kind = "double_free",
	.allocator = "make_request",
	.freer = "stop_request",
	.caller = "free_request",
	.place = "at its start",
};

static void double_free_commit(void)
{
	char *buffer;

	heap = ground_heap(100, double_free_misuse.options);
	buffer = heap ? make_request() : NULL;
	if (!buffer)
		return;
	stop_request(buffer);
	free_request(hidden(buffer));
}

const struct tour_case tour_double_free = {
	.name = "double_free",
	.mistake = "Both ways out free the buffer, and both are taken.",
	.func = "make_request",
	.misuse = &double_free_misuse,
	.commit = double_free_commit,
};

/* ------------------------------------------- what cannot be freed so */

struct packet {
	char head[8];
	char data[92];
};

static nofold struct packet *get_packet(void)
{
	struct packet *packet;

	packet = quarry_heap_zalloc(heap, sizeof(*packet), GFP_KERNEL);
	if (packet)
		packet->head[0] = 4;
	return packet;
}

static nofold int put_data(struct packet *packet)
{
	quarry_heap_free(heap, hidden(packet->data));
	return 0;
}

static const struct tour_misuse free_middle_misuse = {
	.options = "-",
	.kind = "invalid_free",
	.allocator = "get_packet",
	.caller = "put_data",
	.place = "8 bytes into it",
};

static void free_middle_commit(void)
{
	struct packet *packet;

	heap = ground_heap(sizeof(*packet), free_middle_misuse.options);
	packet = heap ? get_packet() : NULL;
	if (!packet)
		return;
	put_data(packet);
	quarry_heap_free(heap, packet);
}

const struct tour_case tour_free_middle = {
	.name = "free_middle",
	.mistake = "A member is freed instead of the structure it is in.",
	.func = "get_packet",
	.misuse = &free_middle_misuse,
	.commit = free_middle_commit,
};

static nofold int parse_words(const char *text)
{
	char copy[16];

	strscpy(copy, text, sizeof(copy));
	quarry_heap_free(heap, hidden(copy));
	return copy[0];
}

static const struct tour_misuse free_stack_misuse = {
	.options = "-",
	.kind = "invalid_free",
	.caller = "parse_words",
};

static void free_stack_commit(void)
{
	heap = ground_heap(16, free_stack_misuse.options);
	if (heap)
		parse_words("words");
}

const struct tour_case tour_free_stack = {
	.name = "free_stack",
	.mistake = "A variable on the stack is freed.",
	.func = "parse_words",
	.misuse = &free_stack_misuse,
	.commit = free_stack_commit,
};

static nofold long *make_dentry(void)
{
	long *dentry = quarry_cache_zalloc(dentries, GFP_KERNEL);

	if (dentry)
		dentry[0] = 1;
	return dentry;
}

static nofold int drop_inode(long *inode)
{
	quarry_cache_free(inodes, inode);
	return 0;
}

static const struct tour_misuse wrong_cache_misuse = {
	.options = "-",
	.kind = "wrong_owner",
	.allocator = "make_dentry",
	.caller = "drop_inode",
	.place = "at its start",
};

static void wrong_cache_commit(void)
{
	long *dentry;

	inodes = ground_cache("tour-inode", 96, wrong_cache_misuse.options);
	dentries = ground_cache("tour-dentry", 96, wrong_cache_misuse.options);
	dentry = inodes && dentries ? make_dentry() : NULL;
	if (!dentry)
		return;
	drop_inode(dentry);
	quarry_cache_free(dentries, dentry);
}

const struct tour_case tour_wrong_cache = {
	.name = "wrong_cache",
	.mistake = "An object of one cache is freed to another.",
	.func = "make_dentry",
	.misuse = &wrong_cache_misuse,
	.commit = wrong_cache_commit,
};

/* ----------------------------------------------- what cannot be had */

struct record {
	char field[64];
};

static nofold struct record *make_table(size_t nr)
{
	struct record *table;

	table = quarry_heap_alloc_array(heap, nr, sizeof(*table), GFP_KERNEL);
	if (table)
		table[0].field[0] = 1;
	return table;
}

static const struct tour_misuse array_overflow_misuse = {
	.options = "-",
	.kind = "overflow",
	.allocator = "make_table",
	.caller = "make_table",
};

static void array_overflow_commit(void)
{
	size_t nr = SIZE_MAX / sizeof(struct record) + 3;

	heap = ground_heap(64, array_overflow_misuse.options);
	OPTIMIZER_HIDE_VAR(nr);
	if (heap)
		quarry_heap_free(heap, make_table(nr));
}

const struct tour_case tour_array_overflow = {
	.name = "array_overflow",
	.mistake = "So many records of 64 bytes that their product wraps to 128.",
	.func = "make_table",
	.misuse = &array_overflow_misuse,
	.commit = array_overflow_commit,
};

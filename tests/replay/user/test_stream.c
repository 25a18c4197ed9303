// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_stream.c - decoder and encoder: what a stream means, and that a broken
 * one is refused where it breaks.  Built with ASan, mutations also show that
 * no byte outside the file is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "user.h"

#define MUTATIONS	20000

/* Two caches' worth of everything the format has. */
#define HEAD		"QRYS" "\1"
#define COUNTS		"\1\2\2\2\5"
#define NAMES		"\1" "t\0" "\3" "6.1\0"
#define CACHE		"\100" "\6" "dentry\0"
#define SITES		"\3" "foo\0" "\3" "bar\0"
#define KINDS		"\0\1\100\0" "\1\0\144\4"
#define EVENTS		"\0\4\6\5\0\1"
#define PADDING		"\0\0\0\0\0\0\0\0"
#define BYTES(text)	(text), sizeof(text) - 1

static const char good[] = HEAD COUNTS NAMES CACHE SITES KINDS EVENTS;

struct decoded {
	const char *error;
	unsigned long error_at;
	unsigned int events;
	struct qrys_event event[16];
};

/* Decodes a copy of exactly @len bytes, as the player does. */
static void decode(const void *bytes, unsigned long len, struct decoded *out)
{
	struct qrys_stream s;
	struct qrys_event event;
	char *data = malloc(len ? len : 1);

	memcpy(data, bytes, len);
	memset(out, 0, sizeof(*out));
	if (!qrys_open(&s, data, len)) {
		s.cache = calloc(s.nr_caches + 1, sizeof(*s.cache));
		s.site = calloc(s.nr_sites + 1, sizeof(*s.site));
		s.kind = calloc(s.nr_kinds + 1, sizeof(*s.kind));
		s.slot = calloc(s.nr_slots + 1, sizeof(*s.slot));
		if (!qrys_tables(&s))
			while (qrys_next(&s, &event) > 0)
				if (out->events++ < 16)
					out->event[out->events - 1] = event;
		free(s.cache);
		free(s.site);
		free(s.kind);
		free(s.slot);
	}
	out->error = s.error;
	out->error_at = s.error_at;
	free(data);
}

TEST(stream_good_decodes)
{
	static const struct qrys_event want[] = {
		{ .slot = 0, .kind = 0, .op = QRYS_ALLOC, .cpu = 0 },
		{ .slot = 1, .kind = 1, .op = QRYS_ALLOC, .cpu = 0 },
		{ .slot = 0, .kind = 0, .op = QRYS_FREE, .cpu = 1 },
		{ .slot = 0, .kind = 0, .op = QRYS_ALLOC, .cpu = 1 },
		{ .slot = 0, .kind = 0, .op = QRYS_FREE, .cpu = 1 },
	};
	struct decoded out;
	unsigned int i;

	decode(BYTES(good), &out);
	ASSERT_EQ(out.error, NULL) TH_LOG("%s", out.error);
	ASSERT_EQ(out.events, 5);
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(out.event[i].slot, want[i].slot);
		EXPECT_EQ(out.event[i].kind, want[i].kind);
		EXPECT_EQ(out.event[i].op, want[i].op);
		EXPECT_EQ(out.event[i].cpu, want[i].cpu);
	}
}

TEST(stream_cut_anywhere_refused)
{
	struct decoded out;
	unsigned long len;

	for (len = 0; len < sizeof(good) - 1; len++) {
		decode(good, len, &out);
		ASSERT_NE(out.error, NULL) TH_LOG("%lu bytes", len);
		ASSERT_LE(out.error_at, len);
	}
}

TEST(stream_fault_named_where_it_is)
{
	static const struct {
		const char *bytes;
		unsigned long len;
		const char *error;
		unsigned long at;
	} fault[] = {
		{ BYTES("QRYT\1"), "does not begin with QRYS", 3 },
		{ BYTES("QRYS\2"), "version not known", 5 },
		{ BYTES(HEAD "\1\2\2\6\5" NAMES CACHE SITES KINDS EVENTS),
		  "more slots than events", 10 },
		{ BYTES(HEAD "\177\2\2\2\5" NAMES CACHE),
		  "count exceeds the file", 6 },
		{ BYTES(HEAD "\377\377\377\377\177"),
		  "number exceeds 32 bits", 10 },
		{ BYTES(HEAD "\200\200\200\200\200\1"),
		  "number exceeds 5 bytes", 10 },
		{ BYTES(HEAD "\201\10"), "count above its limit", 7 },
		{ BYTES(HEAD COUNTS "\0" PADDING),
		  "name empty or too long", 11 },
		{ BYTES(HEAD COUNTS "\1" " \0" PADDING),
		  "name with an odd character", 11 },
		{ BYTES(HEAD COUNTS "\1" "tt" PADDING),
		  "name without its NUL", 11 },
		{ BYTES(HEAD COUNTS NAMES "\0" "\6" "dentry\0" SITES),
		  "size of a cache out of range", 27 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES "\2\1\100\0"),
		  "site out of range", 41 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES "\0\2\100\0"),
		  "cache out of range", 41 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES "\0\0\0\0"),
		  "size out of range", 41 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES "\0\1\100\10"),
		  "gfp out of range", 41 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES "\0\1\101\0"),
		  "size is not that of the cache", 41 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\10"),
		  "kind out of range", 46 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\0\0\0"),
		  "more live objects than slots", 48 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\1"),
		  "free of a slot that holds nothing", 46 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\0\1\1"),
		  "free of a slot that holds nothing", 48 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\0\15"),
		  "free of a slot that holds nothing", 47 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\202\10"),
		  "CPU out of range", 47 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS "\3"),
		  "event not known", 46 },
		{ BYTES(HEAD COUNTS NAMES CACHE SITES KINDS EVENTS "\0"),
		  "bytes after the end", 51 },
	};
	struct decoded out;
	unsigned int i;

	for (i = 0; i < sizeof(fault) / sizeof(fault[0]); i++) {
		decode(fault[i].bytes, fault[i].len, &out);
		ASSERT_NE(out.error, NULL) TH_LOG("%s", fault[i].error);
		EXPECT_STREQ(out.error, fault[i].error);
		EXPECT_EQ(out.error_at, fault[i].at)
			TH_LOG("%s", fault[i].error);
	}
}

/* Any outcome is right but a wild read, or an event that cannot be played. */
TEST(stream_mutated_decodes_or_refuses)
{
	unsigned long len, refused = 0, i;
	char *data = user_read(REPLAY_DATA "/net.qs.xz", &len);
	struct decoded out;

	ASSERT_NE(data, NULL);
	len = len < 8192 ? len : 8192;
	srand(1);
	for (i = 0; i < MUTATIONS; i++) {
		unsigned long at = rand() % len;
		char was = data[at];

		data[at] = rand();
		decode(data, i % 2 ? len : at, &out);
		refused += !!out.error;
		data[at] = was;
	}
	EXPECT_EQ(refused, MUTATIONS);
	free(data);
}

TEST(stream_mutated_small_decodes_or_refuses)
{
	unsigned int refused = 0, accepted = 0, at, byte;
	struct decoded out;
	char data[sizeof(good) - 1];

	memcpy(data, good, sizeof(data));
	for (at = 0; at < sizeof(data); at++) {
		for (byte = 0; byte < 256; byte++) {
			data[at] = byte;
			decode(data, sizeof(data), &out);
			if (out.error)
				refused++;
			else
				accepted++;
		}
		data[at] = good[at];
	}
	EXPECT_GT(refused, 1000);
	EXPECT_GE(accepted, sizeof(data));
}

/* ------------------------------------------------------------ encoder */

#define ALLOC " bytes_alloc=%u gfp_flags=GFP_KERNEL node=-1 accounted=false\n"

static void trace_kmalloc(FILE *to, unsigned int cpu, const char *site,
			  unsigned long ptr, unsigned int req,
			  unsigned int given)
{
	fprintf(to, " a-1 [%03u] .... 1.0: kmalloc: call_site=%s+0x1/0x9 "
		"ptr=%016lx bytes_req=%u" ALLOC, cpu, site, ptr, req, given);
}

static void trace_free(FILE *to, const char *site, unsigned long ptr)
{
	fprintf(to, " a-1 [000] .... 1.0: kfree: call_site=%s+0x1/0x9 "
		"ptr=%016lx\n", site, ptr);
}

TEST(encoder_infers_frees_it_did_not_see)
{
	char path[] = "/tmp/test_stream.XXXXXX", command[512];
	int fd = mkstemp(path);
	unsigned long len;
	struct decoded out;
	void *data;
	FILE *to;

	ASSERT_GE(fd, 0);
	close(fd);
	snprintf(command, sizeof(command), "%s t tracer 2>/dev/null >%s",
		 REPLAY_ENCODE, path);
	to = popen(command, "w");
	ASSERT_NE(to, NULL);
	trace_kmalloc(to, 1, "foo", 0x10000, 100, 128);
	trace_kmalloc(to, 1, "tracer", 0x90000, 64, 64);
	trace_free(to, "bar", 0x50000);
	trace_kmalloc(to, 1, "foo", 0x10080, 100, 128);
	trace_kmalloc(to, 1, "foo", 0x10000, 100, 128);
	trace_kmalloc(to, 1, "baz", 0x10040, 8, 8);
	trace_free(to, "bar", 0x10080);
	ASSERT_EQ(pclose(to), 0);
	data = user_read(path, &len);
	unlink(path);
	ASSERT_NE(data, NULL);
	decode(data, len, &out);
	free(data);
	ASSERT_EQ(out.error, NULL) TH_LOG("%s", out.error);
	/* The tracer's own and the unknown free are not there. */
	ASSERT_EQ(out.events, 7);
	EXPECT_EQ(out.event[2].op, QRYS_FREE);	/* same address again */
	EXPECT_EQ(out.event[2].slot, 0);
	EXPECT_EQ(out.event[2].cpu, 1);
	EXPECT_EQ(out.event[3].op, QRYS_ALLOC);
	EXPECT_EQ(out.event[4].op, QRYS_FREE);	/* its inside again */
	EXPECT_EQ(out.event[4].slot, 0);
	EXPECT_EQ(out.event[5].op, QRYS_ALLOC);
	EXPECT_EQ(out.event[6].op, QRYS_FREE);
	EXPECT_EQ(out.event[6].slot, 1);
	EXPECT_EQ(out.event[6].cpu, 0);
}

TEST_HARNESS_MAIN

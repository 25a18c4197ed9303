// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding_text.c - a finding in words: the same lines of "name: value" for the
 * log and for the file findings.  Names and their order do not change; what
 * was not kept is "-", calls that were not kept are left out.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/stdarg.h>
#include <linux/string.h>

#include "finding.h"
#include "site_text.h"
#include "slab.h"
#include "stack.h"
#include "walk.h"

#define ROW		16U
#define LINE		(QR_SITE_LINE + 64)

static const char * const address_names[] = {
	[QR_ADDRESS_SLAB] = "memory of quarry",
	[QR_ADDRESS_NULL_PAGE] = "first page, as behind a NULL pointer",
	[QR_ADDRESS_ERROR] = "an error, no address",
	[QR_ADDRESS_USER] = "user space",
	[QR_ADDRESS_STACK] = "stack of the running task",
	[QR_ADDRESS_IMAGE] = "code or data of the kernel",
	[QR_ADDRESS_MODULE] = "code or data of a module",
	[QR_ADDRESS_VMALLOC] = "mapped as by vmalloc()",
	[QR_ADDRESS_OTHER_SLAB] = "object of another allocator",
	[QR_ADDRESS_OTHER_PAGE] = "page of other code",
	[QR_ADDRESS_FREE_PAGE] = "free page",
	[QR_ADDRESS_META] = "quarry's own metadata",
	[QR_ADDRESS_UNMAPPED] = "nothing is mapped there",
	[QR_ADDRESS_NONSENSE] = "not an address that can be",
};

static_assert(ARRAY_SIZE(address_names) == QR_NR_ADDRESSES);

static const char * const state_names[] = {
	[QR_OBJECT_NONE] = "",
	[QR_OBJECT_LIVE] = "live",
	[QR_OBJECT_CACHED] = "cached",
	[QR_OBJECT_FREE] = "free",
	[QR_OBJECT_QUARANTINED] = "quarantined",
	[QR_OBJECT_MOVING] = "being freed",
};

const char *qr_address_name(enum qr_address where)
{
	return address_names[where];
}

/* Where lines go, and the one being made. */
struct out {
	const struct qr_finding *f;
	bool log;
	void (*line)(void *to, const char *text);
	void *to;
	char text[LINE];
};

__printf(3, 4)
static void put(struct out *out, const char *name, const char *fmt, ...)
{
	va_list args;
	int len;

	len = scnprintf(out->text, LINE, "%s: ", name);
	va_start(args, fmt);
	vscnprintf(out->text + len, LINE - len, fmt, args);
	va_end(args);
	out->line(out->to, out->text);
}

/* The log is not read by scripts: what was not kept is left out. */
static void put_text(struct out *out, const char *name, const char *text)
{
	if (text && text[0])
		put(out, name, "%s", text);
	else if (!out->log)
		put(out, name, "-");
}

static void put_number(struct out *out, const char *name, unsigned long value)
{
	if (value)
		put(out, name, "%lu", value);
	else
		put_text(out, name, NULL);
}

/* The log may be read by many: addresses that mean something are hashed. */
static void put_address(struct out *out, const char *name,
			unsigned long address)
{
	u8 where = out->f->where;

	if (!address)
		put_text(out, name, NULL);
	else if (out->log && where != QR_ADDRESS_USER &&
		 where != QR_ADDRESS_NULL_PAGE && where != QR_ADDRESS_ERROR &&
		 where != QR_ADDRESS_NONSENSE)
		put(out, name, "0x%p", (void *)address);
	else
		put(out, name, "0x%lx", address);
}

/* Seconds with three decimals. */
static void put_age(struct out *out, const char *name, u64 ms)
{
	u32 rest;
	u64 secs = div_u64_rem(ms, 1000, &rest);

	put(out, name, "%llu.%03u", secs, rest);
}

/* ---------------------------------------------------------------- calls */

static void put_call(struct out *out, const char *name, unsigned long address)
{
	char text[QR_CALLER_TEXT + 64];

	if (out->log)
		qr_caller_text(address, text, QR_CALLER_TEXT);
	else
		qr_platform_frame_text(address, text, sizeof(text));
	put_text(out, name, text);
}

/* A chain that was numbered. */
static void put_stack(struct out *out, const char *name, u32 id)
{
	const struct qr_stack *stack = id ? qr_stack_get(id) : NULL;
	char text[QR_CALLER_TEXT + 64];
	unsigned int i;

	if (!stack)
		return;
	for (i = 0; i < stack->nr; i++) {
		if (out->log && !READ_ONCE(stack->retired))
			put_call(out, name, stack->entry[i]);
		else
			put_text(out, name, qr_stack_text(stack, i, text,
							  sizeof(text)));
	}
}

static void put_who(struct out *out, const char *prefix, u32 pid,
		    const char *comm, u32 cpu)
{
	char name[24];

	scnprintf(name, sizeof(name), "%spid", prefix);
	put(out, name, "%u", pid);
	scnprintf(name, sizeof(name), "%scomm", prefix);
	put(out, name, "%.16s", comm);
	scnprintf(name, sizeof(name), "%scpu", prefix);
	put(out, name, "%u", cpu);
}

/* ------------------------------------------------------------- sections */

#define ADVICE_STRAY \
	"free it with quarry, or allocate it with quarry_native_kmalloc()"

static void put_head(struct out *out)
{
	const struct qr_event *event = &out->f->event;
	u32 micros;
	u64 secs = div_u64_rem(div_u64(event->time_ns, 1000), 1000000, &micros);

	put(out, "finding", "%llu", out->f->nr);
	if (!out->log)
		put(out, "uptime_s", "%llu.%06u", secs, micros);
	put_text(out, "kind", qr_event_name(event->kind));
	if (!out->log)
		put_text(out, "what", qr_event_what(event->kind));
	put_text(out, "owner", event->owner);
	put_text(out, "cache", out->f->cache);
	if (event->kind == QR_EVENT_STRAY_KFREE)
		put_text(out, "advice", ADVICE_STRAY);
}

static void put_object(struct out *out)
{
	const struct qr_finding *f = out->f;
	char place[QR_PLACE_TEXT];

	put_address(out, "address", f->address);
	if (f->symbol[0])
		put(out, "address_is", "%s, %s", address_names[f->where],
		    f->symbol);
	else
		put_text(out, "address_is",
			 f->address ? address_names[f->where] : NULL);
	put_address(out, "object", f->object);
	put_number(out, "asked_bytes", f->asked);
	put_number(out, "usable_bytes", f->usable);
	if (!f->object)
		put_number(out, "bytes", f->event.bytes);
	if (f->object && !qr_event_place(&f->event, "it", place)[0])
		strscpy(place, "at its start", sizeof(place));
	put_text(out, "place", f->object ? place : NULL);
	if (f->frozen)
		put(out, "state", "%s, slab set aside", state_names[f->state]);
	else
		put_text(out, "state", state_names[f->state]);
}

/* Milliseconds from @then to the finding. */
static u64 age_ms(const struct qr_finding *f, u64 then)
{
	u64 now = f->event.time_ns;

	return then < now ? div_u64(now - then, 1000000) : 0;
}

static void put_born(struct out *out)
{
	const struct qr_finding *f = out->f;
	char line[QR_SITE_LINE];

	put_text(out, "allocated_at", f->event.site ?
		 qr_site_line(f->event.site, line, sizeof(line)) : NULL);
	if (f->born.time_ns)
		put_age(out, "allocated_age_s", age_ms(f, f->born.time_ns));
	else if (f->event.site && f->object)
		put_age(out, "allocated_age_s", f->born_age_ms);
	if (!f->born.time_ns)
		return;
	put_who(out, "allocated_", f->born.pid, f->born.comm, f->born.cpu);
	put_stack(out, "allocated_call", f->born.stack);
}

static void put_freed(struct out *out)
{
	const struct qr_finding *f = out->f;

	put_text(out, "freed_by", f->freed_text);
	if (!f->freed.time_ns)
		return;
	put_age(out, "freed_age_s", age_ms(f, f->freed.time_ns));
	put_who(out, "freed_", f->freed.pid, f->freed.comm, f->freed.cpu);
	put_stack(out, "freed_call", f->freed.stack);
}

static void put_now(struct out *out)
{
	const struct qr_finding *f = out->f;
	unsigned int i;

	put_text(out, "caller", f->event.caller ? f->event.caller_text : NULL);
	put_who(out, "", f->pid, f->comm, f->cpu);
	for (i = 0; i < f->nr_entries; i++)
		put_call(out, "call", f->entry[i]);
	put_stack(out, "call", f->stack);
}

/* ----------------------------------------------------------------- bytes */

static bool is_damaged(const struct qr_finding *f, unsigned long at)
{
	return at - f->address < f->damage_bytes;
}

/* "+0x0010  6b 6b ..  kk" */
static void put_row(struct out *out, unsigned int from, unsigned int nr)
{
	const struct qr_finding *f = out->f;
	char hex[ROW * 3 + 1], ascii[ROW + 1];
	long offset = f->view + from - f->object;
	unsigned int i;

	for (i = 0; i < ROW; i++) {
		u8 byte = i < nr ? f->byte[from + i] : 0;
		bool known = i < nr && test_bit(from + i, f->known);

		if (known)
			scnprintf(hex + 3 * i, 4, " %02x", byte);
		else
			strscpy(hex + 3 * i, i < nr ? " ??" : "   ", 4);
		ascii[i] = !known ? ' ' : byte >= ' ' && byte <= '~' ? byte :
								       '.';
	}
	ascii[min(nr, ROW)] = '\0';
	put(out, "hex", "%c0x%04lx %s  %s", offset < 0 ? '-' : '+',
	    offset < 0 ? -offset : offset, hex, ascii);
}

/* Under the row, where there is damage in it. */
static void put_marks(struct out *out, unsigned int from, unsigned int nr)
{
	const struct qr_finding *f = out->f;
	char marks[ROW * 3 + 1];
	bool any = false;
	unsigned int i, end = 0;

	for (i = 0; i < nr; i++) {
		bool damaged = is_damaged(f, f->view + from + i);

		strscpy(marks + 3 * i, damaged ? " ^^" : "   ", 4);
		any |= damaged;
		if (damaged)
			end = 3 * (i + 1);
	}
	marks[end] = '\0';
	if (any)
		put(out, "bad", "%8s%s", "", marks);
}

static void put_bytes(struct out *out)
{
	const struct qr_finding *f = out->f;
	unsigned int from, nr;

	put_number(out, "damage_bytes", f->damage_bytes);
	if (f->damage_bytes)
		put(out, "damage_offset_bytes", "%d", f->event.offset);
	for (from = 0; from < f->view_bytes; from += nr) {
		nr = min(ROW, f->view_bytes - from);
		put_row(out, from, nr);
		put_marks(out, from, nr);
	}
}

void qr_finding_lines(const struct qr_finding *finding, bool log,
		      void (*line)(void *to, const char *text), void *to)
{
	struct out out = { .f = finding, .log = log, .line = line, .to = to };

	put_head(&out);
	put_object(&out);
	put_born(&out);
	put_freed(&out);
	put_now(&out);
	put_bytes(&out);
}

/* ----------------------------------------------------------- on demand */

static void object_log(struct qr_slab *slab, u32 index, void *data)
{
	u64 tag = qr_tag_read(qr_tag_at(slab, index), slab->level);
	char line[QR_SITE_LINE] = "(not tracked: level off)";
	unsigned long *address = data;

	if (slab->level != QUARRY_LEVEL_OFF && tag)
		qr_site_line(qr_tag_site(tag), line, sizeof(line));
	pr_notice("0x%lx: byte %lu of a %s object of %u bytes of \"%s\"%s%s\n",
		  *address,
		  *address - (unsigned long)qr_slab_object(slab, index),
		  tag ? "live" : "free", slab->size, slab->cache->name,
		  tag ? ", from " : "", tag ? line : "");
}

void qr_object_log(unsigned long address)
{
	if (!qr_walk_object(address, object_log, &address))
		pr_notice("0x%lx: no object of quarry\n", address);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * print.c - formatting as the kernel does it, and log lines.  The C library
 * formats one number at a time; pointers have the kernel's forms: %p is a
 * hash, %px the address, %pS and %ps a symbol.  Allocates nothing, so that it
 * works in a simulated interrupt.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "machine.h"

/* The C library's own are wanted here. */
#undef snprintf
#undef vsnprintf

#define LINE		1024
#define WIDTH_MAX	256

/* One conversion.  @precision is negative where there is none. */
struct spec {
	char flags[8];
	int width;
	int precision;
	/* 'l', 'q' for ll, 'z', 't', 'j'; else 0. */
	char length;
	char conversion;
};

/* Where text goes; @len is what it would be without a bound. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put(struct out *out, const char *text, size_t len)
{
	if (out->len + 1 < out->size)
		memcpy(out->buf + out->len, text,
		       min(len, out->size - out->len - 1));
	out->len += len;
}

static void put_padding(struct out *out, long nr)
{
	while (nr-- > 0)
		put(out, " ", 1);
}

static void put_string(struct out *out, const struct spec *spec,
		       const char *text)
{
	bool left = strchr(spec->flags, '-');
	size_t len;

	text = text ?: "(null)";
	len = spec->precision < 0 ? strlen(text) :
	      strnlen(text, spec->precision);
	if (!left)
		put_padding(out, spec->width - (long)len);
	put(out, text, len);
	if (left)
		put_padding(out, spec->width - (long)len);
}

static void symbol_text(char *buf, size_t size, unsigned long address,
			bool offset)
{
	const ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (!dladdr1((void *)address, &info, (void **)&symbol,
		     RTLD_DL_SYMENT) || !info.dli_sname)
		snprintf(buf, size, "0x%lx", address);
	else if (!offset)
		snprintf(buf, size, "%s", info.dli_sname);
	else
		snprintf(buf, size, "%s+0x%lx/0x%lx", info.dli_sname,
			 address - (unsigned long)info.dli_saddr,
			 symbol ? (unsigned long)symbol->st_size : 0UL);
}

/* @fmt is past the 'p'; a letter after it that is ours is consumed. */
static const char *put_pointer(struct out *out, const struct spec *spec,
			       const char *fmt, unsigned long address)
{
	char text[256];

	switch (*fmt) {
	case 'S':
	case 's':
		symbol_text(text, sizeof(text), address, *fmt++ == 'S');
		break;
	case 'x':
		fmt++;
		snprintf(text, sizeof(text), "%016lx", address);
		break;
	default:
		fmt += *fmt == 'K';
		snprintf(text, sizeof(text), "%016lx",
			 (unsigned long)hash_64(address, 32));
	}
	put_string(out, spec, text);
	return fmt;
}

static int read_number(const char **fmt, va_list *args)
{
	int number = 0;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(*args, int);
	}
	while (**fmt >= '0' && **fmt <= '9')
		number = number * 10 + *(*fmt)++ - '0';
	return number;
}

/* Reads the conversion at @fmt, which is past its '%'; returns its end. */
static const char *read_spec(const char *fmt, struct spec *spec, va_list *args)
{
	size_t nr = 0;

	for (; *fmt && strchr("-+ #0", *fmt); fmt++)
		if (nr < sizeof(spec->flags) - 2)
			spec->flags[nr++] = *fmt;
	spec->width = read_number(&fmt, args);
	if (spec->width < 0) {
		spec->flags[nr++] = '-';
		spec->width = -spec->width;
	}
	spec->flags[nr] = '\0';
	spec->width = min(spec->width, WIDTH_MAX);
	spec->precision = -1;
	if (*fmt == '.') {
		fmt++;
		spec->precision = read_number(&fmt, args);
	}
	for (spec->length = 0; *fmt && strchr("hlzjt", *fmt); fmt++)
		spec->length = *fmt == 'l' && spec->length == 'l' ? 'q' :
			       *fmt == 'h' ? 0 : *fmt;
	spec->conversion = *fmt;
	return fmt + !!*fmt;
}

/* Any integer: read as wide as it was passed, formatted as long long. */
static void put_integer(struct out *out, const struct spec *spec,
			va_list *args)
{
	bool is_signed = spec->conversion == 'd' || spec->conversion == 'i';
	char text[WIDTH_MAX + 64];
	char fmt[24];
	long long value;
	int len;

	if (spec->length)
		value = va_arg(*args, long long);
	else if (is_signed)
		value = va_arg(*args, int);
	else
		value = va_arg(*args, unsigned int);
	snprintf(fmt, sizeof(fmt), "%%%s*.*ll%c", spec->flags,
		 spec->conversion);
	len = snprintf(text, sizeof(text), fmt, spec->width,
		       min(spec->precision, WIDTH_MAX), value);
	put(out, text, min_t(size_t, len, sizeof(text) - 1));
}

static void put_double(struct out *out, const struct spec *spec, double value)
{
	char text[WIDTH_MAX + 64];
	char fmt[24];
	int len;

	snprintf(fmt, sizeof(fmt), "%%%s*.*%c", spec->flags, spec->conversion);
	len = snprintf(text, sizeof(text), fmt, spec->width, spec->precision,
		       value);
	put(out, text, min_t(size_t, len, sizeof(text) - 1));
}

static const char *put_conversion(struct out *out, const char *fmt,
				  va_list *args)
{
	struct spec spec;
	char c;

	fmt = read_spec(fmt, &spec, args);
	switch (spec.conversion) {
	case '%':
		put(out, "%", 1);
		return fmt;
	case 'c':
		c = va_arg(*args, int);
		put_string(out, &spec, (char[2]) { c, '\0' });
		return fmt;
	case 's':
		put_string(out, &spec, va_arg(*args, const char *));
		return fmt;
	case 'p':
		return put_pointer(out, &spec, fmt,
				   (unsigned long)va_arg(*args, void *));
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_integer(out, &spec, args);
		return fmt;
	case 'e':
	case 'f':
	case 'g':
		/* Not the kernel's, but tests share the macros. */
		put_double(out, &spec, va_arg(*args, double));
		return fmt;
	}
	mirror_panic("format with a conversion the kernel does not know");
}

int mirror_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");

		put(&out, fmt, plain);
		fmt += plain;
		if (*fmt)
			fmt = put_conversion(&out, fmt + 1, &copy);
	}
	va_end(copy);
	if (size)
		buf[min(out.len, size - 1)] = '\0';
	return out.len;
}

int mirror_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = mirror_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	size_t len = mirror_vsnprintf(buf, size, fmt, args);

	return size ? min(len, size - 1) : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

/* ------------------------------------------------------------- the log */

/* write() may be interrupted by a signal that prints: lines stay whole. */
static void log_to_stderr(int level, const char *line)
{
	size_t len = strlen(line);

	(void)level;
	while (len) {
		ssize_t wrote = write(STDERR_FILENO, line, len);

		if (wrote <= 0)
			return;
		line += wrote;
		len -= wrote;
	}
}

void (*mirror_log)(int level, const char *line) = log_to_stderr;

int _printk(const char *fmt, ...)
{
	char line[LINE];
	const char *text = line;
	int level = 4, len;
	va_list args;

	mirror_check_unlocked("printk()");
	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (text[0] == KERN_SOH[0] && text[1]) {
		level = text[1] - '0';
		text += 2;
	}
	mirror_log(level, text);
	return len - (text - line);
}

void mirror_panic(const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	int len;

	len = scnprintf(line, sizeof(line), "mirror: ");
	va_start(args, fmt);
	len += vscnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	va_end(args);
	scnprintf(line + len, sizeof(line) - len, "\n");
	log_to_stderr(0, line);
	abort();
}

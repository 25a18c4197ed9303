/* SPDX-License-Identifier: GPL-2.0-only */
/* fuzz.h - what the fuzz targets share. */
#ifndef _QT_FUZZ_H
#define _QT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The mirror, quiet; once. */
void fuzz_begin(void);
/* Aborts, and says what, unless @holds. */
void fuzz_must(bool holds, const char *what);
/* Aborts unless all metadata is sound; nobody may be at work. */
void fuzz_validate(void);

/* The input as a source of numbers, zero at its end. */
struct fuzz_input {
	const uint8_t *at;
	const uint8_t *end;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline uint32_t fuzz_number(struct fuzz_input *in, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | fuzz_byte(in);
	return value;
}

#endif /* _QT_FUZZ_H */

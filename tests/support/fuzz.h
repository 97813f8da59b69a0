/*
 * A fuzz target takes bytes and must survive them:
 *
 *	FUZZ_TARGET(canon)
 *	{
 *		… data, size …
 *	}
 *
 * `pawl-fuzz` replays tests/fuzz/corpus/<target>/ for every target in the
 * ordinary suite; built with --enable-fuzz it is a libFuzzer program for the
 * one named in PAWL_FUZZ.
 */
#ifndef TESTS_SUPPORT_FUZZ_H
#define TESTS_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

typedef void fuzz_fn(const uint8_t *data, size_t size);

void fuzz_add(const char *name, fuzz_fn *fn);

#define FUZZ_TARGET(name)                                                     \
	static void fuzz_##name(const uint8_t *data, size_t size);            \
	__attribute__((constructor)) static void fuzz_##name##_register(void) \
	{                                                                     \
		fuzz_add(#name, fuzz_##name);                                 \
	}                                                                     \
	static void fuzz_##name(const uint8_t *data, size_t size)

#endif

/*
 * Which role speaks for which path (TUF 4.5): patterns, hash prefixes and
 * succinct bins. Pure functions of a path; the walk over them is in
 * trust_find.c.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/tuf/targets.h"

#include <string.h>

/* The next character of UTF-8 text: "?" stands for one of them. */
static const char *next_char(const char *s)
{
	s++;
	while (((unsigned char)*s & 0xc0) == 0x80)
		s++;
	return s;
}

/* Bytes decide, on every platform (GHSA-qp9x-wp8f-qgjj: no case folding, no
 * other separator). "*" never reaches over a "/", so one place to go back to
 * is enough: the last star, until its rest would have to hold a "/". */
bool tuf_path_matches(const char *pattern, const char *path)
{
	const char *star = NULL, *again = NULL;

	while (*path != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			again = path;
		} else if (*pattern == '?' && *path != '/') {
			pattern++;
			path = next_char(path);
		} else if (*pattern == *path) {
			pattern++;
			path++;
		} else if (star != NULL && *again != '/') {
			pattern = star + 1;
			path = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool tuf_delegation_matches(const struct tuf_delegation *d, const char *path)
{
	char hash[SHA256_HEX_SIZE];

	for (size_t i = 0; i < d->n_paths; i++)
		if (tuf_path_matches(d->paths[i], path))
			return true;
	if (d->n_hash_prefixes == 0)
		return false;
	hash_sha256_hex(hash, path, strlen(path));
	for (size_t i = 0; i < d->n_hash_prefixes; i++)
		if (strncmp(hash, d->hash_prefixes[i],
		            strlen(d->hash_prefixes[i])) == 0)
			return true;
	return false;
}

/* TAP 15: as many hex digits as the highest bin needs. */
static int bin_digits(const struct tuf_succinct *s)
{
	return (s->bit_length + 3) / 4;
}

void tuf_succinct_bin(char out[TUF_ROLE_MAX], const struct tuf_succinct *s,
                      const char *path)
{
	uint8_t hash[SHA256_SIZE];
	uint32_t bits;
	size_t n = strnlen(s->name_prefix, TUF_ROLE_MAX - 10);

	hash_sha256(hash, path, strlen(path));
	bits = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 |
	       (uint32_t)hash[2] << 8 | hash[3];
	bits >>= 32 - s->bit_length;
	/* Once for every look-up: not by way of a format. */
	memcpy(out, s->name_prefix, n);
	out[n++] = '-';
	for (int i = bin_digits(s); i-- > 0;)
		out[n++] = "0123456789abcdef"[bits >> 4 * i & 15];
	out[n] = '\0';
}

bool tuf_succinct_is_bin(const struct tuf_succinct *s, const char *name)
{
	size_t prefix = strlen(s->name_prefix);
	uint64_t bin = 0;

	if (!s->present || strncmp(name, s->name_prefix, prefix) != 0 ||
	    name[prefix] != '-')
		return false;
	name += prefix + 1;
	if (!is_hex(name, (size_t)bin_digits(s)))
		return false;
	for (; *name != '\0'; name++)
		bin = bin << 4 |
		      (uint64_t)(*name <= '9' ? *name - '0' : *name - 'a' + 10);
	return bin >> s->bit_length == 0;
}

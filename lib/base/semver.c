#include "config.h"

#include "lib/base/semver.h"

#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"
#define IDENT DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"

/* A number without leading zero at *s; steps over it. Lengths stay within
 * SEMVER_MAX_LEN, so values are compared as text and never overflow. */
static bool skip_number(const char **s)
{
	size_t n = strspn(*s, DIGITS);

	if (n == 0 || (n > 1 && **s == '0'))
		return false;
	*s += n;
	return true;
}

/* Dot-separated identifiers; numeric ones without leading zero where the
 * standard asks for it (pre-release, section 9; not build, section 10). */
static bool skip_idents(const char **s, bool strict_numbers)
{
	for (;;) {
		size_t n = strspn(*s, IDENT);

		if (n == 0)
			return false;
		if (strict_numbers && n > 1 && **s == '0' &&
		    strspn(*s, DIGITS) == n)
			return false;
		*s += n;
		if (**s != '.')
			return true;
		(*s)++;
	}
}

bool semver_is_valid(const char *s)
{
	if (strnlen(s, SEMVER_MAX_LEN + 1) > SEMVER_MAX_LEN)
		return false;
	for (int i = 0; i < 3; i++) {
		if (!skip_number(&s))
			return false;
		if (i < 2 && *s++ != '.')
			return false;
	}
	if (*s == '-') {
		s++;
		if (!skip_idents(&s, true))
			return false;
	}
	if (*s == '+') {
		s++;
		if (!skip_idents(&s, false))
			return false;
	}
	return *s == '\0';
}

static int sign(long v)
{
	return (v > 0) - (v < 0);
}

/* Numbers as text: the longer is greater, then byte by byte. */
static int compare_numbers(const char *a, size_t na, const char *b, size_t nb)
{
	if (na != nb)
		return na < nb ? -1 : 1;
	return sign(memcmp(a, b, na));
}

/* SemVer 11.4: numeric below alphanumeric, else each by its kind. */
static int compare_ident(const char *a, size_t na, const char *b, size_t nb)
{
	bool a_num = strspn(a, DIGITS) >= na, b_num = strspn(b, DIGITS) >= nb;
	int r;

	if (a_num && b_num)
		return compare_numbers(a, na, b, nb);
	if (a_num != b_num)
		return a_num ? -1 : 1;
	r = sign(memcmp(a, b, na < nb ? na : nb));
	return r != 0 ? r : (na > nb) - (na < nb);
}

/* Identifiers up to '+' or the end; fewer of them is less. */
static int compare_prerelease(const char *a, const char *b)
{
	for (;;) {
		size_t na = strspn(a, IDENT), nb = strspn(b, IDENT);
		int r = compare_ident(a, na, b, nb);

		if (r != 0)
			return r;
		a += na;
		b += nb;
		if (*a != '.' || *b != '.')
			return (*a == '.') - (*b == '.');
		a++;
		b++;
	}
}

int semver_compare(const char *a, const char *b)
{
	for (int i = 0; i < 3; i++) {
		size_t na = strspn(a, DIGITS), nb = strspn(b, DIGITS);
		int r = compare_numbers(a, na, b, nb);

		if (r != 0)
			return r;
		a += na + (i < 2);
		b += nb + (i < 2);
	}
	/* SemVer 11.3: a pre-release comes before its release. */
	if (*a != '-' || *b != '-')
		return (*b == '-') - (*a == '-');
	return compare_prerelease(a + 1, b + 1);
}

#include "config.h"

#include "lib/base/name.h"

#include <string.h>

#define LOWER_DIGIT "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define FILE_CHARS LOWER_DIGIT UPPER "._+-"

/* Between 1 and max chars of `all`, the first of `first`. */
static bool spelled(const char *s, const char *first, const char *all,
                    size_t max)
{
	size_t n = strnlen(s, max + 1);

	return n >= 1 && n <= max && strspn(s, first) >= 1 &&
	       strspn(s, all) == n;
}

bool name_is_word(const char *s)
{
	return spelled(s, LOWER_DIGIT, LOWER_DIGIT "._-", NAME_MAX_LEN);
}

bool name_is_product(const char *s)
{
	return spelled(s, LOWER_DIGIT, LOWER_DIGIT "-", PRODUCT_MAX_LEN);
}

/* Each segment is a name in a folder; the last one with its hash before it. */
static bool fits_folders(const char *s)
{
	size_t n = strcspn(s, "/");

	for (; s[n] == '/'; n = strcspn(s, "/")) {
		if (n > TARGET_FOLDER_MAX)
			return false;
		s += n + 1;
	}
	return n <= TARGET_FILE_MAX;
}

bool name_is_target(const char *s)
{
	if (!spelled(s, FILE_CHARS, FILE_CHARS "/", TARGET_MAX_LEN) ||
	    !fits_folders(s))
		return false;
	return *s != '.' && strstr(s, "//") == NULL &&
	       strstr(s, "/.") == NULL && s[strlen(s) - 1] != '/';
}

bool name_is_file(const char *s)
{
	return spelled(s, LOWER_DIGIT UPPER "_+-", FILE_CHARS, 128);
}

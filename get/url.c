#include "config.h"

#include "get/url.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

char *url_join(const char *base, const char *path)
{
	size_t n = strlen(base);

	return xasprintf("%s%s%s", base, n > 0 && base[n - 1] == '/' ? "" : "/",
	                 path);
}

/* RFC 3986 3.3: what may stand in a path as it is. */
static bool is_path_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

static char *encode(const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = xmalloc(3 * strlen(path) + 1), *to = out;

	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (is_path_char(c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	*to = '\0';
	return out;
}

char *url_of_target(const char *base, const struct tuf_target *t,
                    bool consistent_snapshot)
{
	const char *hash = t->sha256[0] != '\0' ? t->sha256 : t->sha512;
	const char *slash = strrchr(t->path, '/');
	int dir = slash != NULL ? (int)(slash + 1 - t->path) : 0;
	SCOPED(free)
	char *path = NULL;
	SCOPED(free)
	char *encoded = NULL;

	if (consistent_snapshot && hash != NULL)
		path = xasprintf("%.*s%s.%s", dir, t->path, hash,
		                 t->path + dir);
	else
		path = xstrdup(t->path);
	encoded = encode(path);
	return url_join(base, encoded);
}

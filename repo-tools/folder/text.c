#include "config.h"

#include "repo-tools/folder/text.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *text_duration(char out[TEXT_SIZE], int64_t seconds)
{
	static const struct {
		int64_t factor;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) &&
	       (seconds == 0 || seconds % units[i].factor != 0))
		i++;
	(void)snprintf(out, TEXT_SIZE, "%" PRId64 " %s",
	               seconds / units[i].factor, units[i].name);
	return out;
}

const char *text_ppm(char out[TEXT_SIZE], int32_t ppm)
{
	size_t n;

	(void)snprintf(out, TEXT_SIZE, "%" PRId32 ".%04" PRId32, ppm / 10000,
	               ppm % 10000);
	/* 0.5000 → 0.5, 2.0000 → 2 */
	for (n = strlen(out); out[n - 1] == '0'; n--)
		out[n - 1] = '\0';
	if (out[n - 1] == '.')
		n--;
	(void)snprintf(out + n, TEXT_SIZE - n, " %%");
	return out;
}

const char *text_bytes(char out[TEXT_SIZE], int64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	int64_t tenths = bytes * 10;
	size_t i = 0;

	if (bytes < 1024) {
		(void)snprintf(out, TEXT_SIZE, "%" PRId64 " bytes", bytes);
		return out;
	}
	for (tenths /= 1024; tenths >= 10240 && i + 1 < ARRAY_LEN(units); i++)
		tenths /= 1024;
	(void)snprintf(out, TEXT_SIZE, "%" PRId64 ".%" PRId64 " %s",
	               tenths / 10, tenths % 10, units[i]);
	return out;
}

const char *text_words(char *out, size_t size, const struct words *l)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < l->n && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		                      i > 0 ? ", " : "", l->w[i]);
	if (n >= size)
		memcpy(out + size - 4, "…", 4); /* three bytes and the NUL */
	return out;
}

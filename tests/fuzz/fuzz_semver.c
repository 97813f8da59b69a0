#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/semver.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Two versions split at the first NUL: the order is total. */
FUZZ_TARGET(semver)
{
	char *a = xcalloc(size + 2, 1), *b;

	memcpy(a, data, size);
	b = a + strlen(a) + 1 > a + size ? a : a + strlen(a) + 1;
	if (semver_is_valid(a) && semver_is_valid(b)) {
		int ab = semver_compare(a, b), ba = semver_compare(b, a);

		if ((ab > 0) != (ba < 0) || (ab == 0) != (ba == 0))
			abort();
		if (semver_compare(a, a) != 0)
			abort();
	}
	free(a);
}

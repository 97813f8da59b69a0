#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/secretfile.h"
#include "tests/support/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];

static void remove_file(void)
{
	(void)unlink(path);
}

/* The readable part of a key file. The box stays shut: deriving a key costs
 * more than a fuzzer can pay. */
FUZZ_TARGET(secretfile)
{
	struct secretfile_info info;
	int fd;

	if (path[0] == '\0') {
		key_library_init();
		(void)snprintf(path, sizeof(path), "/tmp/pawl-fuzz-XXXXXX");
		fd = mkstemp(path);
		if (fd < 0)
			abort();
		(void)close(fd);
		(void)atexit(remove_file);
	}
	if (fs_write(path, data, size, 0600, NULL) != 0)
		abort();
	if (secretfile_peek(&info, path, NULL) != 0 || info.encrypted)
		return;
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	if (secretfile_open(&k, NULL, path, NULL, NULL) == 0 &&
	    !key_public_equal(key_secret_public(k), &info.public))
		abort();
}

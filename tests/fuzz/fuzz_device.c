#include "config.h"

#include "device/facts.h"
#include "device/provision.h"
#include "device/report.h"
#include "device/state.h"
#include "device/wire.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is read can be written, and reads the same again. */
FUZZ_TARGET(provision)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(provision_fini)
	struct provision again = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);

	if (provision_parse(&p, "fuzz", "/x", data, size, NULL) != 0)
		return;
	if (provision_write(&b, &p, NULL) != 0 ||
	    provision_parse(&again, "fuzz", "/x", buf_str(&b), b.len, NULL) !=
	            0)
		abort();
}

FUZZ_TARGET(device_state)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	SCOPED(state_fini)
	struct device_state again = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 22);

	if (state_parse(&s, "fuzz", data, size, NULL) != 0)
		return;
	if (state_write(&b, &s, NULL) != 0 ||
	    state_parse(&again, "fuzz", buf_str(&b), b.len, NULL) != 0 ||
	    again.boot.trying == again.boot.active)
		abort();
}

FUZZ_TARGET(checkin_answer)
{
	static const char nonce[] = "00000000000000000000000000000000";
	char token[DEVICE_TOKEN_MAX + 1];
	struct wire_answer a;

	if (wire_checkin_answer(&a, nonce, data, size, NULL) == 0 &&
	    a.has_grant &&
	    (a.grant.attempt < 1 || a.grant.attempt % 10 == 0 ||
	     strlen(a.grant.plan) != SHA256_HEX_SIZE - 1))
		abort();
	if (wire_enrol_answer(token, data, size, NULL) == 0 &&
	    (token[0] == '\0' || strpbrk(token, " \r\n") != NULL))
		abort();
}

FUZZ_TARGET(device_facts)
{
	SCOPED(free)
	struct facts *f = xcalloc(1, sizeof(*f));

	(void)!facts_parse(f, "fuzz", data, size, NULL);
}

static char path[64];

static void remove_file(void)
{
	(void)unlink(path);
}

/* Any bytes as the outbox's file, and as the server's answer. */
FUZZ_TARGET(outbox)
{
	SCOPED(outbox_free)
	struct outbox *o = NULL;
	struct report_item item = {.step = REPORT_STARTED};
	size_t left, before;
	int fd;

	if (path[0] == '\0') {
		(void)snprintf(path, sizeof(path), "/tmp/pawl-fuzz-XXXXXX");
		fd = mkstemp(path);
		if (fd < 0)
			abort();
		(void)close(fd);
		(void)atexit(remove_file);
	}
	if (fs_write(path, data, size, 0600, NULL) != 0 ||
	    outbox_open(&o, path, 0, NULL) != 0 ||
	    outbox_add(o, &item, NULL) != 0)
		abort();
	before = outbox_pending(o);
	if (outbox_item(o, before - 1)->seq != outbox_seq(o))
		abort();
	if (outbox_answer(o, &left, data, size, NULL) == 0 &&
	    before - left != outbox_pending(o))
		abort();
}

#include "config.h"

#include "tests/unit/server/stock.h"

#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store *stock_open(void)
{
	struct clock_manual clock;
	struct store *s = NULL;
	struct err e;

	clock_manual_init(&clock, STOCK_MS);
	ASSERT_OK(store_open(&s, test_path("pawl.db"), &clock.clock, &e));
	return s;
}

struct db *stock_db(void)
{
	struct db *d = NULL;
	struct err e;

	ASSERT_OK(db_open(&d, test_path("pawl.db"), &e));
	return d;
}

const char *stock_sha256(int n)
{
	static char ring[16][SHA256_HEX_SIZE];
	static unsigned next;
	char *out = ring[next++ % 16];

	for (int i = 0; i < 32; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", n & 0xff);
	return out;
}

int64_t stock_batch(struct store *s)
{
	static int n;
	struct batch_row b = {
		.product = "coat",
		.hw = "[\"a7\",\"b2\"]",
		.regions = "[\"eu\",\"us\"]",
		.channels = "[\"production\"]",
		.quota = 1000,
		.expires_ms = STOCK_MS + 1000,
		.created_by = "alice",
		.created_ms = STOCK_MS,
	};
	int64_t key = 0;
	struct err e;

	n++;
	(void)snprintf(b.id, sizeof(b.id), "batch-%d", n);
	memset(b.token_hash, n, sizeof(b.token_hash));
	ASSERT_OK(batches_add(&key, s, &b, &e));
	return key;
}

struct device_row stock_device_row(int n, int64_t batch)
{
	struct device_row d = {
		.product = "coat",
		.hw = "a7",
		.region = "eu",
		.channel = "production",
		.batch = batch,
		.enrolled_ms = STOCK_MS,
	};

	(void)snprintf(d.id, sizeof(d.id), "%032x", (unsigned)n);
	memset(d.token_hash, 0x55, sizeof(d.token_hash));
	memcpy(d.token_hash, &n, sizeof(n));
	return d;
}

int64_t stock_device(struct store *s, int n, int64_t batch)
{
	struct device_row d = stock_device_row(n, batch);
	int64_t key = 0;
	struct err e;

	ASSERT_OK(devices_add(&key, s, &d, &e));
	return key;
}

struct plan_row stock_plan_row(int rev)
{
	struct plan_row p = {
		.product = "coat",
		.id = "spring",
		.rev = rev,
		.published_ms = STOCK_MS,
		.bytes = "{}",
		.len = 2,
	};

	(void)snprintf(p.path, sizeof(p.path), "plan/coat/spring.%d.json", rev);
	(void)snprintf(p.sha256, sizeof(p.sha256), "%s", stock_sha256(rev));
	return p;
}

int64_t stock_plan(struct store *s, int rev)
{
	struct plan_row p = stock_plan_row(rev);
	int64_t key = 0;
	struct err e;

	ASSERT_OK(plans_add(&key, s, &p, &e));
	return key;
}

int64_t stock_rollout(struct store *s, int64_t plan)
{
	struct rollout_row r = {
		.plan = plan,
		.state = ROLLOUT_RUNNING,
		.stage_since_ms = STOCK_MS,
		.began_ms = STOCK_MS,
		.created_by = "alice",
	};
	int64_t key = 0;
	struct err e;

	ASSERT_OK(rollouts_add(&key, s, &r, &e));
	return key;
}

struct trial_row stock_trial_row(int64_t rollout, int64_t device,
                                 int64_t attempt)
{
	return (struct trial_row){
		.rollout = rollout,
		.trial =
			{
				.device = device,
				.attempt = attempt,
				.cell = 3,
				.counted = true,
				.step = TRIAL_GRANTED,
				.granted_ms = STOCK_MS,
				.step_ms = STOCK_MS,
			},
		.poll_after_s = 30,
	};
}

void stock_trial(struct store *s, int64_t rollout, int64_t device,
                 int64_t attempt)
{
	struct trial_row t = stock_trial_row(rollout, device, attempt);
	struct err e;

	ASSERT_OK(store_begin(s, &e));
	ASSERT_OK(trials_enrol(s, &t, &e));
	ASSERT_OK(store_commit(s, &e));
}

struct metadata_row stock_metadata_row(const char *role, int64_t version,
                                       const char *text)
{
	struct metadata_row m = {
		.version = version,
		.expires_ms = STOCK_MS + 1,
		.created_ms = STOCK_MS,
		.bytes = text,
		.len = strlen(text),
	};

	(void)snprintf(m.role, sizeof(m.role), "%s", role);
	(void)snprintf(m.sha256, sizeof(m.sha256), "%s",
	               stock_sha256((int)version));
	return m;
}

const char *stock_read(const char *select)
{
	static char text[1000];
	SCOPED(db_close)
	struct db *d = NULL;
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	size_t used = 0;
	int got;
	struct err e;

	text[0] = '\0';
	ASSERT_OK(db_open_readonly(&d, test_path("pawl.db"), &e));
	ASSERT_OK(db_prepare(&q, d, "read", select, &e));
	while ((got = db_step(q, &e)) == 1) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		                         "%s ", db_col_text(q, 0));
		ck_assert_uint_lt(used, sizeof(text));
	}
	ck_assert_int_eq(got, 0);
	return text;
}

int64_t stock_count(const char *table)
{
	char select[128];

	(void)snprintf(select, sizeof(select), "SELECT count(*) FROM %s",
	               table);
	return strtoll(stock_read(select), NULL, 10);
}

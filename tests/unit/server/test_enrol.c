#include "config.h"

#include "lib/base/mem.h"
#include "server/devices/enrol.h"
#include "server/fleet/quarantine.h"
#include "server/store/batches.h"
#include "server/store/db.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

static struct server *with_batch(int64_t quota)
{
	struct server *s = server_new();

	(void)server_batch(s, "b", SERVER_BATCH_TOKEN, quota);
	return s;
}

static bool knows(struct server *s, const char *token)
{
	uint8_t hash[SHA256_SIZE];
	struct device_rec r;
	size_t i;

	hash_sha256(hash, token, strlen(token));
	return index_by_token(&s->fleet->index, hash, &i, &r);
}

TEST(a_batch_token_buys_a_device_token_that_outlives_a_crash)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);

	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert(strncmp(s->token, "pd_", 3) == 0);
	ck_assert(knows(s, s->token));
	server_crash(s);
	ck_assert(knows(s, s->token));
}

TEST(an_unknown_or_expired_batch_token_is_not_believed)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);

	(void)snprintf(in.batch_token, sizeof(in.batch_token), "pb_other");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "batch_token");
	in = server_enrolment(0);
	server_tick(s, 30 * FIXTURE_DAY_S * 1000);
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "batch_expired");
	ck_assert_int_eq(s->err.kind, ERR_UNAUTHENTICATED);
}

TEST(a_device_outside_its_batch_is_refused)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);

	(void)snprintf(in.region, sizeof(in.region), "jp");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "batch_scope");
	in = server_enrolment(0);
	(void)snprintf(in.channel, sizeof(in.channel), "canary");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	in = server_enrolment(0);
	(void)snprintf(in.product, sizeof(in.product), "shoe");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_int_eq(s->err.kind, ERR_FORBIDDEN);
	ck_assert_uint_eq(index_count(&s->fleet->index), 0);
}

TEST(a_batch_enrols_its_quota_and_no_more)
{
	SCOPED(server_free)
	struct server *s = with_batch(3);

	for (int i = 0; i < 5; i++) {
		struct wire_enrol in = server_enrolment(i);

		ck_assert_int_eq(server_enrol_as(s, &in), i < 3 ? 0 : -1);
	}
	ck_assert_str_eq(s->err.code, "batch_quota");
	ck_assert_int_eq(s->err.kind, ERR_FORBIDDEN);
	server_crash(s);
	struct wire_enrol in = server_enrolment(9);
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
}

TEST(before_its_first_check_in_a_device_gets_a_new_token_and_the_old_is_void)
{
	SCOPED(server_free)
	struct server *s = with_batch(1);
	struct wire_enrol in = server_enrolment(0);
	char first[DEVICE_TOKEN_SIZE];

	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	memcpy(first, s->token, sizeof(first));
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert_str_ne(first, s->token);
	ck_assert(!knows(s, first));
	ck_assert(knows(s, s->token));
	ck_assert_uint_eq(index_count(&s->fleet->index), 1);
}

static struct cohort cohort(struct server *s, const struct wire_enrol *in)
{
	struct device_rec r = {0};
	size_t at;

	ck_assert(index_by_id(&s->fleet->index, in->id, &at, &r));
	return index_cohort_of(&s->fleet->index, r.cohort);
}

TEST(who_enrols_again_with_its_provisioning_put_right_is_believed)
{
	SCOPED(server_free)
	struct server *s = with_batch(1);
	struct wire_enrol in = server_enrolment(0);
	struct cohort c;

	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert_str_eq(cohort(s, &in).region, "eu");
	(void)snprintf(in.hw, sizeof(in.hw), "b2");
	(void)snprintf(in.region, sizeof(in.region), "us");
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	c = cohort(s, &in);
	ck_assert_str_eq(c.hw, "b2");
	ck_assert_str_eq(c.region, "us");
	server_crash(s);
	c = cohort(s, &in);
	ck_assert_str_eq(c.hw, "b2");
	ck_assert_str_eq(c.region, "us");
	/* The batch's allowance still bounds it. */
	(void)snprintf(in.region, sizeof(in.region), "jp");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "batch_scope");
	ck_assert_str_eq(cohort(s, &in).region, "us");
}

TEST(after_its_first_check_in_a_device_does_not_enrol_again)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_enrol in = server_enrolment(0);

	server_enrol(s, 1);
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "enrolled");
	ck_assert_int_eq(s->err.kind, ERR_CONFLICT);
	ck_assert(knows(s, s->devices[0].token));
}

TEST(another_batch_does_not_take_a_device_over)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);
	char first[DEVICE_TOKEN_SIZE];

	(void)server_batch(s, "other", "pb_second", 5);
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	memcpy(first, s->token, sizeof(first));
	(void)snprintf(in.batch_token, sizeof(in.batch_token), "pb_second");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_int_eq(s->err.kind, ERR_CONFLICT);
	ck_assert(knows(s, first));
}

TEST(a_quarantined_batch_enrols_nobody)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);
	struct err e;

	ASSERT_OK(batches_quarantine(s->fleet->store, "b",
	                             fleet_now_ms(s->fleet), &e));
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_int_eq(s->err.kind, ERR_FORBIDDEN);
	ck_assert_str_eq(s->err.code, "batch_quarantined");
}

TEST(a_quarantine_frees_the_slots_of_its_batch)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct cell_counts c;
	struct rollout *r;
	int64_t batch;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 8);
	r = server_start(s);
	for (size_t i = 0; i < 6; i += 2)
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	ASSERT_OK(batches_quarantine(s->fleet->store, "all",
	                             fleet_now_ms(s->fleet), &e));
	batch = index_get(&s->fleet->index, 0).batch;
	ASSERT_OK(enrol_quarantine_write(s->fleet, batch, &e));
	enrol_quarantine_landed(s->fleet, batch);
	engine_counts(r->engine, &c);
	ck_assert_int_eq(c.open, 0);
	server_crash(s);
	engine_counts(s->fleet->live.items[0]->engine, &c);
	ck_assert_int_eq(c.open, 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "batch_quarantined");
}

TEST(two_enrolments_of_one_id_in_one_batch_give_one_device)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);

	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	server_crash(s);
	ck_assert_uint_eq(index_count(&s->fleet->index), 1);
	ck_assert(knows(s, s->token));
}

static void never(void *ctx, const char *token, const struct err *e)
{
	(void)ctx;
	(void)token;
	(void)e;
	ck_abort_msg("answered twice");
}

static int64_t at_ms(const char *code)
{
	int days = strcmp(code, "batch_expired") == 0 ? 31 : 0;

	return (FIXTURE_T0_S + days * FIXTURE_DAY_S) * 1000;
}

TEST(an_implausible_enrolment_costs_the_writer_nothing)
{
	static const struct {
		const char *batch_token, *hw, *region, *code;
		int device;
	} rows[] = {
		{"pb_made_up", "a7", "eu", "batch_token", 9},
		{"", "a7", "eu", "batch_token", 9},
		{SERVER_BATCH_TOKEN, "a7", "jp", "batch_scope", 9},
		{"pb_late", "a7", "eu", "batch_expired", 9},
		{"pb_bad", "a7", "eu", "batch_quarantined", 9},
		{SERVER_BATCH_TOKEN, "a7", "eu", "enrolled", 0},
	};
	SCOPED(server_free)
	struct server *s = server_new();
	uint64_t before;
	struct err e;

	server_enrol(s, 1);
	(void)server_batch(s, "bad", "pb_bad", 5);
	ASSERT_OK(batches_quarantine(s->fleet->store, "bad",
	                             fleet_now_ms(s->fleet), &e));
	enrol_batches_changed(s->fleet);
	(void)server_batch(s, "late", "pb_late", 5);
	before = db_statement_count();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wire_enrol in = server_enrolment(rows[i].device);
		struct enrol_call call = {.answer = never};

		(void)snprintf(in.batch_token, sizeof(in.batch_token), "%s",
		               rows[i].batch_token);
		(void)snprintf(in.hw, sizeof(in.hw), "%s", rows[i].hw);
		(void)snprintf(in.region, sizeof(in.region), "%s",
		               rows[i].region);
		clock_manual_jump(&s->clock, at_ms(rows[i].code));
		call.in = in;
		ASSERT_CODE(enrol_submit(s->fleet, &call, &e), rows[i].code);
	}
	ck_assert_uint_eq(s->fleet->scribe.queued, 0);
	ck_assert_uint_eq(db_statement_count(), before);
}

static enum err_kind fail_steps(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)op;
	(void)what;
	return ERR_IO;
}

TEST(batches_that_cannot_be_read_turn_nobody_away)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);

	db_set_hook(fail_steps, NULL);
	enrol_batches_changed(s->fleet);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	(void)snprintf(in.batch_token, sizeof(in.batch_token), "pb_other");
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "batch_token");
}

TEST(a_key_is_kept_with_its_device_and_follows_its_enrolment)
{
	SCOPED(server_free)
	struct server *s = with_batch(5);
	struct wire_enrol in = server_enrolment(0);
	struct device_rec r;
	size_t at;

	for (int turn = 1; turn <= 2; turn++) {
		in.has_key = true;
		memset(in.key, turn, sizeof(in.key));
		ck_assert_int_eq(server_enrol_as(s, &in), 0);
		for (int crash = 0; crash <= 1; crash++) {
			ck_assert(
				index_by_id(&s->fleet->index, in.id, &at, &r));
			ck_assert(r.has_key);
			ck_assert_mem_eq(r.public_key, in.key, sizeof(in.key));
			if (crash == 0)
				server_crash(s);
		}
	}
	in.has_key = false;
	memset(in.key, 0, sizeof(in.key));
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	server_crash(s);
	ck_assert(index_by_id(&s->fleet->index, in.id, &at, &r));
	ck_assert(!r.has_key);
}

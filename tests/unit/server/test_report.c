#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "server/devices/report.h"
#include "server/store/reports.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

/* A device with an open attempt. */
static struct server *trying(size_t n, struct rollout **r)
{
	struct server *s = server_new();
	struct wire_answer a;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	*r = server_start(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	return s;
}

static int64_t stored(struct server *s)
{
	struct err e;
	int64_t n = 0;

	ASSERT_OK(reports_count(&n, s->fleet->store, &e));
	return n;
}

static enum trial_step step(const struct rollout *r)
{
	return engine_trial(r->engine, 0)->step;
}

TEST(a_report_is_stored_acknowledged_and_moves_its_trial)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct report_answer a;

	ck_assert_int_eq(server_report(s, 0, STEP_DOWNLOADED, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(a.ack[0], 1);
	ck_assert_int_eq(a.seq, 1);
	ck_assert_int_eq(step(r), TRIAL_DOWNLOADED);
	server_crash(s);
	ck_assert_int_eq(stored(s), 1);
	ck_assert_int_eq(step(s->fleet->live.items[0]), TRIAL_DOWNLOADED);
}

TEST(the_same_sequence_twice_is_success_twice_and_counted_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_FAILED);
	struct report_answer a;
	struct cell_counts c;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
		ck_assert_uint_eq(a.n_ack, 1);
	}
	engine_counts(r->engine, &c);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(stored(s), 1);
	server_crash(s);
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(stored(s), 1);
}

TEST(another_body_under_a_known_sequence_is_a_conflict_and_an_alarm)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_DOWNLOADED);
	struct report_answer a;

	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	in.items[0].step = STEP_FAILED;
	in.items[0].body_hash++;
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_uint_eq(a.n_ack, 0);
	ck_assert_uint_eq(a.n_conflict, 1);
	ck_assert_int_eq(step(r), TRIAL_DOWNLOADED);
	ck_assert_int_eq(stored(s), 1);
	ck_assert_uint_eq(index_get(&s->fleet->index, 0).clone_alarms, 1);
	server_crash(s);
	ck_assert_uint_eq(index_get(&s->fleet->index, 0).clone_alarms, 1);
}

TEST(a_report_older_than_the_window_is_kept_late_and_counts_nowhere)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct report_answer a;
	struct wire_report in;

	s->devices[0].seq = 99;
	ck_assert_int_eq(server_report(s, 0, STEP_DOWNLOADED, &a), 0);
	s->devices[0].seq = 0;
	in = server_report_body(s, 0, STEP_FAILED);
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(a.seq, 100);
	ck_assert_int_eq(stored(s), 2);
	ck_assert_int_eq(step(r), TRIAL_DOWNLOADED);
}

TEST(a_sequence_too_far_above_the_mark_is_refused_whole)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_DOWNLOADED);
	struct report_answer a;

	in.items[1] = in.items[0];
	in.items[1].seq = WINDOW_REACH + 1;
	in.n_items = 2;
	ck_assert_int_eq(server_send(s, 0, &in, &a), -1);
	ck_assert_str_eq(s->err.code, "seq_too_far");
	ck_assert_int_eq(stored(s), 0);
}

TEST(items_are_judged_one_by_one)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_DOWNLOADED);
	struct report_answer a;

	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	in.n_items = 3;
	in.items[1] = in.items[2] = in.items[0];
	in.items[0].body_hash++;
	in.items[2].seq = 2;
	in.items[2].step = STEP_VERIFIED;
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_uint_eq(a.n_conflict, 1);
	ck_assert_uint_eq(a.n_ack, 2);
	ck_assert_int_eq(a.seq, 2);
	ck_assert_int_eq(step(r), TRIAL_VERIFIED);
}

TEST(order_does_not_matter_and_steps_only_rise)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct report_answer a;

	ck_assert_int_eq(server_report(s, 0, STEP_INSTALLED, &a), 0);
	ck_assert_int_eq(server_report(s, 0, STEP_DOWNLOADED, &a), 0);
	ck_assert_int_eq(step(r), TRIAL_INSTALLED);
}

TEST(one_report_may_carry_a_whole_ladder)
{
	static const enum wire_step ladder[] = {STEP_STARTED,  STEP_DOWNLOADED,
	                                        STEP_VERIFIED, STEP_INSTALLED,
	                                        STEP_BOOTED,   STEP_CONFIRMED};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = {0};
	struct report_answer a;

	for (size_t i = 0; i < 6; i++) {
		struct wire_report one = server_report_body(s, 0, ladder[i]);

		memcpy(in.id, one.id, sizeof(in.id));
		in.items[in.n_items++] = one.items[0];
	}
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_uint_eq(a.n_ack, 6);
	ck_assert_int_eq(step(r), TRIAL_CONFIRMED);
	server_crash(s);
	ck_assert_int_eq(step(s->fleet->live.items[0]), TRIAL_CONFIRMED);
}

/* Every operation in turn but the news of a commit that landed: not to know
 * whether it did ends the process. */
static enum err_kind nth(void *ctx, enum db_op op, const char *what)
{
	struct db_fail *f = ctx;

	(void)what;
	if (op == DB_LANDED || f->seen++ != f->at)
		return ERR_NONE;
	f->failed = true;
	return ERR_NO_SPACE;
}

struct caught {
	struct report_answer a;
	int answers;
	bool failed;
};

static void catch_one(void *ctx, const struct report_answer *a,
                      const struct err *e)
{
	struct caught *c = ctx;

	c->answers++;
	c->failed = e != NULL;
	if (e == NULL)
		c->a = *a;
}

static void queue(struct server *s, const struct wire_report *in,
                  struct caught *c)
{
	struct report_call call = {.device = s->devices[0].index,
	                           .in = *in,
	                           .answer = catch_one,
	                           .ctx = c};
	struct err e;

	ASSERT_OK(report_submit(s->fleet, &call, &e));
}

TEST(parallel_reports_of_one_device_share_a_commit_and_keep_their_order)
{
	static const enum wire_step steps[] = {
		STEP_DOWNLOADED, STEP_VERIFIED,  STEP_INSTALLED,
		STEP_BOOTED,     STEP_CONFIRMED, STEP_FAILED,
	};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in[ARRAY_LEN(steps)], other, far;
	struct caught c[ARRAY_LEN(steps) + 3] = {0};
	uint64_t commits;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		in[i] = server_report_body(s, 0, steps[i]);
		queue(s, &in[i], &c[i]);
	}
	/* Once more, with another body, and out of reach. */
	queue(s, &in[5], &c[6]);
	other = in[5];
	other.items[0].body_hash++;
	queue(s, &other, &c[7]);
	far = in[5];
	far.items[0].seq += WINDOW_REACH + 1;
	queue(s, &far, &c[8]);
	commits = db_commit_count();
	scribe_turn(&s->fleet->scribe);
	ck_assert_uint_eq(db_commit_count() - commits, 1);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		ck_assert_int_eq(c[i].answers, 1);
		ck_assert_uint_eq(c[i].a.n_ack, 1);
		ck_assert_int_eq(c[i].a.seq, (int64_t)i + 1);
	}
	ck_assert_uint_eq(c[6].a.n_ack, 1);
	ck_assert_uint_eq(c[7].a.n_conflict, 1);
	ck_assert(c[8].failed);
	ck_assert_int_eq(stored(s), 6);
	ck_assert_int_eq(index_get(&s->fleet->index, 0).window.mark, 6);
	ck_assert_uint_eq(index_get(&s->fleet->index, 0).clone_alarms, 1);
	/* Confirmed before it was said to have failed: as one by one. */
	ck_assert_int_eq(step(r), TRIAL_FAILED);
	server_crash(s);
	ck_assert_int_eq(index_get(&s->fleet->index, 0).window.mark, 6);
	ck_assert_int_eq(step(s->fleet->live.items[0]), TRIAL_FAILED);
}

TEST(when_their_common_commit_fails_parallel_reports_are_taken_one_by_one)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report a = server_report_body(s, 0, STEP_DOWNLOADED);
	struct caught c[2] = {0};
	struct db_fail f = {.at = 0};

	/* The same twice: whichever lands first, it is stored once. */
	queue(s, &a, &c[0]);
	queue(s, &a, &c[1]);
	f.at = 4; /* begin, two rows of the report, its trial, its window */
	db_set_hook(nth, &f);
	scribe_turn(&s->fleet->scribe);
	db_set_hook(NULL, NULL);
	ck_assert(f.failed);
	ck_assert_uint_eq(c[0].a.n_ack, 1);
	ck_assert_uint_eq(c[1].a.n_ack, 1);
	ck_assert_int_eq(stored(s), 1);
	ck_assert_int_eq(step(r), TRIAL_DOWNLOADED);
}

TEST(an_attempt_that_is_not_the_device_s_moves_nothing)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(2, &r);
	struct wire_report in = server_report_body(s, 1, STEP_FAILED);
	struct report_answer a;

	/* Device 1 never asked, and claims device 0's attempt. */
	in.items[0].attempt = s->devices[0].attempt;
	memcpy(in.items[0].plan, s->plan.sha256, sizeof(in.items[0].plan));
	ck_assert_int_eq(server_send(s, 1, &in, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(step(r), TRIAL_GRANTED);
}

TEST(a_report_without_an_attempt_is_stored_and_in_no_gate)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_FAILED);
	struct report_answer a;

	in.items[0].attempt = 0;
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_int_eq(stored(s), 1);
	ck_assert_int_eq(step(r), TRIAL_GRANTED);
}

TEST(a_transport_failure_is_no_failure_and_a_deferral_frees_the_slot)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct wire_report in = server_report_body(s, 0, STEP_FAILED);
	struct report_answer a;
	struct wire_answer c;

	(void)snprintf(in.items[0].code, sizeof(in.items[0].code),
	               "transport_timeout");
	ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
	ck_assert_int_eq(step(r), TRIAL_GRANTED);
	ck_assert_int_eq(server_report(s, 0, STEP_DEFERRED, &a), 0);
	ck_assert_int_eq(step(r), TRIAL_VOID);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &c), 0);
	ck_assert(c.granted);
	ck_assert_int_eq(c.attempt, 2);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &c), 0);
	ck_assert(c.granted);
}

TEST(whatever_operation_fails_what_is_acknowledged_is_stored)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = trying(1, &r);
	struct report_answer a;
	int64_t acknowledged = 0;
	bool failed = true;

	for (long at = 0; failed; at++) {
		struct wire_report in =
			server_report_body(s, 0, STEP_DOWNLOADED);
		struct db_fail f = {.at = at};
		int result;

		db_set_hook(nth, &f);
		result = server_send(s, 0, &in, &a);
		db_set_hook(NULL, NULL);
		failed = f.failed;
		if (result == 0)
			acknowledged += (int64_t)a.n_ack;
		else
			s->devices[0].seq--;
		/* Sent again, it succeeds, and still counts once. */
		ck_assert_int_eq(server_send(s, 0, &in, &a), 0);
		ck_assert_uint_eq(a.n_ack, 1);
		acknowledged += result != 0;
		if (result != 0)
			s->devices[0].seq++;
		ck_assert_int_eq(stored(s), acknowledged);
	}
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

/* ---- Signatures ---- */

#define BODY                                                                 \
	"{\"v\":1,\"id\":\"00112233445566778899aabbccddeeff\",\"items\":[{"  \
	"\"seq\":%d,\"attempt\":null,\"plan\":null,\"image\":null,\"step\":" \
	"\"started\",\"running\":\"" FIXTURE_RUNNING "\",\"counter\":3}]%s}"

/* A report with this sequence number, signed as one with that. */
static char *signed_body(const struct key_secret *k, int seq, int signed_seq)
{
	SCOPED(free)
	char *plain = xasprintf(BODY, signed_seq, "");
	SCOPED(buf_fini)
	struct buf covered = BUF_INIT(WIRE_REPORT_MAX);
	uint8_t sig[KEY_SIG_MAX];
	char member[160], hex[2 * WIRE_SIG_SIZE + 1];
	struct err e;

	ASSERT_OK(wire_report_signed(&covered, plain, strlen(plain), &e));
	ck_assert_uint_eq(key_sign(sig, k, buf_str(&covered), covered.len),
	                  WIRE_SIG_SIZE);
	hex_encode(hex, sig, WIRE_SIG_SIZE);
	(void)snprintf(member, sizeof(member), ",\"sig\":\"%s\"", hex);
	return test_keep(xasprintf(BODY, seq, member));
}

static int verify(const struct fleet *f, const struct device_rec *r,
                  const char *body, struct err *e)
{
	struct wire_report in;

	*e = (struct err){0};
	ck_assert_int_eq(wire_report_parse(&in, body, strlen(body), e), 0);
	return report_verify(f, r, &in, body, strlen(body), e);
}

TEST(a_signature_is_checked_where_there_is_one_and_wanted_where_configured)
{
	static struct fleet f;
	struct device_rec with = {.has_key = true}, without = {0};
	struct rng_seeded rng;
	struct err e;

	key_library_init();
	rng_seeded_init(&rng, 3);
	SCOPED(key_secret_free)
	struct key_secret *k = key_secret_new(KEY_ED25519, &rng.rng);
	SCOPED(key_secret_free)
	struct key_secret *other = key_secret_new(KEY_ED25519, &rng.rng);
	ck_assert_int_eq(hex_decode(with.public_key, sizeof(with.public_key),
	                            key_secret_public(k)->text),
	                 0);
	const char *good = signed_body(k, 1, 1);
	const char *forged = signed_body(k, 2, 1);
	const char *foreign = signed_body(other, 1, 1);
	const char *bare = test_keep(xasprintf(BODY, 1, ""));
	const char *null = test_keep(xasprintf(BODY, 1, ",\"sig\":null"));

	ASSERT_OK(verify(&f, &with, good, &e));
	ASSERT_CODE(verify(&f, &with, forged, &e), "report_signature");
	ck_assert_int_eq(e.kind, ERR_FORBIDDEN);
	ASSERT_CODE(verify(&f, &with, foreign, &e), "report_signature");
	ASSERT_OK(verify(&f, &with, bare, &e));
	ASSERT_OK(verify(&f, &with, null, &e));
	ASSERT_OK(verify(&f, &without, bare, &e));
	ASSERT_OK(verify(&f, &without, foreign, &e));
	f.config.signed_reports = true;
	ASSERT_OK(verify(&f, &with, good, &e));
	ASSERT_CODE(verify(&f, &with, forged, &e), "report_signature");
	ASSERT_CODE(verify(&f, &with, bare, &e), "report_unsigned");
	ASSERT_CODE(verify(&f, &without, bare, &e), "report_unsigned");
	ASSERT_CODE(verify(&f, &without, good, &e), "report_unsigned");
	ASSERT_SAYS("enrolled no key");
}

TEST(a_signature_of_another_shape_is_no_report)
{
	static const char *const sigs[] = {",\"sig\":\"\"", ",\"sig\":\"ab\"",
	                                   ",\"sig\":7"};
	struct wire_report in;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(sigs); i++) {
		const char *body = test_keep(xasprintf(BODY, 1, sigs[i]));

		ASSERT_ERR(wire_report_parse(&in, body, strlen(body), &e),
		           ERR_INVALID);
	}
}

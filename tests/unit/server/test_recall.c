/*
 * Recalls beside the installs that they call back.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/operate.h"
#include "server/fleet/precede.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/unit/server/revisions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECALL_PATH "plan/band/back.1.json"

#define OLD_FIRMWARE "release 2.0.0"
#define OLD_PATH "fw/band/2.0.0_app.bin"

static void add_old_release(struct server *s, struct plan *p)
{
	struct fw f;

	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.0.0");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	hash_sha256_hex(p->release_sha256, OLD_FIRMWARE, strlen(OLD_FIRMWARE));
	p->release_length = (int64_t)strlen(OLD_FIRMWARE);
	(void)snprintf(p->release_path, sizeof(p->release_path), OLD_PATH);
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"), OLD_PATH,
	                p->release_length, p->release_sha256, custom);
	server_blob(s, OLD_FIRMWARE, strlen(OLD_FIRMWARE));
}

/* Publishes a plan that goes back from what spring installs. */
static void publish_recall(struct server *s)
{
	struct plan p;
	struct err e;

	server_plan(&p, 1);
	(void)snprintf(p.id, sizeof(p.id), "back");
	p.kind = PLAN_RECALL;
	p.n_from = 1;
	memcpy(p.from[0], s->plan.release_sha256, sizeof(p.from[0]));
	add_old_release(s, &p);
	SCOPED(free)
	char *text = fixture_plan_text(&p);
	tuf_targets_put(tuf_repo_role(s->repo, "plans.band"), RECALL_PATH,
	                (int64_t)strlen(text), p.sha256, NULL);
	server_blob(s, text, strlen(text));
	tuf_repo_publish(s->repo, "releases.band");
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(
		SERVER_PUBLISH(s, "2.releases.band.json", "2.plans.band.json"));
	plan_fini(&p);
}

static int start_recall(struct server *s, struct err *e)
{
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;

	return operate_start(&r, &taken, s->fleet, RECALL_PATH, &deed, e);
}

TEST(a_recall_is_refused_beside_a_completed_install_until_that_is_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(2, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_CONFIRMED);
	server_tick(s, 120000);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_COMPLETED);
	ck_assert_uint_eq(server_n_rules(s), 1);
	publish_recall(s);
	ASSERT_CODE(start_recall(s, &e), "recall_conflict");
	ASSERT_SAYS("completed");
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ASSERT_CODE(start_recall(s, &e), "recall_conflict");
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_ptr_null(precede_recall_of(s->fleet, r));
	ASSERT_OK(start_recall(s, &e));
	ck_assert_str_eq(server_rule(s, 0)->plan_path, RECALL_PATH);
	ck_assert_str_eq(precede_recall_of(s->fleet, r)->plan->path,
	                 RECALL_PATH);
	server_crash(s);
	ck_assert_uint_eq(server_n_rules(s), 2);
}

static void resumes_all(struct plan *p)
{
	p->resumes = xcalloc(2, sizeof(*p->resumes));
	p->resumes[0] = (struct cell){"a7", "eu"};
	p->resumes[1] = (struct cell){"a7", "us"};
	p->n_resumes = 2;
}

TEST(a_revision_that_would_stand_beside_its_recall_is_not_published)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(2, &r);
	struct err e;

	server_halt(s, "*", "*");
	publish_recall(s);
	ASSERT_OK(start_recall(s, &e));
	ASSERT_CODE(server_publish_revision(s, resumes_all, &e),
	            "recall_conflict");
	ck_assert_uint_eq(s->fleet->live.len, 2);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ck_assert_uint_eq(server_n_rules(s), 2);
	/* One that resumes nothing stays halted, and may. */
	ASSERT_OK(server_publish_revision(s, revisions_resume_nothing, &e));
	ck_assert_int_eq(engine_state(server_newest(s)->engine),
	                 ROLLOUT_HALTED);
}

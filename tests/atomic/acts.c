#include "config.h"

#include "tests/atomic/acts.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/rollout/words.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define FIRMWARE_2 "release 2.2.0, which is a little longer"
enum { NEW_TIMESTAMP = 40, NEW_SNAPSHOT };

static int halt(struct server *s, struct err *e)
{
	struct deed deed = server_deed("rollout.halt");
	struct live *live = &s->fleet->live;

	return operate_halt(s->fleet, live->items[live->len - 1], "a7", "eu",
	                    &deed, e);
}

bool act_is_halted(const struct view *v)
{
	const struct state_file *f =
		v != NULL ? online_state(view_online(v), FIXTURE_PRODUCT,
	                                 "production")
			  : NULL;

	for (size_t i = 0; f != NULL && i < f->doc.n_rules; i++)
		if (cells_match(f->doc.rules[i].halted,
		                f->doc.rules[i].n_halted, "a7", "eu"))
			return true;
	return false;
}

/* ---- The first publish, and before it the first start ---- */

static int publish_first(struct server *s, struct err *e)
{
	return server_publish_first(s, e);
}

static void prepare_first(struct server *s)
{
	struct err e;

	server_plan(&s->plan, 2);
	ASSERT_OK(server_publish_first(s, &e));
}

/* ---- A new release and a revision of the plan, one cell halted ---- */

static void prepare_release(struct server *s)
{
	char sha256[SHA256_HEX_SIZE], path[TARGET_MAX_LEN + 1];
	struct fw f;
	struct err e;

	prepare_first(s);
	(void)server_start(s);
	ASSERT_OK(halt(s, &e));
	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.2.0");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	hash_sha256_hex(sha256, FIRMWARE_2, strlen(FIRMWARE_2));
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"),
	                "fw/band/2.2.0_app.bin", (int64_t)strlen(FIRMWARE_2),
	                sha256, custom);
	tuf_repo_publish(s->repo, "releases.band");
	plan_path(path, &s->plan);
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"), path);
	s->plan.rev++;
	free(server_repo_plan(s->repo, &s->plan));
	tuf_repo_publish(s->repo, "plans.band");
}

static int publish_release(struct server *s, struct err *e)
{
	SCOPED(free)
	char *plan = server_repo_plan(s->repo, &s->plan);

	server_blob(s, FIRMWARE_2, strlen(FIRMWARE_2));
	server_blob(s, plan, strlen(plan));
	return server_publish(s,
	                      (const char *const[]){"2.releases.band.json",
	                                            "2.plans.band.json", NULL},
	                      e);
}

/* ---- A root that changes online keys ---- */

static void prepare_root(struct server *s)
{
	static const unsigned timestamp = NEW_TIMESTAMP,
			      snapshot = NEW_SNAPSHOT;

	prepare_first(s);
	server_repo_key(s->repo, test_path("keys"), "timestamp", NEW_TIMESTAMP);
	server_repo_key(s->repo, test_path("keys"), "snapshot", NEW_SNAPSHOT);
	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_set_keys(s->repo, TUF_SNAPSHOT, 1, &snapshot, 1);
	tuf_repo_publish(s->repo, "root");
}

static int publish_root(struct server *s, struct err *e)
{
	return server_publish(s, (const char *const[]){"2.root.json", NULL}, e);
}

/* ---- What nobody asked for: age, and a halt ---- */

static void prepare_rollout(struct server *s)
{
	prepare_first(s);
	(void)server_start(s);
	/* Numbering begins at the journal's limits, as after any start. */
	server_restart(s);
}

static int sign_anew(struct server *s, struct err *e)
{
	(void)e;
	server_tick(s, INT64_C(9) * 3600 * 1000);
	return 0;
}

static int halt_once(struct server *s, struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return act_is_halted(v) ? 0 : halt(s, e);
}

static int stop_and_start(struct server *s, struct err *e)
{
	(void)e;
	server_restart(s);
	return 0;
}

/* ---- Bytes that no publish has named yet ---- */

static int upload(struct server *s, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	SCOPED(close)
	int fd = memfd_create("upload", MFD_CLOEXEC);
	int64_t length;

	hash_sha256_hex(sha256, FIRMWARE_2, strlen(FIRMWARE_2));
	if (fs_write_all(fd, FIRMWARE_2, strlen(FIRMWARE_2), "upload", e) != 0)
		return -1;
	return blobs_keep(&s->fleet->blobs, fd, sha256, &length, e);
}

static int is_uploaded(struct server *s, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	int64_t length;

	hash_sha256_hex(sha256, FIRMWARE_2, strlen(FIRMWARE_2));
	return blobs_check(&s->fleet->blobs, sha256, &length, e);
}

const struct act acts[] = {
	/* clang-format off */
	{"first publish", NULL,            publish_first,   false, NULL},
	{"release",       prepare_release, publish_release, false, NULL},
	{"root",          prepare_root,    publish_root,    false, NULL},
	{"renewal",       prepare_rollout, sign_anew,       false, NULL},
	{"halt",          prepare_rollout, halt_once,       false, NULL},
	{"restart",       prepare_release, stop_and_start,  true,  NULL},
	{"upload",        prepare_first,   upload,          false, is_uploaded},
	/* clang-format on */
};
const size_t n_acts = ARRAY_LEN(acts);

const struct act *act_named(const char *name)
{
	for (size_t i = 0; i < n_acts; i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	ck_abort_msg("%s: no such act", name);
}

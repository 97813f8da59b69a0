#include "config.h"

#include "tests/hostile/thief.h"

#include "device/records.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/door_http.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define OLD_IMAGE \
	"2222222222222222222222222222222222222222222222222222222222222222"

/* ---- Signed offline ---- */

static void set_times(struct tuf_repo *r)
{
	r->now_s = THIEF_NOW_S;
	r->root.expires_s = THIEF_NOW_S + 365 * TUF_REPO_DAY;
	r->snapshot.expires_s = THIEF_NOW_S + TUF_REPO_DAY;
	r->timestamp.expires_s = THIEF_NOW_S + TUF_REPO_DAY;
	for (size_t i = 0; i < r->roles.len; i++)
		r->roles.items[i]->targets.expires_s =
			THIEF_NOW_S + 90 * TUF_REPO_DAY;
}

/* A release of these bytes; the plan names it. */
static void release(struct thief *t, struct plan *p, const struct fw *f,
                    const char *name)
{
	SCOPED(free)
	char *custom = fixture_fw_text(f);
	SCOPED(free)
	char *bytes = xasprintf("release %s %s", f->version, name);

	(void)snprintf(p->release_path, sizeof(p->release_path),
	               "fw/band/%s_%s", f->version, name);
	hash_sha256_hex(p->release_sha256, bytes, strlen(bytes));
	p->release_length = (int64_t)strlen(bytes);
	fake_server_put(t->f, "releases.band", p->release_path, bytes,
	                strlen(bytes), custom);
}

static void plan_of(struct plan *p, const char *id)
{
	fixture_plan(p);
	(void)snprintf(p->id, sizeof(p->id), "%s", id);
	p->n_stages = 1;
	p->stages[0] = (struct plan_stage){
		.ppm = PPM, .not_before_s = THIEF_NOW_S - 3600, .soak_s = 3600};
	p->expires_s = THIEF_NOW_S + 30 * FIXTURE_DAY_S;
}

static void list(struct thief *t, struct plan *p)
{
	SCOPED(free)
	char *text = fixture_plan_text(p);
	char path[TARGET_MAX_LEN + 1];

	plan_path(path, p);
	fake_server_put(t->f, "plans.band", path, text, strlen(text), NULL);
}

static void release_fw(struct fw *f)
{
	fixture_fw(f);
	f->built_s = THIEF_NOW_S - FIXTURE_DAY_S;
}

static void sign_spring(struct thief *t)
{
	struct plan *p = &t->plans[PLAN_SPRING];
	char path[TARGET_MAX_LEN + 1];
	struct fw f;

	release_fw(&f);
	plan_of(&t->retired, "spring");
	release(t, &t->retired, &f, "app.bin");
	list(t, &t->retired);
	plan_of(p, "spring");
	release(t, p, &f, "app.bin");
	p->rev = 2;
	p->n_stages = 2;
	p->stages[0].ppm = PPM - 1;
	p->stages[1] = (struct plan_stage){
		.ppm = PPM, .not_before_s = THIEF_NOW_S + 1, .soak_s = 3600};
	list(t, p);
	/* Publishing a revision retires the one before. */
	tuf_repo_publish_all(t->f->repo);
	plan_path(path, &t->retired);
	ck_assert(tuf_targets_remove(tuf_repo_role(t->f->repo, "plans.band"),
	                             path));
}

static void sign_others(struct thief *t)
{
	struct plan *p = t->plans;
	struct fw f;

	release_fw(&f);
	plan_of(&p[PLAN_OTHER_CELLS], "other-cells");
	word_set(p[PLAN_OTHER_CELLS].hw.w[0], "b2");
	p[PLAN_OTHER_CELLS].hw.n = 1;
	word_set(f.hw.w[0], "b2");
	f.hw.n = 1;
	release(t, &p[PLAN_OTHER_CELLS], &f, "b2.bin");

	release_fw(&f);
	plan_of(&p[PLAN_OTHER_REGION], "other-region");
	word_set(p[PLAN_OTHER_REGION].regions.w[0], "us");
	p[PLAN_OTHER_REGION].regions.n = 1;
	release(t, &p[PLAN_OTHER_REGION], &f, "us.bin");

	(void)snprintf(f.version, sizeof(f.version), "0.9.0");
	plan_of(&p[PLAN_OLDER_VERSION], "older-version");
	release(t, &p[PLAN_OLDER_VERSION], &f, "old.bin");

	release_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.0.9");
	f.counter = 0;
	plan_of(&p[PLAN_LOW_COUNTER], "low-counter");
	release(t, &p[PLAN_LOW_COUNTER], &f, "weak.bin");

	release_fw(&f);
	plan_of(&p[PLAN_OVER], "over");
	p[PLAN_OVER].expires_s = THIEF_NOW_S;
	release(t, &p[PLAN_OVER], &f, "over.bin");

	plan_of(&p[PLAN_SMALL], "small");
	release(t, &p[PLAN_SMALL], &f, "small.bin");
	p[PLAN_SMALL].stages[0].ppm =
		(int32_t)bucket_of(p[PLAN_SMALL].release_sha256, FAKE_ID);

	plan_of(&p[PLAN_RECALLS_OTHERS], "recalls-others");
	p[PLAN_RECALLS_OTHERS].kind = PLAN_RECALL;
	memcpy(p[PLAN_RECALLS_OTHERS].from[0], OLD_IMAGE, SHA256_HEX_SIZE);
	p[PLAN_RECALLS_OTHERS].n_from = 1;
	release(t, &p[PLAN_RECALLS_OTHERS], &f, "recall.bin");
	for (int i = PLAN_OTHER_CELLS; i < PLAN_COUNT; i++)
		list(t, &p[i]);
}

/* Another product of the same repository, signed by the same root. */
static void sign_coat(struct thief *t)
{
	struct tuf_repo *r = t->f->repo;
	struct plan p;
	struct fw f;

	tuf_repo_delegate(r, "targets", "releases.coat", "fw/coat/*", true, 40);
	tuf_repo_delegate(r, "targets", "plans.coat", "plan/coat/*", true, 41);
	release_fw(&f);
	plan_of(&p, "coats");
	release(t, &p, &f, "coats.bin");
	(void)tuf_targets_remove(tuf_repo_role(r, "releases.band"),
	                         p.release_path);
	(void)snprintf(f.head.product, sizeof(f.head.product), "coat");
	(void)snprintf(p.head.product, sizeof(p.head.product), "coat");
	(void)snprintf(p.release_path, sizeof(p.release_path),
	               "fw/coat/2.1.0_coats.bin");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	SCOPED(free)
	char *text = fixture_plan_text(&p);
	fake_server_put(t->f, "releases.coat", p.release_path,
	                "release 2.1.0 coats.bin", 23, custom);
	fake_server_put(t->f, "plans.coat", "plan/coat/coats.1.json", text,
	                strlen(text), NULL);
	plan_fini(&p);
}

/* ---- The device ---- */

static void make_device(struct thief *t)
{
	const struct tuf_repo_file *root =
		tuf_repo_served(t->f->repo, "2.root.json");
	struct provision *p = &t->provision;
	struct err e;

	t->dir = test_path("device");
	fake_provision(p, 'f', 5000);
	p->image.built_s = THIEF_NOW_S;
	(void)snprintf(p->product, sizeof(p->product), FIXTURE_PRODUCT);
	(void)snprintf(p->repo, sizeof(p->repo), FIXTURE_REPO);
	ASSERT_OK(fs_write(p->root, root->bytes, root->len, 0600, &e));
}

struct thief *thief_new(void)
{
	struct thief *t = xcalloc(1, sizeof(*t));

	t->f = fake_server_new();
	t->output = (struct buf)BUF_INIT(1 << 20);
	set_times(t->f->repo);
	sign_spring(t);
	sign_others(t);
	sign_coat(t);
	set_times(t->f->repo);
	tuf_repo_publish(t->f->repo, "root");
	tuf_repo_publish_all(t->f->repo);
	make_device(t);
	thief_point_at(t, PLAN_SPRING);
	return t;
}

void thief_free(struct thief *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < PLAN_COUNT; i++)
		plan_fini(&t->plans[i]);
	plan_fini(&t->retired);
	state_doc_fini(&t->state);
	provision_fini(&t->provision);
	buf_fini(&t->output);
	fake_server_free(t->f);
	free(t);
}

/* ---- What the thief says ---- */

void thief_point_at(struct thief *t, enum thief_plan plan)
{
	state_doc_fini(&t->state);
	fixture_state(&t->state, &t->plans[plan], 0);
}

void thief_say_text(struct thief *t, const char *text)
{
	struct tuf_repo *r = t->f->repo;

	fake_server_put(t->f, "rollout.band", "rollout/band/production.json",
	                text, strlen(text), NULL);
	tuf_repo_publish(r, "rollout.band");
	tuf_repo_publish_listings(r);
}

void thief_say(struct thief *t)
{
	SCOPED(free)
	char *text = fixture_state_text(&t->state);

	thief_say_text(t, text);
}

static void write_provision(struct thief *t, const char *url)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(PROVISION_BYTES_MAX);
	struct err e;

	free(t->provision.server);
	t->provision.server = xstrdup(url);
	ASSERT_OK(provision_write(&text, &t->provision, &e));
	ASSERT_OK(fs_write(test_path("provision.json"), buf_str(&text),
	                   text.len, 0600, &e));
}

void thief_run(struct thief *t)
{
	struct net_door door = fake_server_door(t->f);
	struct door_http *http;
	SCOPED(free)
	char *command = xasprintf("exec '" PAWL_BUILDDIR "/pawl-device' "
	                          "--provision '%s' --state '%s' --once "
	                          "--verbose 2>&1",
	                          test_path("provision.json"), t->dir);
	char bytes[4096];
	FILE *f;
	size_t n;

	fake_server_forget(t->f);
	buf_reset(&t->output);
	http = door_http_start(&door, FAKE_SERVER_URL);
	write_provision(t, door_http_url(http));
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&t->output, bytes, n);
	t->result = pclose(f);
	door_http_stop(http);
	ck_assert_msg(WIFEXITED(t->result), "%s", buf_str(&t->output));
}

/* ---- What came of it ---- */

static bool names(const struct thief *t, const char *code)
{
	SCOPED(free)
	char *words = xasprintf("(%s)", code);

	return strstr(buf_str(&t->output), words) != NULL;
}

static bool is_file_of(const char *path, const char *sha256)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	char got[SHA256_HEX_SIZE];

	if (fs_read(&b, path, NULL) != 0)
		return false;
	hash_sha256_hex(got, buf_str(&b), b.len);
	return strcmp(got, sha256) == 0;
}

static const char *slot(const struct thief *t, int i)
{
	return test_keep(xasprintf("%s/slot.%d", t->dir, i));
}

/* What runs and what is begun, from the device's own store. */
static void look(const struct thief *t, char running[SHA256_HEX_SIZE],
                 bool *has_attempt, bool *spare_is_empty)
{
	SCOPED(records_free)
	struct records *store = NULL;
	const struct device_state *s;
	struct err e;
	bool fresh;

	ASSERT_OK(records_open(&store, &fresh, t->dir, &e));
	s = records_state(store);
	memcpy(running, s->slots[state_running(s)].sha256, SHA256_HEX_SIZE);
	*has_attempt = s->attempt.phase != ATTEMPT_NONE;
	*spare_is_empty = s->slots[state_spare(s)].fill == SLOT_EMPTY;
}

void thief_assert_refused(const struct thief *t, const char *code)
{
	const char *out = buf_str(&t->output);
	char running[SHA256_HEX_SIZE];
	bool has_attempt, spare_is_empty;

	ck_assert_msg(names(t, code), "'%s' is not named: %s", code, out);
	look(t, running, &has_attempt, &spare_is_empty);
	ck_assert_str_eq(running, t->provision.image.sha256);
	ck_assert(!has_attempt);
	ck_assert(spare_is_empty);
	ck_assert(is_file_of(slot(t, 0), t->provision.image.sha256));
	ck_assert(!fs_exists(slot(t, 1)));
	/* It did not even ask. */
	ck_assert_int_eq(t->f->wants, 0);
	ck_assert_msg(strstr(buf_str(&t->f->log), "fw ") == NULL, "%s",
	              buf_str(&t->f->log));
}

void thief_assert_installed(const struct thief *t)
{
	const char *sha256 = t->plans[PLAN_SPRING].release_sha256;
	char running[SHA256_HEX_SIZE];
	bool has_attempt, spare_is_empty;

	look(t, running, &has_attempt, &spare_is_empty);
	ck_assert_msg(strcmp(running, sha256) == 0, "%s", buf_str(&t->output));
	ck_assert_int_eq(t->result, 0);
	ck_assert(!has_attempt);
	ck_assert(is_file_of(slot(t, 1), sha256));
	ck_assert_int_eq(t->f->wants, 2);
}

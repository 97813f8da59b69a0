#include "config.h"

#include "tests/support/server_fixture.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/secretfile.h"
#include "server/store/batches.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define T0_MS (FIXTURE_T0_S * 1000)

static void must(int result, const struct err *e)
{
	if (result == 0)
		return;
	fprintf(stderr, "server fixture: [%s] %s\n", e->code, e->msg);
	abort();
}

/* ---- The repository ---- */

static void key_file(struct tuf_repo *r, const char *dir, const char *role,
                     unsigned key)
{
	struct rng_seeded rng;
	struct err e = {0};
	SCOPED(free)
	char *name = xasprintf("%s.key", role);
	SCOPED(free)
	char *path = fs_join(dir, name);

	rng_seeded_init(&rng, key);
	must(secretfile_create(path, tuf_repo_key(r, key), FIXTURE_REPO, role,
	                       "test", NULL, &secretfile_cost_light, &rng.rng,
	                       &e),
	     &e);
}

void server_repo_key(struct tuf_repo *r, const char *keys_dir, const char *role,
                     unsigned key)
{
	struct rng_seeded rng;
	struct err e = {0};
	SCOPED(free)
	char *path = xasprintf("%s/%s.%u.key", keys_dir, role, key);

	rng_seeded_init(&rng, key);
	must(secretfile_create(path, tuf_repo_key(r, key), FIXTURE_REPO, role,
	                       "test", NULL, &secretfile_cost_light, &rng.rng,
	                       &e),
	     &e);
}

static void delegate(struct tuf_repo *r, const char *role,
                     const char *const *paths, size_t n, int64_t threshold,
                     const unsigned *keys)
{
	struct tuf_targets *t = tuf_repo_role(r, "targets");
	struct tuf_delegation *d =
		tuf_targets_delegate(t, role, threshold, paths, n);

	for (int64_t i = 0; i < threshold; i++)
		tuf_targets_add_key(t, d, tuf_repo_public(r, keys[i]));
	tuf_repo_set_signers(r, role, keys, (size_t)threshold);
}

struct tuf_repo *server_repo_new(const char *keys_dir)
{
	static const char *const fw[] = {"fw/band/*", "delta/band/*",
	                                 "meta/band/*"};
	static const char *const plans[] = {"plan/band/*"};
	static const char *const states[] = {"rollout/band/*"};
	static const unsigned root_keys[] = {KEY_OF_ROOT, SERVER_KEY_ROOT_2};
	static const unsigned targets_keys[] = {KEY_OF_TARGETS,
	                                        SERVER_KEY_TARGETS_2};
	static const unsigned fw_keys[] = {SERVER_KEY_RELEASES,
	                                   SERVER_KEY_RELEASES_2};
	static const unsigned plan_keys[] = {SERVER_KEY_PLANS,
	                                     SERVER_KEY_PLANS_2};
	static const unsigned state_keys[] = {SERVER_KEY_ROLLOUT};
	struct tuf_repo *r = tuf_repo_new();
	struct err e = {0};

	r->now_s = FIXTURE_T0_S;
	(void)snprintf(r->root.repo, sizeof(r->root.repo), FIXTURE_REPO);
	r->root.expires_s = r->now_s + 365 * FIXTURE_DAY_S;
	tuf_repo_set_keys(r, TUF_ROOT, 2, root_keys, 2);
	tuf_repo_set_keys(r, TUF_TARGETS, 2, targets_keys, 2);
	tuf_repo_role(r, "targets")->expires_s = r->now_s + 180 * FIXTURE_DAY_S;
	delegate(r, "releases.band", fw, ARRAY_LEN(fw), 2, fw_keys);
	delegate(r, "plans.band", plans, 1, 2, plan_keys);
	delegate(r, "rollout.band", states, 1, 1, state_keys);
	tuf_repo_role(r, "releases.band")->expires_s =
		r->now_s + 180 * FIXTURE_DAY_S;
	(void)tuf_repo_role(r, "plans.band");
	must(fs_mkdirs(keys_dir, 0700, &e), &e);
	key_file(r, keys_dir, "timestamp", KEY_OF_TIMESTAMP);
	key_file(r, keys_dir, "snapshot", KEY_OF_SNAPSHOT);
	key_file(r, keys_dir, "rollout.band", SERVER_KEY_ROLLOUT);
	return r;
}

void server_repo_release(struct tuf_repo *r)
{
	char sha256[SHA256_HEX_SIZE];
	struct fw f;

	fixture_fw(&f);
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	hash_sha256_hex(sha256, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	tuf_targets_put(tuf_repo_role(r, "releases.band"), SERVER_FW_PATH,
	                (int64_t)strlen(SERVER_FIRMWARE), sha256, custom);
}

char *server_repo_plan(struct tuf_repo *r, struct plan *p)
{
	char path[TARGET_MAX_LEN + 1];
	char *text;

	hash_sha256_hex(p->release_sha256, SERVER_FIRMWARE,
	                strlen(SERVER_FIRMWARE));
	p->release_length = (int64_t)strlen(SERVER_FIRMWARE);
	text = fixture_plan_text(p);
	plan_path(path, p);
	tuf_targets_put(tuf_repo_role(r, "plans.band"), path,
	                (int64_t)strlen(text), p->sha256, NULL);
	return text;
}

void server_plan(struct plan *p, size_t n_stages)
{
	fixture_plan(p);
	fixture_narrow(p, 1, 2);
	(void)snprintf(p->regions.w[1], sizeof(word), "us");
	p->n_stages = n_stages;
	for (size_t i = 0; i < n_stages; i++)
		p->stages[i] = (struct plan_stage){
			.ppm = PPM - (int32_t)(n_stages - 1 - i) * 1000,
			.not_before_s = FIXTURE_T0_S + (int64_t)i,
			.soak_s = 60,
		};
}

/* ---- The server ---- */

static void open_fleet(struct server *s)
{
	struct err e = {0};

	must(server_reopen(s, &e), &e);
}

int server_reopen(struct server *s, struct err *e)
{
	s->config.data_dir = s->data_dir;
	if (fleet_open(s->fleet, &s->config, &s->clock.clock, &s->rng.rng, e) !=
	    0) {
		fleet_close(s->fleet);
		return -1;
	}
	return 0;
}

struct server *server_new(void)
{
	return server_new_in(test_path("data"));
}

struct server *server_new_in(const char *data_dir)
{
	struct server *s = xcalloc(1, sizeof(*s));

	key_library_init();
	s->repo = server_repo_new(test_path("keys"));
	s->data_dir = xstrdup(data_dir);
	clock_manual_init(&s->clock, T0_MS);
	rng_seeded_init(&s->rng, 1);
	s->config = (struct fleet_config){
		.online_keys = test_path("keys"),
		.poll_after_s = 900,
		.within_s = 300,
		.lives = {86400, 86400, 86400},
	};
	s->fleet = xcalloc(1, sizeof(*s->fleet));
	open_fleet(s);
	return s;
}

void server_free(struct server *s)
{
	if (s == NULL)
		return;
	fleet_close(s->fleet);
	free(s->fleet);
	tuf_repo_free(s->repo);
	plan_fini(&s->plan);
	free(s->devices);
	free(s->data_dir);
	free(s);
}

static void find_devices(struct server *s)
{
	struct device_rec r;

	for (size_t i = 0; i < s->n_devices; i++)
		if (!index_by_id(&s->fleet->index, s->devices[i].id,
		                 &s->devices[i].index, &r))
			abort();
}

void server_restart(struct server *s)
{
	fleet_close(s->fleet);
	open_fleet(s);
	find_devices(s);
}

void server_crash(struct server *s)
{
	SCOPED(free)
	char *old = s->data_dir;
	SCOPED(free)
	char *command = NULL;

	s->data_dir = xasprintf("%s.%d", test_path("data"), ++s->crashes);
	command = xasprintf("cp -a '%s' '%s'", old, s->data_dir);
	if (system(command) != 0)
		abort();
	fleet_close(s->fleet);
	open_fleet(s);
	find_devices(s);
}

void server_tick(struct server *s, int64_t ms)
{
	clock_manual_advance(&s->clock, ms);
	scribe_turn(&s->fleet->scribe);
}

/* ---- Publishing ---- */

struct deed server_deed(const char *action)
{
	return (struct deed){
		.actor = "alice",
		.action = action,
		.object = "",
		.reason = "a test",
		.request_id = "",
	};
}

int server_publish(struct server *s, const char *const *names, struct err *e)
{
	struct file *files[16] = {0};
	struct deed deed = server_deed("publish");
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	size_t n = 0;
	int result;

	for (; names[n] != NULL; n++) {
		const struct tuf_repo_file *f =
			tuf_repo_served(s->repo, names[n]);

		if (f == NULL || n == ARRAY_LEN(files))
			abort();
		files[n] = file_new(names[n], 0, f->bytes, f->len, e);
		if (files[n] == NULL)
			abort();
	}
	result = publish(s->fleet, files, n, &deed, &out, e);
	for (size_t i = 0; i < n; i++)
		file_unref(files[i]);
	return result;
}

void server_blob(struct server *s, const void *bytes, size_t n)
{
	char sha256[SHA256_HEX_SIZE];
	SCOPED(close)
	int fd = memfd_create("upload", MFD_CLOEXEC);
	int64_t length;
	struct err e = {0};

	if (fd < 0)
		abort();
	hash_sha256_hex(sha256, bytes, n);
	if (blobs_size(&s->fleet->blobs, sha256, &length, &e) == 0)
		return; /* pawlctl asks before it sends */
	must(fs_write_all(fd, bytes, n, "upload", &e), &e);
	must(blobs_adopt(&s->fleet->blobs, fd, sha256, &length, &e), &e);
}

int server_publish_first(struct server *s, struct err *e)
{
	static const char *const names[] = {"1.root.json", "1.targets.json",
	                                    "1.releases.band.json",
	                                    "1.plans.band.json", NULL};

	if (s->plan.n_stages == 0)
		server_plan(&s->plan, 1);
	SCOPED(free)
	char *text = server_repo_plan(s->repo, &s->plan);
	server_repo_release(s->repo);
	server_blob(s, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	server_blob(s, text, strlen(text));
	tuf_repo_publish_as(s->repo, "root", 1);
	tuf_repo_publish_as(s->repo, "targets", 1);
	tuf_repo_publish_as(s->repo, "releases.band", 1);
	tuf_repo_publish_as(s->repo, "plans.band", 1);
	return server_publish(s, names, e);
}

void server_ready_revision(struct server *s, void (*change)(struct plan *p),
                           char name[64])
{
	struct tuf_targets *role = tuf_repo_role(s->repo, "plans.band");
	char path[TARGET_MAX_LEN + 1];

	plan_path(path, &s->plan);
	(void)tuf_targets_remove(role, path);
	s->plan.rev++;
	if (change != NULL)
		change(&s->plan);
	SCOPED(free)
	char *text = server_repo_plan(s->repo, &s->plan);
	server_blob(s, text, strlen(text));
	tuf_repo_publish(s->repo, "plans.band");
	(void)snprintf(name, 64, "%" PRId64 ".plans.band.json", role->version);
}

int server_publish_revision(struct server *s, void (*change)(struct plan *p),
                            struct err *e)
{
	char name[64];
	const char *names[] = {name, NULL};

	server_ready_revision(s, change, name);
	return server_publish(s, names, e);
}

/* ---- Devices ---- */

int64_t server_batch(struct server *s, const char *id, const char *token,
                     int64_t quota)
{
	struct batch_row b = {
		.product = FIXTURE_PRODUCT,
		.hw = "[\"*\"]",
		.regions = "[\"eu\",\"us\"]",
		.channels = "[\"production\"]",
		.quota = quota,
		.expires_ms = T0_MS + 30 * FIXTURE_DAY_S * 1000,
		.created_by = "alice",
		.created_ms = T0_MS,
	};
	struct err e = {0};
	int64_t key;

	(void)snprintf(b.id, sizeof(b.id), "%s", id);
	hash_sha256(b.token_hash, token, strlen(token));
	must(batches_add(&key, s->fleet->store, &b, &e), &e);
	enrol_batches_changed(s->fleet);
	return key;
}

struct wire_enrol server_enrolment(int n)
{
	struct wire_enrol in = {
		.batch_token = SERVER_BATCH_TOKEN,
		.product = FIXTURE_PRODUCT,
		.hw = "a7",
		.channel = "production",
	};
	struct rng_seeded rng;

	rng_seeded_init(&rng, (uint64_t)n + 1000);
	rng_fill(&rng.rng, in.id, sizeof(in.id));
	(void)snprintf(in.region, sizeof(in.region), "%s",
	               n % 2 == 0 ? "eu" : "us");
	return in;
}

static void take_token(void *ctx, const char *token, const struct err *e)
{
	struct server *s = ctx;

	s->last = NULL;
	s->token[0] = '\0';
	if (e != NULL) {
		s->err = *e;
		s->last = &s->err;
	} else {
		(void)snprintf(s->token, sizeof(s->token), "%s", token);
	}
}

int server_enrol_as(struct server *s, const struct wire_enrol *in)
{
	struct enrol_call call = {.in = *in, .answer = take_token, .ctx = s};

	s->err = (struct err){0};
	if (enrol_submit(s->fleet, &call, &s->err) != 0)
		return -1;
	scribe_turn(&s->fleet->scribe);
	return s->last == NULL ? 0 : -1;
}

static void enrol_one(struct server *s)
{
	struct server_device *d = &s->devices[s->n_devices];
	struct wire_enrol in = server_enrolment((int)s->n_devices);
	struct device_rec r;
	struct wire_answer a;

	*d = (struct server_device){.running = FIXTURE_RUNNING,
	                            .version = "2.0.0"};
	must(server_enrol_as(s, &in), &s->err);
	memcpy(d->id, in.id, sizeof(d->id));
	memcpy(d->token, s->token, sizeof(d->token));
	hex_encode(d->hex, d->id, sizeof(d->id));
	if (!index_by_id(&s->fleet->index, d->id, &d->index, &r))
		abort();
	s->n_devices++;
	must(server_checkin(s, s->n_devices - 1, WANT_NOTHING, &a), &s->err);
}

void server_enrol(struct server *s, size_t n)
{
	if (s->n_devices == 0)
		(void)server_batch(s, "all", SERVER_BATCH_TOKEN, 100000);
	s->devices = xreallocarray(s->devices, s->n_devices + n,
	                           sizeof(*s->devices));
	for (size_t i = 0; i < n; i++)
		enrol_one(s);
}

struct rollout *server_start(struct server *s)
{
	struct deed deed = server_deed("rollout.start");
	char path[TARGET_MAX_LEN + 1];
	struct rollout *r = NULL;
	struct err e = {0};
	int64_t taken;

	plan_path(path, &s->plan);
	/* Devices count when they were there before. */
	server_tick(s, 1000);
	must(operate_start(&r, &taken, s->fleet, path, &deed, &e), &e);
	return r;
}

struct server *server_rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct rollout *r;
	struct err e = {0};

	must(server_publish_first(s, &e), &e);
	server_enrol(s, n);
	r = server_start(s);
	if (out != NULL)
		*out = r;
	return s;
}

struct rollout *server_newest(struct server *s)
{
	return s->fleet->live.items[s->fleet->live.len - 1];
}

void server_halt(struct server *s, const char *hw, const char *region)
{
	const struct deed deed = server_deed("rollout.halt");
	struct err e = {0};

	must(operate_halt(s->fleet, server_newest(s), hw, region, &deed, &e),
	     &e);
}

void server_resume(struct server *s)
{
	const struct deed deed = server_deed("rollout.resume");
	struct err e = {0};

	must(operate_resume(s->fleet, server_newest(s), &deed, &e), &e);
}

struct wire_checkin server_body(const struct server *s, size_t device,
                                enum wire_want want)
{
	const struct server_device *d = &s->devices[device];
	struct view *v = view_get(&s->fleet->view);
	struct wire_checkin in = {.v = 1,
	                          .nonce = "n",
	                          .root = 1,
	                          .want = want,
	                          .counter = 3,
	                          .battery_pct = -1,
	                          .attempt = d->attempt};

	if (v != NULL) {
		in.root = view_set(v)->root.version;
		in.ts = view_online(v)->timestamp_version;
	}
	view_put(v);
	(void)snprintf(in.running_sha256, sizeof(in.running_sha256), "%s",
	               d->running);
	(void)snprintf(in.running_version, sizeof(in.running_version), "%s",
	               d->version);
	if (want != WANT_NOTHING)
		memcpy(in.plan, s->plan.sha256, sizeof(in.plan));
	return in;
}

struct checkin_catch {
	struct server *s;
	struct wire_answer *a;
};

static void take_answer(void *ctx, const struct wire_answer *a,
                        const struct err *e)
{
	struct checkin_catch *c = ctx;

	c->s->last = NULL;
	if (e != NULL) {
		c->s->err = *e;
		c->s->last = &c->s->err;
	} else {
		*c->a = *a;
	}
}

int server_ask(struct server *s, size_t device, const struct wire_checkin *in,
               struct wire_answer *a)
{
	struct server_device *d = &s->devices[device];
	struct checkin_catch c = {s, a};
	struct checkin_call call = {.device = d->index,
	                            .in = *in,
	                            .answer = take_answer,
	                            .ctx = &c};
	struct err e = {0};

	*a = (struct wire_answer){0};
	s->last = NULL;
	if (!checkin_idle(s->fleet, &call, a)) {
		must(checkin_submit(s->fleet, &call, &e), &e);
		scribe_turn(&s->fleet->scribe);
	}
	if (s->last != NULL)
		return -1;
	if (a->granted) {
		d->attempt = a->attempt;
		memcpy(d->plan, a->plan, sizeof(d->plan));
	}
	return 0;
}

int server_checkin(struct server *s, size_t device, enum wire_want want,
                   struct wire_answer *a)
{
	struct wire_checkin in = server_body(s, device, want);

	return server_ask(s, device, &in, a);
}

struct report_catch {
	struct server *s;
	struct report_answer *a;
};

static void take_report(void *ctx, const struct report_answer *a,
                        const struct err *e)
{
	struct report_catch *c = ctx;

	c->s->last = NULL;
	if (e != NULL) {
		c->s->err = *e;
		c->s->last = &c->s->err;
	} else {
		*c->a = *a;
	}
}

struct wire_report server_report_body(struct server *s, size_t device,
                                      enum wire_step step)
{
	struct server_device *d = &s->devices[device];
	struct wire_report in = {.n_items = 1};
	struct wire_item *item = &in.items[0];

	memcpy(in.id, d->id, sizeof(in.id));
	item->seq = ++d->seq;
	item->attempt = d->attempt;
	memcpy(item->plan, d->plan, sizeof(item->plan));
	item->step = step;
	(void)snprintf(item->running, sizeof(item->running), "%s", d->running);
	item->counter = 3;
	item->body_hash = (uint32_t)item->seq * 16 + (uint32_t)step;
	return in;
}

int server_send(struct server *s, size_t device, const struct wire_report *in,
                struct report_answer *a)
{
	struct report_catch c = {s, a};
	struct report_call call = {.device = s->devices[device].index,
	                           .in = *in,
	                           .answer = take_report,
	                           .ctx = &c};
	struct err e = {0};

	*a = (struct report_answer){0};
	must(report_submit(s->fleet, &call, &e), &e);
	scribe_turn(&s->fleet->scribe);
	return s->last == NULL ? 0 : -1;
}

int server_report(struct server *s, size_t device, enum wire_step step,
                  struct report_answer *a)
{
	struct wire_report in = server_report_body(s, device, step);

	return server_send(s, device, &in, a);
}

void server_update(struct server *s, size_t device, enum wire_step end)
{
	struct server_device *d = &s->devices[device];
	struct report_answer b;
	struct wire_answer a;

	if (server_checkin(s, device, WANT_START, &a) != 0 || !a.granted) {
		fprintf(stderr, "server fixture: no start: %s %s\n", a.why_code,
		        a.why_text);
		abort();
	}
	if (end != STEP_FAILED) {
		if (server_checkin(s, device, WANT_ACTIVATE, &a) != 0 ||
		    !a.granted) {
			fprintf(stderr, "server fixture: no activate: %s\n",
			        a.why_text);
			abort();
		}
		d->running = FIXTURE_RELEASE;
		d->version = "2.1.0";
	}
	must(server_report(s, device, end, &b), &s->err);
	d->attempt = 0;
}

/* ---- What is signed ---- */

static const struct state_file *state(struct view *v)
{
	const struct state_file *f =
		v != NULL ? online_state(view_online(v), FIXTURE_PRODUCT,
	                                 "production")
			  : NULL;

	if (f == NULL)
		abort();
	return f;
}

size_t server_n_rules(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return state(v)->doc.n_rules;
}

const struct state_rule *server_rule(struct server *s, size_t i)
{
	/* The slot keeps it until the next change. */
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return &state(v)->doc.rules[i];
}

static int keep_rollout(void *ctx, const struct rollout_row *r, struct err *e)
{
	(void)e;
	*(struct rollout_row *)ctx = *r;
	return 0;
}

struct rollout_row server_stored_rollout(struct server *s)
{
	struct rollout_row row = {0};
	struct err e;

	ASSERT_OK(rollouts_each(s->fleet->store, keep_rollout, &row, &e));
	return row;
}

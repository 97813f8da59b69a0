#include "config.h"

#include "tests/twin/twin.h"

#include "device/explain.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "server/fleet/ask.h"
#include "server/fleet/judge.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The server ---- */

static void publish_all(struct twin *t)
{
	static const char *const names[] = {"1.root.json", "1.targets.json",
	                                    "1.releases.band.json",
	                                    "1.plans.band.json", NULL};
	struct tuf_repo *r = t->api->repo;
	struct corpus *c = &t->corpus;

	for (size_t i = 0; i < CORPUS_RELEASES; i++) {
		const struct plan *p = &c->plans[i];
		SCOPED(free)
		char *custom = fixture_fw_text(&c->releases[i]);

		tuf_targets_put(tuf_repo_role(r, "releases.band"), c->paths[i],
		                p->release_length, p->release_sha256, custom);
		ck_assert_int_eq(
			api_put(t->api, p->release_sha256, c->images[i]), 201);
	}
	for (size_t i = 0; i < CORPUS_PLANS; i++) {
		const struct plan *p = &c->plans[i];
		char path[TARGET_MAX_LEN + 1];

		plan_path(path, p);
		tuf_targets_put(tuf_repo_role(r, "plans.band"), path,
		                (int64_t)strlen(c->plan_texts[i]), p->sha256,
		                NULL);
		ck_assert_int_eq(api_put(t->api, p->sha256, c->plan_texts[i]),
		                 201);
	}
	tuf_repo_publish_as(r, "root", 1);
	tuf_repo_publish_as(r, "targets", 1);
	tuf_repo_publish_as(r, "releases.band", 1);
	tuf_repo_publish_as(r, "plans.band", 1);
	ck_assert_msg(api_publish(t->api, names) == 200, "%s",
	              buf_str(&t->api->body));
}

static void enrol(struct twin *t)
{
	const char *batch;

	ck_assert_int_eq(
		api_ask(t->api, "POST", "/v1/admin/batches", t->api->admin,
	                "{\"id\":\"all\",\"product\":\"band\",\"hw\":"
	                "[\"a7\",\"b2\",\"c1\",\"d4\"],\"regions\":[\"eu\","
	                "\"jp\",\"us\"],\"channels\":[\"canary\",\"lab\","
	                "\"production\"],\"quota\":100,\"expires\":"
	                "\"2026-12-01T00:00:00Z\",\"reason\":\"\"}"),
		201);
	batch = api_text(t->api, "token");
	for (size_t i = 0; i < CORPUS_DEVICES; i++) {
		const struct corpus_device *d = &t->corpus.devices[i];
		SCOPED(free)
		char *body = xasprintf(
			"{\"batch_token\":\"%s\",\"product\":\"band\","
			"\"hw\":\"%s\",\"region\":\"%s\",\"channel\":\"%s\","
			"\"id\":\"%s\"}",
			batch, d->hw, d->region, d->channel, d->id);

		ck_assert_int_eq(
			api_ask(t->api, "POST", "/v1/enrol", NULL, body), 201);
		(void)snprintf(t->devices[i].token, DEVICE_TOKEN_SIZE, "%s",
		               api_text(t->api, "token"));
	}
}

static void start_rollouts(struct twin *t)
{
	for (size_t i = 0; i < CORPUS_PLANS; i++) {
		char path[TARGET_MAX_LEN + 1];

		plan_path(path, &t->corpus.plans[i]);
		SCOPED(free)
		char *body =
			xasprintf("{\"plan\":\"%s\",\"reason\":\"\"}", path);
		ck_assert_msg(api_ask(t->api, "POST", "/v1/admin/rollouts",
		                      t->api->admin, body) == 201,
		              "%s", buf_str(&t->api->body));
	}
}

/* Something done on the scribe's thread, waited for. */
struct errand {
	struct ask ask;
	void (*act)(struct fleet *f, void *ctx);
	void *ctx;
	sem_t done;
};

static int run_errand(struct fleet *f, struct ask *a, struct buf *out,
                      struct err *e)
{
	struct errand *r = a->ctx;

	(void)out;
	(void)e;
	r->act(f, r->ctx);
	return 0;
}

static void end_errand(struct ask *a, struct buf *out, const struct err *e)
{
	(void)out;
	(void)e;
	(void)sem_post(&((struct errand *)a->ctx)->done);
}

static void on_scribe(struct twin *t, void (*act)(struct fleet *f, void *ctx),
                      void *ctx)
{
	struct errand r = {.act = act, .ctx = ctx};
	struct err e;

	r.ask = (struct ask){.run = run_errand, .done = end_errand, .ctx = &r};
	(void)sem_init(&r.done, 0, 0);
	ASSERT_OK(ask_scribe(&t->api->app.fleet, &r.ask, &e));
	while (sem_wait(&r.done) != 0)
		;
	(void)sem_destroy(&r.done);
}

static void idle_not(void *ctx)
{
	(void)ctx;
}

static void be_still(struct fleet *f, void *ctx)
{
	(void)ctx;
	f->scribe.idle = idle_not;
}

static void judge_now(struct fleet *f, void *ctx)
{
	(void)ctx;
	judge_idle(f);
}

static void swap_view(struct fleet *f, void *ctx)
{
	view_swap(&f->view, ctx);
}

/* ---- The files ---- */

/* Below the folder, as they come over HTTP. */
static void save(struct twin *t, const char *kind, const char *name)
{
	SCOPED(free)
	char *url = xasprintf("/%s/%s", kind, name);
	SCOPED(free)
	char *path = xasprintf("%s/%s/%s", t->dir, kind, name);
	SCOPED(free)
	char *folder = xstrdup(path);
	struct err e;

	*strrchr(folder, '/') = '\0';
	ck_assert_msg(api_ask(t->api, "GET", url, NULL, NULL) == 200, "%s: %d",
	              url, t->api->status);
	ASSERT_OK(fs_mkdirs(folder, 0700, &e));
	ASSERT_OK(fs_write(path, buf_str(&t->api->body), t->api->body.len, 0600,
	                   &e));
}

static void save_plans(struct twin *t, const struct tuf_targets *role)
{
	for (size_t i = 0; i < role->n_targets; i++) {
		const struct tuf_target *x = &role->targets[i];
		SCOPED(free)
		char *name = set_target_name(x->path, x->sha256);

		if (strncmp(name, "plan/", 5) == 0)
			save(t, "targets", name);
	}
}

static void save_offline(struct twin *t)
{
	SCOPED(view_put)
	struct view *v = view_get(&t->api->app.fleet.view);
	const struct set *s = view_set(v);

	save(t, "metadata", "1.root.json");
	for (size_t i = 0; i < s->n_roles; i++)
		save(t, "metadata", s->roles[i].file->name);
	for (size_t i = 0; i < s->n_roles; i++)
		save_plans(t, &s->roles[i].targets);
}

static void save_online(struct twin *t)
{
	SCOPED(view_put)
	struct view *v = view_get(&t->api->app.fleet.view);
	const struct online *o = view_online(v);

	for (size_t i = 0; i < o->n_files; i++)
		save(t, "metadata", o->files[i]->name);
	for (size_t i = 0; i < o->n_states; i++)
		save(t, "targets", o->states[i].name);
}

struct twin *twin_new(uint64_t seed)
{
	static int worlds;
	struct twin *t = xcalloc(1, sizeof(*t));
	char name[20];

	(void)snprintf(name, sizeof(name), "repo%d", ++worlds);
	t->dir = test_path(name);
	t->now_s = FIXTURE_T0_S;
	t->api = api_new();
	corpus_init(&t->corpus, seed);
	publish_all(t);
	enrol(t);
	/* Devices count when they were there before. */
	twin_set_time(t, FIXTURE_T0_S + 1);
	start_rollouts(t);
	save_offline(t);
	on_scribe(t, be_still, NULL);
	return t;
}

void twin_free(struct twin *t)
{
	if (t == NULL)
		return;
	api_free(t->api);
	corpus_fini(&t->corpus);
	free(t);
}

void twin_set_time(struct twin *t, int64_t now_s)
{
	clock_manual_advance(&t->api->clock, (now_s - t->now_s) * 1000);
	t->now_s = now_s;
}

void twin_sign(struct twin *t)
{
	on_scribe(t, judge_now, NULL);
	save_online(t);
}

void twin_operate(struct twin *t, const struct plan *p, const char *verb)
{
	struct cell cell = plan_cell_at(p, 0);
	int64_t key = p - t->corpus.plans + 1;
	SCOPED(free)
	char *path = xasprintf("/v1/admin/rollouts/%" PRId64 "/%s", key, verb);
	SCOPED(free)
	char *body = strcmp(verb, "halt") == 0
	                     ? xasprintf("{\"hw\":\"%s\",\"region\":\"%s\","
	                                 "\"reason\":\"smoke\"}",
	                                 cell.hw, cell.region)
	                     : xstrdup("{\"reason\":\"\"}");

	ck_assert_msg(api_ask(t->api, "POST", path, t->api->admin, body) == 200,
	              "%s: %s", path, buf_str(&t->api->body));
}

/* ---- States that no server would sign ---- */

/* What the rules point at, as the catalog has it. */
static void resolve(struct state_file *f, const struct catalog_product *p)
{
	for (size_t i = 0; i < f->doc.n_rules; i++) {
		const struct catalog_plan *plan =
			catalog_plan(p, f->doc.rules[i].plan_path);

		f->rules[i] = (struct offer_rule){
			.rule = &f->doc.rules[i],
			.plan = plan != NULL ? &plan->plan : NULL,
			.release = plan != NULL ? &plan->release->fw : NULL,
			.problem = plan != NULL ? NULL : "not listed",
		};
	}
}

static void fill_state(struct twin *t, struct state_file *f,
                       const struct online *o, const char *channel)
{
	const struct catalog *c = &o->set->catalog;
	struct tuf_targets *role = tuf_repo_role(t->api->repo, "rollout.band");

	corpus_state(&f->doc, &t->corpus, channel);
	f->bytes = fixture_state_text(&f->doc);
	f->len = strlen(f->bytes);
	hash_sha256_hex(f->sha256, f->bytes, f->len);
	(void)snprintf(f->product, sizeof(f->product), FIXTURE_PRODUCT);
	word_set(f->channel, channel);
	(void)snprintf(f->path, sizeof(f->path), "rollout/band/%s.json",
	               channel);
	f->name = set_target_name(f->path, f->sha256);
	resolve(f, catalog_product(c, FIXTURE_PRODUCT));
	f->world = (struct offer_world){
		.repo = c->repo,
		.product = f->product,
		.channel = f->channel,
		.has_state = true,
		.rules = f->rules,
		.n_rules = f->doc.n_rules,
	};
	tuf_targets_put(role, f->path, (int64_t)f->len, f->sha256, NULL);
}

static void add_role(struct twin *t, struct online *o, const char *role,
                     int64_t version)
{
	const struct tuf_repo_file *f;
	struct err e = {0};
	char name[64];

	tuf_repo_publish_as(t->api->repo, role, version);
	if (strcmp(role, "timestamp") == 0)
		(void)snprintf(name, sizeof(name), "timestamp.json");
	else
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               version, role);
	f = tuf_repo_served(t->api->repo, name);
	o->files[o->n_files] = file_new(name, version, f->bytes, f->len, &e);
	ck_assert_msg(o->files[o->n_files++] != NULL, "%s", e.msg);
}

static struct online *online_of(struct twin *t, const struct view *v)
{
	const struct online *before = view_online(v);
	struct online *o = xcalloc(1, sizeof(*o));
	struct tuf_repo *r = t->api->repo;

	o->refs = 1;
	o->set = set_ref(view_set(v));
	o->files = xcalloc(3, sizeof(struct file *));
	o->n_states = CORPUS_CHANNELS - 1;
	o->states = xcalloc(o->n_states, sizeof(*o->states));
	for (size_t i = 0; i < o->n_states; i++)
		fill_state(t, &o->states[i], o, corpus_channels[i]);
	tuf_repo_role(r, "rollout.band")->expires_s = t->now_s + FIXTURE_DAY_S;
	r->snapshot.expires_s = t->now_s + FIXTURE_DAY_S;
	r->timestamp.expires_s = t->now_s + FIXTURE_DAY_S;
	o->snapshot_version = before->snapshot_version + 1;
	o->timestamp_version = before->timestamp_version + 1;
	add_role(t, o, "rollout.band",
	         online_role(before, "rollout.band")->version + 1);
	add_role(t, o, "snapshot", o->snapshot_version);
	add_role(t, o, "timestamp", o->timestamp_version);
	return o;
}

void twin_sign_anything(struct twin *t)
{
	SCOPED(view_put)
	struct view *before = view_get(&t->api->app.fleet.view);
	struct online *o = online_of(t, before);

	on_scribe(t, swap_view, view_new(view_set(before), o, before));
	online_unref(o);
	save_online(t);
}

/* ---- The server's answers ---- */

static void copy_code(char out[ERR_CODE_MAX], const struct js_at *of)
{
	const char *code;
	struct err e;

	ASSERT_OK(js_get_str(&code, of, "code", ERR_CODE_MAX - 1, &e));
	(void)snprintf(out, ERR_CODE_MAX, "%s", code);
}

/* The member, or -1 where it is null. */
static int64_t number(const struct js_at *of, const char *key)
{
	struct js_at at;
	int64_t n = -1;
	struct err e;

	ASSERT_OK(js_get(&at, of, key, &e));
	if (!js_is_null(&at))
		ASSERT_OK(js_as_int(&n, &at, -1, NUM_JSON_MAX, &e));
	return n;
}

static void parse(struct js_doc *doc, struct js_at *root, const char *name,
                  const struct buf *text)
{
	struct err e;

	ASSERT_OK(js_parse(doc, name, buf_str(text), text->len, &e));
	*root = js_root(doc);
}

/* The attempt granted, 0 for none; the code of `why`. */
static int64_t checkin(char code[ERR_CODE_MAX], struct twin *t,
                       const struct corpus_case *q, const char *plan)
{
	SCOPED(view_put)
	struct view *v = view_get(&t->api->app.fleet.view);
	const char *quote = plan != NULL ? "\"" : "";
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, at;
	struct err e;
	SCOPED(free)
	char *body = xasprintf(
		"{\"v\":1,\"nonce\":\"n\",\"root\":1,\"ts\":%" PRId64
		",\"running\":{\"sha256\":\"%s\",\"version\":\"%s\","
		"\"counter\":%" PRIu32 "},\"want\":%s,\"plan\":%s%s%s,"
		"\"attempt\":null}",
		view_online(v)->timestamp_version, q->running_sha256,
		q->running_version, q->counter,
		plan != NULL ? "\"start\"" : "null", quote,
		plan != NULL ? plan : "null", quote);

	ck_assert_msg(api_ask(t->api, "POST", "/v1/checkin",
	                      t->devices[q->device].token, body) == 200,
	              "%s", buf_str(&t->api->body));
	parse(&doc, &root, "check-in", &t->api->body);
	ASSERT_OK(js_get(&at, &root, "why", &e));
	copy_code(code, &at);
	ASSERT_OK(js_get(&at, &root, "grant", &e));
	return js_is_null(&at) ? 0 : number(&at, "attempt");
}

/* Before anything of it is activated: the trial never was. */
static void defer(struct twin *t, const struct corpus_case *q, const char *plan,
                  int64_t attempt)
{
	struct twin_device *d = &t->devices[q->device];
	SCOPED(free)
	char *body = xasprintf(
		"{\"v\":1,\"id\":\"%s\",\"items\":[{\"seq\":%" PRId64
		",\"attempt\":%" PRId64 ",\"plan\":\"%s\",\"image\":null,"
		"\"step\":\"deferred\",\"code\":\"battery\",\"running\":"
		"\"%s\",\"counter\":%" PRIu32 "}]}",
		t->corpus.devices[q->device].id, ++d->seq, attempt, plan,
		q->running_sha256, q->counter);

	ck_assert_msg(api_ask(t->api, "POST", "/v1/reports", d->token, body) ==
	                      200,
	              "%s", buf_str(&t->api->body));
}

/* The plan a rule of the device's state names. */
static const char *plan_of_rule(const struct twin *t, const struct view *v,
                                const struct corpus_case *q, int64_t rule)
{
	const struct state_file *s =
		online_state(view_online(v), FIXTURE_PRODUCT,
	                     t->corpus.devices[q->device].channel);

	return s != NULL && rule >= 0 ? s->doc.rules[rule].plan_sha256
	                              : q->any_plan->sha256;
}

static void ask_why(struct twin_answers *out, struct twin *t,
                    const struct corpus_case *q)
{
	SCOPED(free)
	char *path = xasprintf("/v1/admin/devices/%s/why",
	                       t->corpus.devices[q->device].id);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, at;
	struct err e;

	ck_assert_int_eq(api_ask(t->api, "GET", path, t->api->reader, NULL),
	                 200);
	parse(&doc, &root, "why", &t->api->body);
	ASSERT_OK(js_get(&at, &root, "decision", &e));
	copy_code(out->why.code, &at);
	out->why.rule = number(&at, "rule");
	out->why.bucket = number(&at, "bucket");
	out->why.ppm = number(&at, "ppm");
	ASSERT_OK(js_get(&at, &root, "grant", &e));
	copy_code(out->grant, &at);
}

void twin_ask(struct twin_answers *out, struct twin *t,
              const struct corpus_case *q)
{
	SCOPED(view_put)
	struct view *v = view_get(&t->api->app.fleet.view);
	const char *plan;
	int64_t attempt;

	*out = (struct twin_answers){0};
	ck_assert_int_eq(checkin(out->idle, t, q, NULL), 0);
	ask_why(out, t, q);
	plan = plan_of_rule(t, v, q, out->why.rule);
	memcpy(out->why.plan_sha256, plan, SHA256_HEX_SIZE);
	attempt = checkin(out->start, t, q, plan);
	out->granted = attempt != 0;
	if (out->granted)
		defer(t, q, plan, attempt);
}

/* ---- The device's answer ---- */

static void write_provision(const char *path, const struct twin *t,
                            const struct corpus_case *q)
{
	const struct corpus_device *d = &t->corpus.devices[q->device];
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(PROVISION_BYTES_MAX);
	SCOPED(free)
	char *root = xasprintf("%s/metadata/1.root.json", t->dir);
	struct provision p = {.root = root,
	                      .has_clock = q->has_clock,
	                      .poll_min_s = 30,
	                      .slot_bytes = -1,
	                      .image = {.length = 1,
	                                .counter = q->counter,
	                                .built_s = t->now_s}};
	struct err e;

	memcpy(p.id, d->id, sizeof(p.id));
	memcpy(p.hw, d->hw, sizeof(p.hw));
	memcpy(p.region, d->region, sizeof(p.region));
	memcpy(p.channel, d->channel, sizeof(p.channel));
	(void)snprintf(p.product, sizeof(p.product), FIXTURE_PRODUCT);
	(void)snprintf(p.repo, sizeof(p.repo), FIXTURE_REPO);
	memcpy(p.image.sha256, q->running_sha256, SHA256_HEX_SIZE);
	(void)snprintf(p.image.version, sizeof(p.image.version), "%s",
	               q->running_version);
	ASSERT_OK(provision_write(&text, &p, &e));
	ASSERT_OK(fs_write(path, buf_str(&text), text.len, 0600, &e));
}

static void write_facts(const char *path, const struct twin *t,
                        const struct corpus_case *q)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(65536);
	struct err e;
	struct jw w;

	jw_init(&w, &text);
	jw_object(&w);
	jw_put_time(&w, "now", t->now_s);
	/* All the time that a device without a clock has. */
	jw_put_time(&w, "floor", t->now_s);
	jw_put_bool(&w, "consent", q->consent);
	if (q->battery_pct >= 0)
		jw_put_int(&w, "battery_pct", q->battery_pct);
	if (q->flash_free_bytes >= 0)
		jw_put_int(&w, "flash_free", q->flash_free_bytes);
	if (q->confirmed != NULL) {
		jw_key(&w, "confirmed");
		jw_array(&w);
		jw_str(&w, q->confirmed->sha256);
		jw_end_array(&w);
	}
	if (q->latched != NULL) {
		jw_key(&w, "latches");
		jw_array(&w);
		jw_object(&w);
		jw_put_str(&w, "plan", q->latched->id);
		jw_put_int(&w, "rev", q->latched->rev);
		jw_end_object(&w);
		jw_end_array(&w);
	}
	jw_end_object(&w);
	ASSERT_OK(fs_write(path, buf_str(&text), text.len, 0600, &e));
}

static void run(struct buf *out, const char *command)
{
	FILE *f = popen(command, "r");
	char bytes[4096];
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(out, bytes, n);
	ck_assert_msg(pclose(f) == 0, "%s: %s", command, buf_str(out));
}

static void run_program(struct buf *out, const struct twin *t,
                        const char *provision, const char *facts,
                        const char *program)
{
	SCOPED(free)
	char *command = xasprintf("exec '" PAWL_BUILDDIR "/%s' --provision "
	                          "'%s' --decide '%s' --facts '%s' 2>&1",
	                          program, provision, t->dir, facts);

	run(out, command);
}

/* What the program does, without a process. */
static void run_here(struct buf *out, const struct twin *t,
                     const char *provision, const char *facts)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(state_fini)
	struct device_state s = {0};
	SCOPED(free)
	struct facts *f = xcalloc(1, sizeof(*f));
	struct err e;

	ASSERT_OK(provision_load(&p, provision, &e));
	ASSERT_OK(facts_load(f, facts, &e));
	state_init(&s, &p);
	facts_apply(&s, f);
	ASSERT_OK(explain(out, &p, &s, f, t->dir, f->now_s, &e));
}

void twin_decide(struct twin_decision *out, struct twin *t,
                 const struct corpus_case *q, const char *program)
{
	SCOPED(free)
	char *provision = xasprintf("%s/provision.json", t->dir);
	SCOPED(free)
	char *facts = xasprintf("%s/facts.json", t->dir);
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(65536);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, at;
	const char *sha256;
	struct err e;

	write_provision(provision, t, q);
	write_facts(facts, t, q);
	if (program != NULL)
		run_program(&text, t, provision, facts, program);
	else
		run_here(&text, t, provision, facts);
	parse(&doc, &root, "decide", &text);
	*out = (struct twin_decision){0};
	copy_code(out->code, &root);
	out->rule = number(&root, "rule");
	out->bucket = number(&root, "bucket");
	out->ppm = number(&root, "ppm");
	if (out->rule < 0)
		return;
	ASSERT_OK(js_get(&at, &root, "plan", &e));
	ASSERT_OK(js_get_str(&sha256, &at, "sha256", SHA256_HEX_SIZE - 1, &e));
	memcpy(out->plan_sha256, sha256, strlen(sha256));
}

/* ---- Side by side ---- */

static bool is(const char *code, enum offer_why why)
{
	return strcmp(code, offer_why_code(why)) == 0;
}

/* Checks that come after this one, and may speak once it is not made. */
static bool is_after_dates(const char *code)
{
	return is(code, OFFER_EXPIRED) || is(code, OFFER_OUTSIDE_STAGE) ||
	       is(code, OFFER_COUNTER_LOW) || is(code, OFFER_COUNTER_HIGH) ||
	       is(code, OFFER_YES);
}

static bool is_after_hold(const char *code)
{
	return is_after_dates(code) || is(code, OFFER_EXCLUDED) ||
	       is(code, OFFER_STAGE_UNKNOWN) || is(code, OFFER_NOT_YET);
}

/* A device without a clock knows no not_before; has max_ppm; keeps no
 * window. The server takes every device to have one. */
static bool is_clockless(const char *server, const struct twin_decision *d)
{
	if (is(server, OFFER_NOT_YET))
		return is_after_dates(d->code) ||
		       is(d->code, OFFER_NEEDS_CLOCK);
	if (is(d->code, OFFER_OUTSIDE_STAGE))
		return is_after_dates(server);
	return is(d->code, OFFER_NEEDS_CLOCK) && is_after_dates(server);
}

/* What the server cannot know turns an answer only into its own. */
static bool is_special(const char *server, const struct corpus_case *q,
                       const struct twin_decision *d)
{
	if (is(d->code, OFFER_LATCHED))
		return q->latched != NULL && is_after_hold(server);
	if (!is(server, OFFER_YES))
		return false;
	return (is(d->code, OFFER_CONFIRMED_BEFORE) && q->confirmed != NULL) ||
	       (is(d->code, OFFER_BATTERY) && q->battery_pct >= 0) ||
	       (is(d->code, OFFER_FLASH) && q->flash_free_bytes >= 0) ||
	       (is(d->code, OFFER_CONSENT) && !q->consent) ||
	       is(d->code, OFFER_WINDOW);
}

static bool same_place(const struct corpus_case *q,
                       const struct twin_decision *a,
                       const struct twin_decision *d)
{
	if (a->rule != d->rule)
		return false;
	/* A plan that does not verify has no place to compare. */
	if (a->rule < 0 || is(d->code, OFFER_PLAN_UNVERIFIED))
		return true;
	if (strcmp(a->plan_sha256, d->plan_sha256) != 0 ||
	    a->bucket != d->bucket)
		return false;
	return q->has_clock ? a->ppm == d->ppm : a->ppm >= d->ppm;
}

/* The check-in grants what `why` says could be granted, nothing else. */
static bool checkin_agrees(const struct twin_answers *a)
{
	if (strcmp(a->idle, a->why.code) != 0)
		return false;
	if (!is(a->why.code, OFFER_YES))
		return !a->granted && strcmp(a->start, a->why.code) == 0;
	return a->granted == (strcmp(a->grant, "yes") == 0) &&
	       strcmp(a->start, a->grant) == 0;
}

bool twin_disagree(char *why, size_t size, const struct twin *t,
                   const struct corpus_case *q, const struct twin_answers *a,
                   const struct twin_decision *d)
{
	const struct corpus_device *dev = &t->corpus.devices[q->device];
	const char *server = a->why.code;
	bool agree = strcmp(server, d->code) == 0 || is_special(server, q, d);

	/* The two that are its own may come together: no clock, no
	 * not_before, and then a battery. */
	if (!agree && !q->has_clock)
		agree = is_clockless(server, d) ||
		        (is(server, OFFER_NOT_YET) &&
		         is_special(offer_why_code(OFFER_YES), q, d));
	if (agree && same_place(q, &a->why, d) && checkin_agrees(a))
		return false;
	(void)snprintf(why, size,
	               "%s %s/%s/%s runs %.8s %s counter %" PRIu32
	               " at %" PRId64 "%s: device says %s (rule %" PRId64
	               ", bucket %" PRId64 " of %" PRId64
	               "); why says %s (%" PRId64 ", %" PRId64 " of %" PRId64
	               "; grant %s); check-in says %s, then %s%s",
	               dev->id, dev->hw, dev->region, dev->channel,
	               q->running_sha256, q->running_version, q->counter,
	               t->now_s, q->has_clock ? "" : " without a clock",
	               d->code, d->rule, d->bucket, d->ppm, server, a->why.rule,
	               a->why.bucket, a->why.ppm, a->grant, a->idle, a->start,
	               a->granted ? ", granted" : "");
	return true;
}

#include "config.h"

#include "tests/unit/device/fake_server.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "lib/json/canon.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER FAKE_SERVER_URL

void fake_server_set_image(struct fake_server *f, const char *bytes, size_t len)
{
	f->image = bytes;
	f->image_len = len;
	hash_sha256_hex(f->plan.release_sha256, bytes, len);
	f->plan.release_length = (int64_t)len;
}

static void set_times(struct fake_server *f)
{
	struct tuf_repo *r = f->repo;

	r->now_s = FAKE_NOW_S;
	r->root.expires_s = FAKE_NOW_S + 365 * TUF_REPO_DAY;
	r->snapshot.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	r->timestamp.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	tuf_repo_role(r, "targets")->expires_s =
		FAKE_NOW_S + 180 * TUF_REPO_DAY;
}

struct fake_server *fake_server_new(void)
{
	struct fake_server *f = xcalloc(1, sizeof(*f));
	struct tuf_repo *r = tuf_repo_new();

	f->repo = r;
	clock_manual_init(&f->clock, FAKE_NOW_S * 1000);
	set_times(f);
	(void)snprintf(r->root.repo, sizeof(r->root.repo), FIXTURE_REPO);
	tuf_repo_delegate(r, "targets", "releases.band", "fw/band/*", true,
	                  KEY_RELEASES);
	tuf_repo_delegate(r, "targets", "plans.band", "plan/band/*", true,
	                  KEY_PLANS);
	tuf_repo_delegate(r, "targets", "rollout.band", "rollout/band/*", true,
	                  KEY_ROLLOUT);
	tuf_repo_publish(r, "root");
	fixture_fw(&f->fw);
	fixture_plan(&f->plan);
	fake_server_set_image(f, fake_bytes(FAKE_IMAGE_BYTES, 42),
	                      FAKE_IMAGE_BYTES);
	test_keep(fixture_plan_text(&f->plan));
	fixture_state(&f->state, &f->plan, 2);
	f->within_s = 60;
	f->deny_code = "cap_cell";
	f->poll_after_s = 600;
	f->attempt = 17;
	f->log = (struct buf)BUF_INIT(1 << 20);
	f->bodies = (struct buf)BUF_INIT(1 << 20);
	return f;
}

void fake_server_free(struct fake_server *f)
{
	for (size_t i = 0; i < f->targets.len; i++) {
		free(f->targets.items[i].url);
		free(f->targets.items[i].bytes);
	}
	free(f->targets.items);
	state_doc_fini(&f->state);
	plan_fini(&f->plan);
	tuf_repo_free(f->repo);
	buf_fini(&f->log);
	buf_fini(&f->bodies);
	free(f);
}

void fake_server_put(struct fake_server *f, const char *role, const char *path,
                     const void *bytes, size_t len, const char *custom)
{
	const char *slash = strrchr(path, '/');
	int dir = (int)(slash + 1 - path);
	char sha256[SHA256_HEX_SIZE];
	struct fake_target *t;

	hash_sha256_hex(sha256, bytes, len);
	tuf_targets_put(tuf_repo_role(f->repo, role), path, (int64_t)len,
	                sha256, custom);
	VEC_GROW(&f->targets);
	t = &f->targets.items[f->targets.len++];
	t->url = xasprintf("%.*s%s.%s", dir, path, sha256, path + dir);
	t->bytes = xmalloc(len);
	memcpy(t->bytes, bytes, len);
	t->len = len;
}

void fake_server_publish(struct fake_server *f)
{
	SCOPED(free)
	char *fw = fixture_fw_text(&f->fw);
	SCOPED(free)
	char *plan = fixture_plan_text(&f->plan);
	SCOPED(free)
	char *state = NULL;
	char path[TARGET_MAX_LEN + 1];

	fake_server_put(f, "releases.band", f->plan.release_path, f->image,
	                f->image_len, fw);
	plan_path(path, &f->plan);
	fake_server_put(f, "plans.band", path, plan, strlen(plan), NULL);
	if (f->state.n_rules > 0) {
		(void)snprintf(f->state.rules[0].plan_path,
		               sizeof(f->state.rules[0].plan_path), "%s", path);
		(void)snprintf(f->state.rules[0].plan_sha256, SHA256_HEX_SIZE,
		               "%s", f->plan.sha256);
	}
	state = fixture_state_text(&f->state);
	fake_server_put(f, "rollout.band", "rollout/band/production.json",
	                state, strlen(state), NULL);
	tuf_repo_publish_all(f->repo);
}

const char *fake_server_steps(struct fake_server *f)
{
	struct buf b = BUF_INIT(1 << 16);

	for (size_t i = 0; i < f->n_reports; i++)
		buf_printf(&b, "%s%s%s%s", i ? " " : "", f->reports[i].step,
		           f->reports[i].code[0] ? ":" : "",
		           f->reports[i].code);
	return test_keep(buf_take(&b));
}

void fake_server_forget(struct fake_server *f)
{
	f->n_reports = 0;
	f->checkins = f->wants = 0;
	buf_reset(&f->log);
}

static void answer_text(struct net_reply *out, int status, const char *text)
{
	out->status = status;
	out->body.max_bytes = 1 << 16;
	buf_puts(&out->body, text);
}

static int64_t newest_timestamp(const struct fake_server *f)
{
	return f->repo->timestamp.version;
}

static void note_want(struct fake_server *f, const struct js_at *root,
                      const char *want)
{
	struct js_at at;

	buf_printf(&f->log, "checkin%s%s ", want ? ":" : "", want ? want : "");
	f->checkins++;
	f->last_attempt = 0;
	if (js_get(&at, root, "attempt", NULL) == 0 && !js_is_null(&at))
		(void)!js_as_int(&f->last_attempt, &at, 1, INT32_MAX, NULL);
	f->last_alarm[0] = '\0';
	if (js_has(root, "alarm")) {
		const char *text = "";

		ck_assert_int_eq(js_get_str(&text, root, "alarm", 39, NULL), 0);
		(void)snprintf(f->last_alarm, sizeof(f->last_alarm), "%s",
		               text);
	}
	if (want != NULL) {
		f->wants++;
		if (f->on_ask != NULL)
			f->on_ask(f->on_ask_ctx);
	}
}

static void write_grant(struct fake_server *f, struct jw *w, const char *want,
                        const char *plan)
{
	static const char zeros[] =
		"000000000000000000000000000000000000000000000000000000000000"
		"0000";
	bool start = strcmp(want, "start") == 0;

	jw_object(w);
	jw_put_str(w, "plan", f->other_plan ? zeros : plan);
	jw_put_int(w, "attempt", f->attempt);
	jw_put_str(w, "step", start != f->other_step ? "start" : "activate");
	jw_put_int(w, "within_s", f->within_s);
	jw_end_object(w);
}

static void checkin(struct fake_server *f, struct net_reply *out,
                    const struct net_request *q)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(8192);
	struct js_at root, at;
	int64_t held;
	const char *nonce, *want = NULL, *plan = NULL;
	struct jw w;
	struct err e;

	ASSERT_OK(js_parse(&doc, "checkin", q->body, q->body_len, &e));
	root = js_root(&doc);
	ASSERT_OK(js_get_str(&nonce, &root, "nonce", 64, &e));
	ASSERT_OK(js_get(&at, &root, "want", &e));
	if (!js_is_null(&at)) {
		ASSERT_OK(js_as_str(&want, &at, 20, &e));
		ASSERT_OK(js_get_str(&plan, &root, "plan", 64, &e));
	}
	note_want(f, &root, want);
	ASSERT_OK(js_get_int(&held, &root, "root", 1, NUM_JSON_MAX, &e));
	ASSERT_OK(js_get_int(&held, &root, "ts", 0, NUM_JSON_MAX, &e));
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "nonce",
	           f->other_nonce ? "00000000000000000000000000000000" : nonce);
	jw_put_int(&w, "root", f->repo->root.version + f->claim_newer_root);
	jw_put_int(&w, "ts", newest_timestamp(f) + f->claim_newer);
	jw_put_time(&w, "time", 0);
	jw_put_int(&w, "seq", f->seq);
	jw_put_int(&w, "poll_after_s", f->poll_after_s);
	jw_key(&w, "grant");
	if (want != NULL && !f->deny)
		write_grant(f, &w, want, plan);
	else
		jw_null(&w);
	jw_key(&w, "why");
	jw_object(&w);
	jw_put_str(&w, "code", f->deny ? f->deny_code : "idle");
	jw_put_str(&w, "text", "a sentence");
	jw_end_object(&w);
	jw_end_object(&w);
	if (f->in_answer != NULL) {
		buf_cut(&b, b.len - 1);
		buf_printf(&b, ",%s}", f->in_answer);
	}
	answer_text(out, 200, buf_str(&b));
}

static void note_report(struct fake_server *f, const struct js_at *item)
{
	struct fake_report *r = &f->reports[f->n_reports++];
	const char *step, *code, *running;
	struct js_at attempt;
	struct err e;

	ck_assert_uint_lt(f->n_reports, ARRAY_LEN(f->reports));
	*r = (struct fake_report){0};
	ASSERT_OK(js_get_int(&r->seq, item, "seq", 1, NUM_JSON_MAX, &e));
	ASSERT_OK(js_get(&attempt, item, "attempt", &e));
	if (!js_is_null(&attempt))
		ASSERT_OK(js_as_int(&r->attempt, &attempt, 1, INT32_MAX, &e));
	ASSERT_OK(js_get_str(&step, item, "step", 15, &e));
	ASSERT_OK(js_get_str(&code, item, "code", ERR_CODE_MAX - 1, &e));
	ASSERT_OK(js_get_str(&running, item, "running", 64, &e));
	ASSERT_OK(js_get_int(&r->counter, item, "counter", 0, UINT32_MAX, &e));
	(void)snprintf(r->step, sizeof(r->step), "%s", step);
	(void)snprintf(r->code, sizeof(r->code), "%s", code);
	(void)snprintf(r->running, sizeof(r->running), "%s", running);
}

static void note_key(struct fake_server *f, const struct net_request *q)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	const char *key = "";
	struct err e;

	ASSERT_OK(js_parse(&doc, "enrol", q->body, q->body_len, &e));
	root = js_root(&doc);
	if (js_has(&root, "key"))
		ASSERT_OK(js_get_str(&key, &root, "key", 64, &e));
	(void)snprintf(f->key, sizeof(f->key), "%s", key);
}

static void note_signature(struct fake_server *f, const struct js_at *root)
{
	SCOPED(buf_fini)
	struct buf covered = BUF_INIT(8192);
	struct key_public k = {.scheme = KEY_ED25519};
	uint8_t sig[64];
	struct err e;

	if (!js_has(root, "sig")) {
		f->unsigned_reports++;
		return;
	}
	ck_assert_int_eq(hex_decode(k.material, sizeof(k.material), f->key), 0);
	memcpy(k.text, f->key, sizeof(f->key));
	ASSERT_OK(js_get_hex(sig, sizeof(sig), root, "sig", &e));
	ASSERT_OK(canon_write_without(&covered, root, "sig", &e));
	ck_assert(key_verify(&k, sig, sizeof(sig), buf_str(&covered),
	                     covered.len));
	f->signed_reports++;
}

/* As pawld does: the whole report. */
static bool is_too_far(const struct fake_server *f, const struct js_at *items,
                       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct js_at item = js_element(items, i);
		int64_t seq;

		ck_assert_int_eq(
			js_get_int(&seq, &item, "seq", 1, NUM_JSON_MAX, NULL),
			0);
		if (seq - f->seq > 65536)
			return true;
	}
	return false;
}

static void reports(struct fake_server *f, struct net_reply *out,
                    const struct net_request *q)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(8192);
	struct js_at root, items;
	struct err e;
	size_t n;

	ASSERT_OK(js_parse(&doc, "report", q->body, q->body_len, &e));
	root = js_root(&doc);
	note_signature(f, &root);
	ASSERT_OK(js_get_array(&items, &n, &root, "items", 1, 16, &e));
	buf_printf(&f->log, "report:%zu ", n);
	if (is_too_far(f, &items, n)) {
		answer_text(out, 422, "{\"code\":\"seq_too_far\"}");
		return;
	}
	buf_puts(&b, "{\"ack\":[");
	for (size_t i = 0; i < n && !f->acks_nothing; i++) {
		struct js_at item = js_element(&items, i);

		note_report(f, &item);
		f->seq = f->reports[f->n_reports - 1].seq;
		buf_printf(&b, "%s%" PRId64, i ? "," : "", f->seq);
	}
	buf_printf(&b, "],\"conflict\":[],\"seq\":%" PRId64 "}", f->seq);
	answer_text(out, 200, buf_str(&b));
}

static int api(struct fake_server *f, struct net_reply *out,
               const struct net_request *q, struct err *e)
{
	const char *call = q->url + strlen(SERVER "/v1/");

	buf_add(&f->bodies, q->body, q->body_len);
	if (f->api_down)
		return err_set(e, ERR_UNREACHABLE, "fake: api is down");
	if (f->api_status != 0) {
		answer_text(out, f->api_status, "{}");
		return 0;
	}
	if (strcmp(call, "enrol") == 0) {
		f->enrols++;
		note_key(f, q);
		buf_puts(&f->log, "enrol ");
		answer_text(out, 201, "{\"token\":\"tok\"}");
		return 0;
	}
	ck_assert_str_eq(q->bearer, "tok");
	if (strcmp(call, "checkin") == 0)
		checkin(f, out, q);
	else if (strcmp(call, "reports") == 0)
		reports(f, out, q);
	else
		ck_abort_msg("unknown call %s", q->url);
	return 0;
}

static int metadata(struct fake_server *f, struct net_reply *out,
                    const char *name, struct err *e)
{
	const struct tuf_repo_file *file = tuf_repo_served(f->repo, name);

	if (f->metadata_down)
		return err_set(e, ERR_UNREACHABLE, "fake: metadata is down");
	buf_printf(&f->log, "%s ", name);
	out->status = file != NULL ? 200 : 404;
	if (file == NULL)
		return 0;
	buf_add(&out->body, file->bytes, file->len);
	return buf_failed(&out->body)
	               ? err_set(e, ERR_TOO_LARGE, "fake: too large")
	               : 0;
}

static int image(struct fake_server *f, struct net_reply *out,
                 const struct net_request *q, const struct fake_target *t,
                 struct err *e)
{
	struct fake_file file;
	struct net_door door;

	fake_file_init(&file, t->bytes, t->len);
	file.cut_after = f->target_cut;
	door = fake_file_door(&file);
	return net_ask(&door, out, q, e);
}

static int target(struct fake_server *f, struct net_reply *out,
                  const struct net_request *q, const char *name, struct err *e)
{
	if (f->targets_down)
		return err_set(e, ERR_UNREACHABLE, "fake: targets are down");
	buf_printf(&f->log, "%.*s ", (int)strcspn(name, "/"), name);
	/* The newest of a name. */
	for (size_t i = f->targets.len; i-- > 0;) {
		const struct fake_target *t = &f->targets.items[i];

		if (strcmp(t->url, name) != 0)
			continue;
		if (q->sink != NULL)
			return image(f, out, q, t, e);
		buf_add(&out->body, t->bytes, t->len);
		return buf_failed(&out->body)
		               ? err_set(e, ERR_TOO_LARGE, "fake: too large")
		               : 0;
	}
	out->status = 404;
	return 0;
}

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	struct fake_server *f = ctx;

	*out = (struct net_reply){.status = 200,
	                          .retry_after_s = -1,
	                          .range_from = -1,
	                          .range_total = -1,
	                          .body = BUF_INIT(q->max_bytes)};
	if (strncmp(q->url, SERVER "/v1/", strlen(SERVER "/v1/")) == 0)
		return api(f, out, q, e);
	if (strncmp(q->url, SERVER "/metadata/", strlen(SERVER "/metadata/")) ==
	    0)
		return metadata(f, out, q->url + strlen(SERVER "/metadata/"),
		                e);
	if (strncmp(q->url, SERVER "/targets/", strlen(SERVER "/targets/")) ==
	    0)
		return target(f, out, q, q->url + strlen(SERVER "/targets/"),
		              e);
	ck_abort_msg("unknown URL %s", q->url);
	return -1;
}

struct net_door fake_server_door(struct fake_server *f)
{
	return (struct net_door){request, f};
}

static void facts(void *ctx, struct device_facts *out)
{
	*out = ((struct fake_device *)ctx)->facts;
}

static bool boots(void *ctx, const char *sha256)
{
	const struct fake_device *d = ctx;

	return d->bad_image == NULL || strcmp(d->bad_image, sha256) != 0;
}

static enum agent_health health(void *ctx, const char *sha256)
{
	(void)sha256;
	return ((struct fake_device *)ctx)->health;
}

static void event(void *ctx, const char *what, const char *text)
{
	struct fake_device *d = ctx;

	buf_printf(&d->events, "%s ", what);
	(void)snprintf(d->last_text, sizeof(d->last_text), "%s", text);
}

static void open_agent(struct fake_device *d)
{
	struct err e;

	ASSERT_OK(agent_open(&d->agent, &d->p, d->dir, &d->host, &e));
}

void fake_device_new(struct fake_device *d, struct fake_server *f)
{
	static int devices;
	char name[20];

	(void)snprintf(name, sizeof(name), "device%d", ++devices);
	fake_device_in(d, f, test_path(name));
	open_agent(d);
}

void fake_device_in(struct fake_device *d, struct fake_server *f,
                    const char *dir)
{
	const struct tuf_repo_file *root =
		tuf_repo_served(f->repo, "2.root.json");
	struct err e;

	*d = (struct fake_device){.f = f, .dir = dir};
	fake_provision(&d->p, 'f', 5000);
	ASSERT_OK(fs_mkdir(d->dir, 0700, &e));
	ASSERT_OK(fs_write(d->p.root, root->bytes, root->len, 0600, &e));
	(void)snprintf(d->p.product, sizeof(d->p.product), FIXTURE_PRODUCT);
	(void)snprintf(d->p.repo, sizeof(d->p.repo), FIXTURE_REPO);
	rng_seeded_init(&d->rng, 1);
	d->events = (struct buf)BUF_INIT(1 << 20);
	d->facts = (struct device_facts){.battery_pct = -1,
	                                 .flash_free_bytes = -1};
	d->host = (struct agent_host){.clock = &f->clock.clock,
	                              .rng = &d->rng.rng,
	                              .net = fake_server_door(f),
	                              .boot = {boots, d},
	                              .facts = facts,
	                              .health = health,
	                              .event = event,
	                              .ctx = d,
	                              .download_chunk_bytes = 6000};
}

void fake_device_free(struct fake_device *d)
{
	agent_free(d->agent);
	provision_fini(&d->p);
	buf_fini(&d->events);
}

void fake_device_restart(struct fake_device *d)
{
	agent_free(d->agent);
	d->agent = NULL;
	open_agent(d);
}

void fake_device_run(struct fake_device *d)
{
	struct err e;

	for (int i = 0; i < 300; i++) {
		ASSERT_OK(agent_poll(d->agent, &d->due_ms, &e));
		if (d->due_ms > clock_mono_ms(&d->f->clock.clock))
			return;
	}
	ck_abort_msg("never waits: %s", buf_str(&d->events));
}

void fake_device_next(struct fake_device *d)
{
	int64_t now = clock_mono_ms(&d->f->clock.clock);

	if (d->due_ms > now)
		clock_manual_advance(&d->f->clock, d->due_ms - now);
	fake_device_run(d);
}

struct agent_view fake_device_look(const struct fake_device *d)
{
	struct agent_view v;

	agent_look(&v, d->agent);
	return v;
}

bool fake_device_is_updated(const struct fake_device *d)
{
	struct agent_view v = fake_device_look(d);

	return v.phase == ATTEMPT_NONE &&
	       strcmp(v.running_sha256, d->f->plan.release_sha256) == 0 &&
	       strcmp(v.running_version, d->f->fw.version) == 0 &&
	       v.counter == d->f->fw.counter;
}

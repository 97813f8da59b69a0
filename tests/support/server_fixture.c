#include "config.h"

#include "tests/support/server_fixture.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define T0_MS (FIXTURE_T0_S * 1000)

static void open_fleet(struct server *s)
{
	struct err e = {0};

	server_must(server_reopen(s, &e), &e);
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
	server_must(fs_write_all(fd, bytes, n, "upload", &e), &e);
	server_must(blobs_adopt(&s->fleet->blobs, fd, sha256, &length, &e), &e);
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

/* ---- What operators do ---- */

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
	server_must(operate_start(&r, &taken, s->fleet, path, &deed, &e), &e);
	return r;
}

struct server *server_rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct rollout *r;
	struct err e = {0};

	server_must(server_publish_first(s, &e), &e);
	server_enrol(s, n);
	r = server_start(s);
	if (out != NULL)
		*out = r;
	return s;
}

struct server *server_staged(size_t stages, size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct err e = {0};

	server_plan(&s->plan, stages);
	server_must(server_publish_first(s, &e), &e);
	server_enrol(s, n);
	server_tick(s, 61000);
	*out = server_start(s);
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

	server_must(
		operate_halt(s->fleet, server_newest(s), hw, region, &deed, &e),
		&e);
}

void server_resume(struct server *s)
{
	const struct deed deed = server_deed("rollout.resume");
	struct err e = {0};

	server_must(operate_resume(s->fleet, server_newest(s), &deed, &e), &e);
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

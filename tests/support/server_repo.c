#include "config.h"

#include "tests/support/server_repo.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/crypto/secretfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void server_must(int result, const struct err *e)
{
	if (result == 0)
		return;
	fprintf(stderr, "server fixture: [%s] %s\n", e->code, e->msg);
	abort();
}

static void write_key(struct tuf_repo *r, const char *path, const char *role,
                      unsigned key)
{
	struct rng_seeded rng;
	struct err e = {0};

	rng_seeded_init(&rng, key);
	server_must(secretfile_create(path, tuf_repo_key(r, key), FIXTURE_REPO,
	                              role, "test", NULL,
	                              &secretfile_cost_light, &rng.rng, &e),
	            &e);
}

static void key_file(struct tuf_repo *r, const char *dir, const char *role,
                     unsigned key)
{
	SCOPED(free)
	char *name = xasprintf("%s.key", role);
	SCOPED(free)
	char *path = fs_join(dir, name);

	write_key(r, path, role, key);
}

void server_repo_key(struct tuf_repo *r, const char *keys_dir, const char *role,
                     unsigned key)
{
	SCOPED(free)
	char *path = xasprintf("%s/%s.%u.key", keys_dir, role, key);

	write_key(r, path, role, key);
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
	server_must(fs_mkdirs(keys_dir, 0700, &e), &e);
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

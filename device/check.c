#include "config.h"

#include "device/check.h"

#include "lib/base/num.h"
#include "lib/catalog/bins.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void check_role_name(char out[TUF_ROLE_MAX], const char *prefix,
                     const char *product)
{
	(void)snprintf(out, TUF_ROLE_MAX, "%s%s", prefix, product);
}

/* A bin the role itself declares, named as trust.md wants it, and the one
 * this path belongs to. */
static bool is_declared_bin(const struct trust *t, const char *vouched,
                            const char *path, const char *role)
{
	const struct tuf_targets *by = trust_targets(t, role);
	char bin[TUF_ROLE_MAX];
	struct bins bins;

	if (by == NULL || bins_read(&bins, role, by, NULL) != 0 ||
	    !bins.present)
		return false;
	bins_find(bin, &bins, path);
	return strcmp(vouched, bin) == 0;
}

int check_vouched(const struct trust *t, const struct trust_target *found,
                  const char *path, const char *role, bool bins, struct err *e)
{
	if (strcmp(found->role, role) == 0 ||
	    (bins && is_declared_bin(t, found->role, path, role)))
		return 0;
	return err_code(e, ERR_UNTRUSTED, "wrong_role",
	                "%.200s: listed by %s, %s is needed", path, found->role,
	                role);
}

int check_repo(const struct trust *t, const char *repo, struct err *e)
{
	const char *got = trust_root(t)->repo;

	if (strcmp(got, repo) == 0)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "wrong_repo",
	                "root: of repository '%s', '%s' is needed", got, repo);
}

/* The version of a role that is trusted now; 0: not yet. */
static int64_t version_of(const struct trust *t, const char *role)
{
	const struct tuf_targets *targets;

	if (strcmp(role, "timestamp") == 0)
		return trust_timestamp(t) ? trust_timestamp(t)->version : 0;
	if (strcmp(role, "snapshot") == 0)
		return trust_snapshot(t) ? trust_snapshot(t)->version : 0;
	targets = trust_targets(t, role);
	return targets != NULL ? targets->version : 0;
}

/* The keys of a role, bins included. */
static size_t keyids_of(const struct trust *t, const char *role,
                        const char (**out)[KEY_ID_SIZE], int64_t *threshold)
{
	const struct tuf_targets *by;
	char owner[TUF_ROLE_MAX];
	struct bins bins;

	if (!bins_owner(owner, role))
		return trust_keyids(t, role, out, threshold);
	by = trust_targets(t, owner);
	if (by == NULL || bins_read(&bins, owner, by, NULL) != 0 ||
	    !bins.present)
		return 0;
	*out = (const char(*)[KEY_ID_SIZE])bins.shape.keyids;
	*threshold = bins.shape.threshold;
	return bins.shape.n_keyids;
}

static bool has_keyid(const char (*list)[KEY_ID_SIZE], size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], id) == 0)
			return true;
	return false;
}

/* Releases and plans are signed offline by many: one signer who leaves must
 * not reset what is remembered. */
static bool is_offline(const char *role)
{
	return strncmp(role, "releases.", 9) == 0 ||
	       strncmp(role, "plans.", 6) == 0;
}

static bool keys_changed(const struct state_mark *m, const struct trust *t)
{
	const char(*now)[KEY_ID_SIZE] = NULL;
	int64_t threshold = 0;
	size_t n = keyids_of(t, m->role, &now, &threshold), remain = 0;

	for (size_t i = 0; i < m->n_keyids; i++)
		remain += has_keyid(now, n, m->keyids[i]);
	if (is_offline(m->role))
		return (int64_t)remain < m->threshold;
	return remain != m->n_keyids || remain != n;
}

int check_marks_look(struct device_state *s, const struct trust *t,
                     const char *role, struct err *e)
{
	const struct state_mark *m = state_mark_find(s, role);
	int64_t version = version_of(t, role);

	if (m == NULL || version == 0)
		return 0;
	if (keys_changed(m, t)) {
		state_mark_drop(s, role);
		return 0;
	}
	if (version >= m->version)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "below_mark",
	                "%s: version %" PRId64 ", %" PRId64 " was seen", role,
	                version, m->version);
}

void check_marks_keep(struct device_state *s, const struct trust *t,
                      const char *role)
{
	const char(*ids)[KEY_ID_SIZE] = NULL;
	int64_t threshold = 0, version = version_of(t, role);
	size_t n = keyids_of(t, role, &ids, &threshold);

	if (version != 0 && n != 0)
		state_mark_set(s, role, version, threshold, ids, n);
}

int64_t check_time(const struct device_state *s, bool has_clock, int64_t utc_s)
{
	return has_clock && utc_s > s->floor_s ? utc_s : s->floor_s;
}

bool check_floor_drop(struct device_state *s, const struct trust *t)
{
	const struct state_mark *m = state_mark_find(s, "timestamp");

	if (m == NULL || !keys_changed(m, t))
		return false;
	state_mark_drop(s, "timestamp");
	s->floor_s = s->slots[state_running(s)].built_s;
	return true;
}

void check_floor_raise(struct device_state *s, bool has_clock, int64_t utc_s,
                       int64_t built_s)
{
	s->floor_s = check_time(s, has_clock, utc_s);
	if (built_s > s->floor_s)
		s->floor_s = built_s;
}

int check_plan_path(char id[PRODUCT_MAX_LEN + 1], int64_t *rev,
                    const char *path)
{
	const char *file = strrchr(path, '/');
	const char *dot;
	char digits[24];
	size_t n;

	file = file != NULL ? file + 1 : path;
	dot = strchr(file, '.');
	if (strncmp(path, "plan/", 5) != 0 || dot == NULL ||
	    dot - file > PRODUCT_MAX_LEN)
		return -1;
	(void)snprintf(id, PRODUCT_MAX_LEN + 1, "%.*s", (int)(dot - file),
	               file);
	n = strspn(dot + 1, "0123456789");
	if (n >= sizeof(digits) || strcmp(dot + 1 + n, ".json") != 0)
		return -1;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)n, dot + 1);
	return name_is_product(id)
	               ? num_i64(rev, digits, 0, NUM_JSON_MAX, "revision", NULL)
	               : -1;
}

void check_latch(struct device_state *s, const struct state_rule *rule,
                 const struct plan *plan, const char *hw, const char *region)
{
	char id[PRODUCT_MAX_LEN + 1];
	struct state_latch *l;
	int64_t rev;

	if (check_plan_path(id, &rev, rule->plan_path) != 0)
		return;
	l = state_latch_find(s, id);
	/* Any higher revision lifts it, and those above need not repeat it. */
	if (l != NULL && plan != NULL && l->lifted_rev == 0 &&
	    plan->rev > l->rev &&
	    cells_match(plan->resumes, plan->n_resumes, hw, region))
		l->lifted_rev = plan->rev;
	if (cells_match(rule->halted, rule->n_halted, hw, region))
		state_latch_set(s, id, rev);
}

static bool lists_plan(const struct tuf_targets *plans, const char *product,
                       const char *id)
{
	char start[TARGET_MAX_LEN];
	int n = snprintf(start, sizeof(start), "plan/%s/%s.", product, id);

	for (size_t i = 0; i < plans->n_targets; i++)
		if (strncmp(plans->targets[i].path, start, (size_t)n) == 0)
			return true;
	return false;
}

void check_latch_prune(struct device_state *s, const struct tuf_targets *plans,
                       const char *product)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_latches; i++)
		if (lists_plan(plans, product, s->latches[i].plan_id))
			s->latches[kept++] = s->latches[i];
	s->n_latches = kept;
}

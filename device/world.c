#include "config.h"

#include "device/world.h"

#include "device/check.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything a look-up needs, passed as one. */
struct reader {
	struct world *w;
	struct trust *t;
	struct trust_io io;
	struct origin *o;
	const struct provision *p;
	char releases[TUF_ROLE_MAX], plans[TUF_ROLE_MAX], rollout[TUF_ROLE_MAX];
};

/* A refusal says something about the signed files; anything else says only
 * that we could not look. */
static bool is_refusal(const struct err *why)
{
	return why->kind == ERR_INVALID || why->kind == ERR_UNTRUSTED ||
	       why->kind == ERR_NOT_FOUND || why->kind == ERR_TOO_LARGE ||
	       why->kind == ERR_EXPIRED || why->kind == ERR_CONFLICT ||
	       why->kind == ERR_FORBIDDEN;
}

/* An entry, copied: what trust lends ends with the next question. */
struct listed {
	char role[TUF_ROLE_MAX];
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	char *custom;
};

static void listed_fini(struct listed *l)
{
	free(l->custom);
}
DEFINE_SCOPED_PLACE(listed_fini, struct listed)

/* Nobody vouches for a path: a refusal with a name of its own. */
static int not_listed(struct err *e)
{
	if (e->kind == ERR_NOT_FOUND)
		(void)snprintf(e->code, sizeof(e->code), "not_listed");
	return -1;
}

/* Checks 1: the path, as exactly this role lists it. */
static int look_up(struct listed *out, struct reader *r, const char *path,
                   const char *role, bool bins, struct err *e)
{
	const struct trust_target *found;

	if (trust_find(r->t, &r->io, path, &found, e) != 0)
		return not_listed(e);
	if (check_vouched(r->t, found, path, role, bins, e) != 0)
		return -1;
	(void)snprintf(out->role, sizeof(out->role), "%s", found->role);
	(void)snprintf(out->sha256, sizeof(out->sha256), "%s",
	               found->entry->sha256);
	out->length = found->entry->length;
	out->custom =
		found->entry->custom ? xstrdup(found->entry->custom) : NULL;
	return 0;
}

static int mismatch(const char *path, const char *what, const char *got,
                    const char *needed, struct err *e)
{
	return err_code(e, ERR_UNTRUSTED, "entry_mismatch",
	                "%.200s: %s is %.80s in the signed list, %.80s in what "
	                "names it",
	                path, what, got, needed);
}

static int fetch(struct buf *out, struct reader *r, const char *path,
                 const struct listed *l, size_t max, struct err *e)
{
	if (l->length > (int64_t)max)
		return err_set(e, ERR_TOO_LARGE,
		               "%.200s: %" PRId64 " bytes, %zu are allowed",
		               path, l->length, max);
	return origin_target(r->o, out, path, l->sha256, l->length, e);
}

static int read_state(struct reader *r, struct err *e)
{
	SCOPED(listed_fini)
	struct listed l = {0};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(STATE_BYTES_MAX);
	char path[TARGET_MAX_LEN + 1];

	(void)snprintf(path, sizeof(path), "rollout/%s/%s.json", r->p->product,
	               r->p->channel);
	if (look_up(&l, r, path, r->rollout, false, e) != 0 ||
	    fetch(&bytes, r, path, &l, STATE_BYTES_MAX, e) != 0 ||
	    state_doc_parse(&r->w->state, path, buf_str(&bytes), bytes.len,
	                    e) != 0)
		return -1;
	r->w->has_state = true;
	return state_doc_check(&r->w->state, r->p->repo, r->p->product,
	                       r->p->channel, e);
}

/* Check 2, first half: the state's plan is the listed one, and ours. */
static int read_plan(struct plan *out, struct reader *r,
                     const struct state_rule *rule, struct err *e)
{
	SCOPED(listed_fini)
	struct listed l = {0};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	const char *path = rule->plan_path;

	if (look_up(&l, r, path, r->plans, false, e) != 0)
		return -1;
	if (strcmp(l.sha256, rule->plan_sha256) != 0)
		return mismatch(path, "sha256", l.sha256, rule->plan_sha256, e);
	if (fetch(&bytes, r, path, &l, PLAN_BYTES_MAX, e) != 0 ||
	    plan_parse(out, path, buf_str(&bytes), bytes.len, e) != 0 ||
	    plan_check_path(out, path, e) != 0)
		return -1;
	if (strcmp(out->head.repo, r->p->repo) != 0)
		return err_code(e, ERR_UNTRUSTED, "wrong_repo",
		                "%.200s: of repository %s, %s is needed", path,
		                out->head.repo, r->p->repo);
	if (strcmp(out->head.product, r->p->product) != 0)
		return err_code(e, ERR_UNTRUSTED, "wrong_product",
		                "%.200s: for product %s, %s is needed", path,
		                out->head.product, r->p->product);
	return 0;
}

static void note_bin(struct reader *r, const char *role)
{
	if (strcmp(role, r->releases) != 0)
		(void)snprintf(r->w->bins[r->w->n_bins++], TUF_ROLE_MAX, "%s",
		               role);
}

/* Check 2, second half: the plan's release is the listed one. */
static int read_release(struct fw *out, struct reader *r, const struct plan *p,
                        struct err *e)
{
	SCOPED(listed_fini)
	struct listed l = {0};
	const char *path = p->release_path;

	if (look_up(&l, r, path, r->releases, true, e) != 0)
		return -1;
	note_bin(r, l.role);
	if (strcmp(l.sha256, p->release_sha256) != 0)
		return mismatch(path, "sha256", l.sha256, p->release_sha256, e);
	if (l.length != p->release_length)
		return err_code(e, ERR_UNTRUSTED, "entry_mismatch",
		                "%.200s: %" PRId64 " bytes in the signed list, "
		                "%" PRId64 " in the plan",
		                path, l.length, p->release_length);
	if (fw_parse(out, path, l.custom, e) != 0 ||
	    fw_check_path(out, path, e) != 0 ||
	    plan_check_release(p, out, path, l.sha256, l.length, e) != 0)
		return -1;
	/* A slot holds what was downloaded: nothing here unpacks. */
	if (out->installed_sha256[0] != '\0' &&
	    strcmp(out->installed_sha256, l.sha256) != 0)
		return err_code(e, ERR_INVALID, "needs_installer",
		                "%.200s: runs as %.16s… after unpacking, this "
		                "device writes images as they are",
		                path, out->installed_sha256);
	return 0;
}

static int read_rule(struct reader *r, size_t i, struct err *e)
{
	struct world *w = r->w;
	const struct state_rule *rule = &w->state.rules[i];
	struct err *why = &w->problems[i];
	int result;

	w->plans[i] = xcalloc(1, sizeof(*w->plans[i]));
	w->releases[i] = xcalloc(1, sizeof(*w->releases[i]));
	result = read_plan(w->plans[i], r, rule, why);
	if (result != 0) {
		plan_fini(w->plans[i]);
		free(w->plans[i]);
		w->plans[i] = NULL;
	}
	if (result == 0)
		result = read_release(w->releases[i], r, w->plans[i], why);
	if (result != 0) {
		free(w->releases[i]);
		w->releases[i] = NULL;
	}
	if (result != 0 && !is_refusal(why)) {
		if (e != NULL)
			*e = *why;
		return -1;
	}
	w->rules[i] =
		(struct offer_rule){.rule = rule,
	                            .plan = w->plans[i],
	                            .release = w->releases[i],
	                            .problem = result != 0 ? why->msg : NULL};
	return 0;
}

static int read_all(struct reader *r, struct err *e)
{
	struct world *w = r->w;

	if (read_state(r, &w->problem) != 0) {
		if (!is_refusal(&w->problem)) {
			if (e != NULL)
				*e = w->problem;
			return -1;
		}
		/* Not listed at all is no refusal: nothing is rolled out. */
		if (w->problem.kind == ERR_NOT_FOUND)
			w->problem = (struct err){0};
		state_doc_fini(&w->state);
		w->has_state = false;
	}
	for (size_t i = 0; w->has_state && i < w->state.n_rules; i++)
		if (read_rule(r, i, e) != 0)
			return -1;
	w->offer = (struct offer_world){
		.repo = r->p->repo,
		.product = w->has_state ? w->state.head.product : "",
		.channel = w->has_state ? w->state.channel : "",
		.has_state = w->has_state,
		.rules = w->rules,
		.n_rules = w->has_state ? w->state.n_rules : 0};
	return 0;
}

struct world *world_load(struct trust *t, struct origin *o,
                         const struct provision *p, struct err *e)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct reader r = {.w = w, .t = t, .io = origin_io(o), .o = o, .p = p};

	check_role_name(r.releases, "releases.", p->product);
	check_role_name(r.plans, "plans.", p->product);
	check_role_name(r.rollout, "rollout.", p->product);
	w->root_version = trust_root(t)->version;
	w->timestamp_version = trust_timestamp(t)->version;
	if (read_all(&r, e) != 0) {
		world_free(w);
		return NULL;
	}
	return w;
}

void world_free(struct world *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < STATE_RULES_MAX; i++) {
		if (w->plans[i] != NULL)
			plan_fini(w->plans[i]);
		free(w->plans[i]);
		free(w->releases[i]);
	}
	state_doc_fini(&w->state);
	free(w);
}

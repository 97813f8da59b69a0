#include "config.h"

#include "lib/catalog/product.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/catalog/bins.h"
#include "lib/catalog/delegations.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where one product is read from. */
struct reading {
	const struct catalog_source *source;
	const char *repo;
	struct catalog_product *product;
	char releases_role[TUF_ROLE_MAX], plans_role[TUF_ROLE_MAX];
	const struct tuf_targets *releases, *plans; /* NULL: not there yet */
	struct bins bins;                           /* of releases */
	size_t room;                                /* for releases */
};

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Whatever a parser called it, to the caller it is a broken `code`. */
static int as_code(int result, const char *code, const char *what,
                   struct err *e)
{
	if (result != 0 && e != NULL) {
		(void)snprintf(e->code, sizeof(e->code), "%s", code);
		if (!starts_with(e->msg, what))
			err_context(e, "%s", what);
	}
	return result;
}

/* What a role may list. */
struct patterns {
	char text[3][PRODUCT_MAX_LEN + 16];
	size_t n;
};

static struct patterns patterns_of(const struct catalog_delegation *row,
                                   const char *product)
{
	struct patterns p = {.n = 0};

	while (p.n < ARRAY_LEN(p.text) &&
	       delegations_pattern(p.text[p.n], sizeof(p.text[p.n]), row, p.n,
	                           product))
		p.n++;
	return p;
}

/* A path nobody would ask this role for is a mistake of its signers. */
static int check_path(const char *role, const char *path, const char *code,
                      const struct patterns *p, struct err *e)
{
	if (!name_is_target(path))
		return err_code(e, ERR_INVALID, code,
		                "%s: lists '%.300s', which is no target path: "
		                "other characters, a hidden or empty name, or "
		                "one that is too long",
		                role, path);
	for (size_t i = 0; i < p->n; i++)
		if (tuf_path_matches(p->text[i], path))
			return 0;
	return err_code(e, ERR_INVALID, code,
	                "%s: lists '%s', which is not delegated to it", role,
	                path);
}

static int check_head(const struct reading *r, const struct doc_head *head,
                      const char *path, const char *code, struct err *e)
{
	if (strcmp(head->repo, r->repo) != 0)
		return err_code(e, ERR_INVALID, code,
		                "%s: is for repository %s, this one is %s",
		                path, head->repo, r->repo);
	if (strcmp(head->product, r->product->product) != 0)
		return err_code(e, ERR_INVALID, code,
		                "%s: is for product %s, its path is for %s",
		                path, head->product, r->product->product);
	return 0;
}

static void copy_entry(char path[TARGET_MAX_LEN + 1],
                       char sha256[SHA256_HEX_SIZE], int64_t *length,
                       const struct tuf_target *t)
{
	(void)snprintf(path, TARGET_MAX_LEN + 1, "%s", t->path);
	memcpy(sha256, t->sha256, SHA256_HEX_SIZE);
	*length = t->length;
}

static int read_release(struct reading *r, const struct tuf_target *t,
                        struct err *e)
{
	struct catalog_product *p = r->product;
	struct catalog_release *out = &p->releases[p->n_releases];

	if (t->sha256[0] == '\0')
		return err_code(e, ERR_INVALID, "release",
		                "%s: lists no sha256", t->path);
	copy_entry(out->path, out->sha256, &out->length, t);
	if (as_code(fw_parse(&out->fw, t->path, t->custom, e), "release",
	            t->path, e) != 0 ||
	    as_code(fw_check_path(&out->fw, t->path, e), "release", t->path,
	            e) != 0 ||
	    check_head(r, &out->fw.head, t->path, "release", e) != 0)
		return -1;
	p->n_releases++;
	return 0;
}

/* A client asks only the bin a path belongs to, and only when the role itself
 * does not list it. */
static int check_bin(const struct reading *r, const char *bin,
                     const struct tuf_target *entry, struct err *e)
{
	char right[TUF_ROLE_MAX];

	bins_find(right, &r->bins, entry->path);
	if (strcmp(bin, right) != 0)
		return err_code(e, ERR_INVALID, "release",
		                "%s: lists '%s', which belongs to %s", bin,
		                entry->path, right);
	if (tuf_targets_find(r->releases, entry->path) != NULL)
		return err_code(e, ERR_INVALID, "release",
		                "%s: lists '%s', and so does %s", bin,
		                entry->path, r->releases_role);
	return 0;
}

/* The entries that are releases stand together. */
static struct catalog_range find_range(const struct tuf_targets *t)
{
	static const char folder[] = "fw/";
	struct catalog_range found = {.from = tuf_targets_place(t, folder)};

	found.to = found.from;
	while (found.to < t->n_targets &&
	       starts_with(t->targets[found.to].path, folder))
		found.to++;
	return found;
}

/* The product in the catalog before this one; NULL: it was not there. */
static const struct catalog_product *before(const struct reading *r)
{
	return r->source->before != NULL
	               ? catalog_product(r->source->before, r->product->product)
	               : NULL;
}

/* As the catalog before this one has them, which read the same bytes. */
static int copy_releases_of(struct reading *r, const struct tuf_targets *t,
                            const struct catalog_range *in, struct err *e)
{
	for (size_t i = in->from; i < in->to; i++) {
		const struct catalog_product *p = before(r);
		const struct catalog_release *was =
			p != NULL ? catalog_release(p, t->targets[i].path)
				  : NULL;

		if (was == NULL) {
			if (read_release(r, &t->targets[i], e) != 0)
				return -1;
			continue;
		}
		r->product->releases[r->product->n_releases++] = *was;
	}
	return 0;
}

static int read_releases_of(struct reading *r, size_t place, const char *role,
                            const struct tuf_targets *t, struct err *e)
{
	const struct catalog_range *in = &r->product->ranges[place];
	struct patterns may;

	if (in->same)
		return copy_releases_of(r, t, in, e);
	may = patterns_of(&catalog_delegations[0], r->product->product);
	for (size_t i = 0; i < t->n_targets; i++) {
		const struct tuf_target *entry = &t->targets[i];

		if (check_path(role, entry->path, "release", &may, e) != 0)
			return -1;
		if (t != r->releases && check_bin(r, role, entry, e) != 0)
			return -1;
		if (starts_with(entry->path, "fw/") &&
		    read_release(r, entry, e) != 0)
			return -1;
	}
	return 0;
}

/* The role itself in place 0, then its bins; each is given to fn. */
typedef int each_fn(struct reading *r, size_t place, const char *role,
                    const struct tuf_targets *t, struct err *e);

static int each_releases_role(struct reading *r, each_fn *fn, struct err *e)
{
	char bin[TUF_ROLE_MAX];

	if (fn(r, 0, r->releases_role, r->releases, e) != 0)
		return -1;
	for (unsigned i = 0; i < bins_count(&r->bins); i++) {
		const struct tuf_targets *t;

		bins_name(bin, &r->bins, i);
		t = r->source->role(r->source->ctx, bin);
		if (t != NULL && fn(r, i + 1, bin, t, e) != 0)
			return -1;
	}
	return 0;
}

/* Of a role that is the same with all above it the place is the same too, and
 * so is what stands there: of hundreds of bins only the changed are looked
 * into. */
static int count_room(struct reading *r, size_t place, const char *role,
                      const struct tuf_targets *t, struct err *e)
{
	const struct catalog_product *was = before(r);
	struct catalog_range *range = &r->product->ranges[place];
	bool same = catalog_is_same(r->source, role);

	(void)e;
	*range = same && was != NULL && place < was->n_ranges
	                 ? was->ranges[place]
	                 : find_range(t);
	range->same = same;
	r->room += range->to - range->from;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct catalog_release *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int read_releases(struct reading *r, struct err *e)
{
	if (r->releases == NULL)
		return 0;
	if (bins_read(&r->bins, r->releases_role, r->releases, e) != 0)
		return -1;
	r->product->n_ranges = bins_count(&r->bins) + 1;
	r->product->ranges =
		xcalloc(r->product->n_ranges, sizeof(*r->product->ranges));
	if (each_releases_role(r, count_room, e) != 0)
		return -1;
	/* In one piece and in order: plans point into it. */
	r->product->releases =
		xcalloc(r->room + 1, sizeof(*r->product->releases));
	if (each_releases_role(r, read_releases_of, e) != 0)
		return -1;
	qsort(r->product->releases, r->product->n_releases,
	      sizeof(*r->product->releases), by_path);
	return 0;
}

static int outlives(const struct catalog_plan *p, const char *role,
                    int64_t expires_s, struct err *e)
{
	char plan_ends[RFC3339_SIZE], role_ends[RFC3339_SIZE];

	if (p->plan.expires_s <= expires_s)
		return 0;
	rfc3339_format(plan_ends, p->plan.expires_s);
	rfc3339_format(role_ends, expires_s);
	return err_code(e, ERR_INVALID, "plan_outlives",
	                "%s: expires %s, after the %s of %s", p->path,
	                plan_ends, role_ends, role);
}

/* trust.md, Roles: a plan that outlives what vouches for it would end early
 * on devices, at a date no plan names. */
static int check_life(const struct reading *r, const struct catalog_plan *p,
                      struct err *e)
{
	const struct catalog_source *s = r->source;

	if (outlives(p, r->plans_role, r->plans->expires_s, e) != 0 ||
	    outlives(p, r->releases_role, r->releases->expires_s, e) != 0 ||
	    outlives(p, "targets", s->targets->expires_s, e) != 0 ||
	    outlives(p, "root", s->root->expires_s, e) != 0)
		return -1;
	if (r->bins.present) {
		char bin[TUF_ROLE_MAX];
		const struct tuf_targets *t;

		bins_find(bin, &r->bins, p->release->path);
		t = s->role(s->ctx, bin);
		if (t != NULL && outlives(p, bin, t->expires_s, e) != 0)
			return -1;
	}
	return 0;
}

static int parse_plan(struct reading *r, struct catalog_plan *out,
                      const struct tuf_target *t, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);

	if (t->length > PLAN_BYTES_MAX)
		return err_code(e, ERR_TOO_LARGE, "plan",
		                "%s: is %" PRId64
		                " bytes, at most %d are allowed",
		                t->path, t->length, PLAN_BYTES_MAX);
	if (r->source->read(r->source->ctx, t, &bytes, e) != 0) {
		err_context(e, "%s", t->path);
		return -1;
	}
	return as_code(
		plan_parse(&out->plan, t->path, buf_str(&bytes), bytes.len, e),
		"plan", t->path, e);
}

static int check_plan(struct reading *r, struct catalog_plan *out,
                      struct err *e)
{
	const struct plan *p = &out->plan;

	if (as_code(plan_check_path(p, out->path, e), "plan", out->path, e) !=
	            0 ||
	    check_head(r, &p->head, out->path, "plan", e) != 0)
		return -1;
	out->release = catalog_release(r->product, p->release_path);
	if (out->release == NULL)
		return err_code(e, ERR_INVALID, "plan",
		                "%s: names release '%s', which %s does not "
		                "list",
		                out->path, p->release_path, r->releases_role);
	if (as_code(plan_check_release(p, &out->release->fw, out->release->path,
	                               out->release->sha256,
	                               out->release->length, e),
	            "plan", out->path, e) != 0)
		return -1;
	return check_life(r, out, e);
}

/* Against the plans before it. */
static int check_others(const struct catalog_product *p,
                        const struct catalog_plan *now, struct err *e)
{
	for (size_t i = 0; i < p->n_plans; i++) {
		const struct catalog_plan *old = &p->plans[i];

		if (strcmp(old->plan.id, now->plan.id) == 0)
			return err_code(e, ERR_CONFLICT, "plan_revision",
			                "%s: %s is listed too; a new revision "
			                "retires the old one",
			                now->path, old->path);
		if (old->plan.kind == PLAN_INSTALL &&
		    now->plan.kind == PLAN_INSTALL &&
		    strcmp(old->plan.release_path, now->plan.release_path) ==
		            0 &&
		    plan_overlaps(&old->plan, &now->plan))
			return err_code(e, ERR_CONFLICT, "plan_overlap",
			                "%s: overlaps %s of the same release "
			                "in channels, hardware and regions",
			                now->path, old->path);
	}
	return 0;
}

static int read_plan(struct reading *r, const struct tuf_target *t,
                     struct err *e)
{
	struct catalog_product *p = r->product;
	struct catalog_plan *out = &p->plans[p->n_plans];
	struct patterns may = patterns_of(&catalog_delegations[1], p->product);
	int result;

	if (check_path(r->plans_role, t->path, "plan", &may, e) != 0)
		return -1;
	if (t->sha256[0] == '\0')
		return err_code(e, ERR_INVALID, "plan", "%s: lists no sha256",
		                t->path);
	copy_entry(out->path, out->sha256, &out->length, t);
	if (parse_plan(r, out, t, e) != 0)
		return -1;
	result = check_plan(r, out, e);
	if (result == 0)
		result = check_others(p, out, e);
	if (result != 0)
		plan_fini(&out->plan);
	else
		p->n_plans++;
	return result;
}

static int read_plans(struct reading *r, struct err *e)
{
	struct catalog_product *p = r->product;

	if (r->plans == NULL || r->plans->n_targets == 0)
		return 0;
	if (r->releases == NULL)
		return err_code(e, ERR_INVALID, "plan",
		                "%s: lists '%s', but there is no %s yet",
		                r->plans_role, r->plans->targets[0].path,
		                r->releases_role);
	p->plans = xcalloc(r->plans->n_targets, sizeof(*p->plans));
	for (size_t i = 0; i < r->plans->n_targets; i++)
		if (read_plan(r, &r->plans->targets[i], e) != 0)
			return -1;
	return 0;
}

int product_read(struct catalog_product *p, const char *repo,
                 const struct catalog_source *s, struct err *e)
{
	struct reading r = {.source = s, .repo = repo, .product = p};

	delegations_role_name(r.releases_role, &catalog_delegations[0],
	                      p->product);
	delegations_role_name(r.plans_role, &catalog_delegations[1],
	                      p->product);
	r.releases = s->role(s->ctx, r.releases_role);
	r.plans = s->role(s->ctx, r.plans_role);
	if (read_releases(&r, e) != 0)
		return -1;
	return read_plans(&r, e);
}

#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/rollout/plan.h"

#include <inttypes.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define SPAN_MAX_S                                                \
	(90 * DAY_S) /* of soaks and deadlines; life is half that \
	              */
#define REV_MAX INT64_C(2147483647)
#define DEVICES_MAX INT64_C(1000000000)

/* The largest tolerated share and the largest risk of a false halt that still
 * mean something; the statistics need p0 below 0.95. */
#define P_MAX 900000
#define RISK_MAX 500000

static const char *const kind_words[] = {"install", "recall", NULL};
static const char *const promote_words[] = {"auto", "hand", NULL};

static const char *const understood[] = {
	"schema",      "repo",     "product", "id",
	"rev",         "kind",     "from",    "release",
	"counter_max", "channels", "hw",      "regions",
	"stages",      "max_ppm",  "expires", "offline_after_s",
	"resumes",     "members",  "gate",    NULL};

static int identity_parse(struct plan *p, const struct js_at *root,
                          struct err *e)
{
	struct js_at at;
	const char *text;
	int kind;

	if (js_get(&at, root, "id", e) != 0 ||
	    js_as_str(&text, &at, PRODUCT_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_product(text))
		return js_refuse(&at, e,
		                 "'%s' is not a plan id, "
		                 "[a-z0-9][a-z0-9-]{0,39} is needed",
		                 text);
	memcpy(p->id, text, strlen(text) + 1);
	if (js_get_int(&p->rev, root, "rev", 1, REV_MAX, e) != 0 ||
	    js_get_enum(&kind, root, "kind", kind_words, e) != 0)
		return -1;
	p->kind = (enum plan_kind)kind;
	return 0;
}

static int release_parse(struct plan *p, const struct js_at *root,
                         struct err *e)
{
	struct js_at release;
	int64_t n;

	if (js_get(&release, root, "release", e) != 0 ||
	    js_is_object(&release, e) != 0 ||
	    doc_path_parse(p->release_path, &release, "path", "fw/",
	                   p->head.product, e) != 0 ||
	    doc_hex_parse(p->release_sha256, SHA256_HEX_SIZE - 1, &release,
	                  "sha256", e) != 0 ||
	    js_get_int(&p->release_length, &release, "length", 1, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&n, root, "counter_max", 0, UINT32_MAX, e) != 0)
		return -1;
	p->counter_max = (uint32_t)n;
	return 0;
}

/* Only a recall goes by what runs; it must say which images it takes back. */
static int from_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (p->kind == PLAN_INSTALL) {
		if (js_has(root, "from"))
			return js_refuse(root, e,
			                 "`from` belongs to a recall, this "
			                 "plan is an install");
		return 0;
	}
	if (js_get_array(&list, &n, root, "from", 1, PLAN_FROM_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *text;

		if (js_as_str(&text, &at, SHA256_HEX_SIZE - 1, e) != 0)
			return -1;
		if (!is_hex(text, SHA256_HEX_SIZE - 1))
			return js_refuse(&at, e,
			                 "64 lower-case hex digits are needed");
		if (strcmp(text, p->release_sha256) == 0)
			return js_refuse(&at, e,
			                 "is the release itself, which cannot "
			                 "replace itself");
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->from[k], text) == 0)
				return js_refuse(&at, e, "is listed twice");
		memcpy(p->from[p->n_from++], text, SHA256_HEX_SIZE);
	}
	return 0;
}

static int scope_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	if (words_parse(&p->channels, root, "channels", WORDS_MAX, false, e) !=
	            0 ||
	    words_parse(&p->hw, root, "hw", WORDS_MAX, false, e) != 0)
		return -1;
	return words_parse(&p->regions, root, "regions", WORDS_MAX, false, e);
}

/* The cell's index; it must be one of the plan's and not seen before. */
static int own_cell(const struct plan *p, const struct cell *c, bool *seen,
                    const struct js_at *at, struct err *e)
{
	int index = plan_cell_index(p, c->hw, c->region);

	if (index < 0)
		return js_refuse(at, e, "%s/%s is no cell of hw × regions",
		                 c->hw, c->region);
	if (seen[index])
		return js_refuse(at, e, "%s/%s is listed twice", c->hw,
		                 c->region);
	seen[index] = true;
	return 0;
}

static int stage_cells_parse(struct plan *p, struct plan_stage *s,
                             const struct js_at *at, struct err *e)
{
	bool seen[PLAN_CELLS_MAX] = {false};
	struct js_at list;
	size_t n;

	if (!js_has(at, "cells"))
		return 0;
	if (js_get_array(&list, &n, at, "cells", 0, plan_n_cells(p), e) != 0)
		return -1;
	s->cells = xcalloc(n, sizeof(*s->cells));
	for (size_t i = 0; i < n; i++) {
		struct js_at cell = js_element(&list, i);
		struct plan_cell *c = &s->cells[i];
		int64_t ppm;

		if (cell_parse(&c->cell, &cell, false, e) != 0 ||
		    own_cell(p, &c->cell, seen, &cell, e) != 0 ||
		    js_get_int(&ppm, &cell, "ppm", 1, PPM, e) != 0)
			return -1;
		if (ppm < s->ppm)
			return js_refuse(&cell, e,
			                 "ppm %" PRId64 " is below the "
			                 "stage's own %" PRId32,
			                 ppm, s->ppm);
		c->ppm = (int32_t)ppm;
		s->n_cells++;
	}
	return 0;
}

/* No cell may shrink from one stage to the next: a device once in stays in.
 * Cells that neither stage lists follow the stages' own rising ppm. */
static int check_growth(const struct plan *p, size_t k, const struct js_at *at,
                        struct err *e)
{
	for (size_t which = k - 1; which <= k; which++) {
		const struct plan_stage *s = &p->stages[which];

		for (size_t i = 0; i < s->n_cells; i++) {
			const struct cell *c = &s->cells[i].cell;
			int32_t was = plan_ppm(p, k - 1, c->hw, c->region);
			int32_t is = plan_ppm(p, k, c->hw, c->region);

			if (is < was)
				return js_refuse(at, e,
				                 "%s/%s shrinks from %" PRId32
				                 " to %" PRId32 " ppm",
				                 c->hw, c->region, was, is);
		}
	}
	return 0;
}

static int stage_parse(struct plan *p, const struct js_at *at, struct err *e)
{
	size_t k = p->n_stages;
	struct plan_stage *s = &p->stages[k], *before = k > 0 ? s - 1 : NULL;
	int64_t ppm;

	/* Counted first, so that plan_fini() frees its cells. */
	p->n_stages++;
	if (js_is_object(at, e) != 0 ||
	    js_get_int(&ppm, at, "ppm", 1, PPM, e) != 0)
		return -1;
	s->ppm = (int32_t)ppm;
	if (before != NULL && s->ppm <= before->ppm)
		return js_refuse(at, e,
		                 "ppm %" PRId32 " is not above %" PRId32
		                 " of the stage before",
		                 s->ppm, before->ppm);
	if (js_get_time(&s->not_before_s, at, "not_before", e) != 0 ||
	    js_get_int(&s->soak_s, at, "soak_s", 0, SPAN_MAX_S, e) != 0)
		return -1;
	if (before != NULL && s->not_before_s < before->not_before_s)
		return js_refuse(at, e,
		                 "not_before is earlier than that of the "
		                 "stage before");
	if (stage_cells_parse(p, s, at, e) != 0)
		return -1;
	return k > 0 ? check_growth(p, k, at, e) : 0;
}

static int stages_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "stages", 1, PLAN_STAGES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (stage_parse(p, &at, e) != 0)
			return -1;
	}
	return 0;
}

static int life_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	struct js_at at;
	int64_t n, first = p->stages[0].not_before_s;

	if (js_get_int(&n, root, "max_ppm", 0, PPM, e) != 0 ||
	    js_get(&at, root, "expires", e) != 0 ||
	    js_as_time(&p->expires_s, &at, e) != 0)
		return -1;
	p->max_ppm = (int32_t)n;
	/* trust.md, Roles. */
	if (p->expires_s - first > PLAN_LIFE_MAX_S)
		return js_refuse(&at, e,
		                 "is more than %d days after the first "
		                 "stage's not_before",
		                 (int)(PLAN_LIFE_MAX_S / DAY_S));
	if (p->expires_s <= p->stages[p->n_stages - 1].not_before_s)
		return js_refuse(&at, e,
		                 "is not after the last stage's not_before");
	if (js_get(&at, root, "offline_after_s", e) != 0)
		return -1;
	p->offline_after_s = -1;
	return js_is_null(&at)
	               ? 0
	               : js_as_int(&p->offline_after_s, &at, 1, SPAN_MAX_S, e);
}

static int resumes_parse(struct plan *p, const struct js_at *root,
                         struct err *e)
{
	bool seen[PLAN_CELLS_MAX] = {false};
	struct js_at list;

	if (!js_has(root, "resumes"))
		return 0;
	if (cells_parse(&p->resumes, &p->n_resumes, root, "resumes",
	                plan_n_cells(p), false, e) != 0 ||
	    js_get(&list, root, "resumes", e) != 0)
		return -1;
	for (size_t i = 0; i < p->n_resumes; i++) {
		struct js_at at = js_element(&list, i);

		if (own_cell(p, &p->resumes[i], seen, &at, e) != 0)
			return -1;
	}
	if (p->n_resumes > 0 && p->rev == 1)
		return js_refuse(&list, e,
		                 "revision 1 has no halt before it to resume");
	return 0;
}

static int members_parse(struct plan *p, const struct js_at *root,
                         struct err *e)
{
	if (!js_has(root, "members"))
		return 0;
	return doc_members_parse(&p->members, &p->n_members, root, "members",
	                         PLAN_MEMBERS_MAX, e);
}

static int weights_parse(struct plan_gate *g, const struct js_at *gate,
                         struct err *e)
{
	struct {
		const char *key;
		int32_t *out;
	} shares[] = {
		{"cells", &g->weight_cells},
		{"hw", &g->weight_hw},
		{"regions", &g->weight_regions},
		{"pooled", &g->weight_pooled},
	};
	struct js_at at;
	int64_t n, sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		*shares[i].out = PLAN_WEIGHT_DEFAULT;
	if (!js_has(gate, "weights"))
		return 0;
	if (js_get(&at, gate, "weights", e) != 0 || js_is_object(&at, e) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		if (js_get_int(&n, &at, shares[i].key, 0, PPM, e) != 0)
			return -1;
		*shares[i].out = (int32_t)n;
		sum += n;
	}
	if (sum != PPM)
		return js_refuse(&at, e,
		                 "the shares add up to %" PRId64
		                 " ppm, %d are needed",
		                 sum, PPM);
	return 0;
}

static int gate_numbers_parse(struct plan_gate *g, const struct js_at *gate,
                              struct err *e)
{
	struct {
		const char *key;
		int64_t min, max;
		int32_t *narrow;
		int64_t *wide;
	} numbers[] = {
		/* clang-format off */
		{"p0_ppm",           1, P_MAX,       &g->p0_ppm, NULL},
		{"alpha_ppm",        1, RISK_MAX,    &g->alpha_ppm, NULL},
		{"p_silent_ppm",     1, P_MAX,       &g->p_silent_ppm, NULL},
		{"alpha_silent_ppm", 1, RISK_MAX,    &g->alpha_silent_ppm, NULL},
		{"p1_ppm",           1, P_MAX,       &g->p1_ppm, NULL},
		{"beta_ppm",         1, RISK_MAX,    &g->beta_ppm, NULL},
		{"soft_s",           1, SPAN_MAX_S,  NULL, &g->soft_s},
		{"hard_s",           1, SPAN_MAX_S,  NULL, &g->hard_s},
		{"in_flight",        1, DEVICES_MAX, NULL, &g->in_flight},
		{"min_confirmed",    0, DEVICES_MAX, NULL, &g->min_confirmed},
		{"holdback_ppm",     0, RISK_MAX,    &g->holdback_ppm, NULL},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int64_t n;

		if (js_get_int(&n, gate, numbers[i].key, numbers[i].min,
		               numbers[i].max, e) != 0)
			return -1;
		if (numbers[i].narrow != NULL)
			*numbers[i].narrow = (int32_t)n;
		else
			*numbers[i].wide = n;
	}
	return 0;
}

static int gate_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	struct plan_gate *g = &p->gate;
	struct js_at at;
	int promote;

	if (js_get(&at, root, "gate", e) != 0 || js_is_object(&at, e) != 0 ||
	    gate_numbers_parse(g, &at, e) != 0 ||
	    js_get_enum(&promote, &at, "promote", promote_words, e) != 0)
		return -1;
	g->promote_by_hand = promote == 1;
	if (g->hard_s < g->soft_s)
		return js_refuse(&at, e,
		                 "hard_s %" PRId64 " is below soft_s %" PRId64,
		                 g->hard_s, g->soft_s);
	/* rollout-rules.md, Hold-back: devices that act without a check-in
	 * cannot be kept back. */
	if (g->holdback_ppm > 0 && p->offline_after_s >= 0)
		return js_refuse(&at, e,
		                 "holdback_ppm %" PRId32
		                 " needs offline_after_s to be null",
		                 g->holdback_ppm);
	return weights_parse(g, &at, e);
}

static int root_parse(struct plan *p, const struct js_at *root, struct err *e)
{
	if (doc_head_parse(&p->head, root, "plan/1", understood, e) != 0 ||
	    identity_parse(p, root, e) != 0 || release_parse(p, root, e) != 0 ||
	    from_parse(p, root, e) != 0 || scope_parse(p, root, e) != 0 ||
	    stages_parse(p, root, e) != 0 || life_parse(p, root, e) != 0 ||
	    resumes_parse(p, root, e) != 0 || members_parse(p, root, e) != 0)
		return -1;
	return gate_parse(p, root, e);
}

int plan_parse(struct plan *out, const char *name, const void *bytes,
               size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	*out = (struct plan){0};
	if (len > PLAN_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: %zu bytes, a plan has at most %d", name,
		               len, PLAN_BYTES_MAX);
	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (root_parse(out, &root, e) != 0) {
		plan_fini(out);
		return -1;
	}
	hash_sha256_hex(out->sha256, bytes, len);
	return 0;
}

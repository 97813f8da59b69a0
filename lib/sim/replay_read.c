#include "config.h"

#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/sim/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MAX 1000
/* server/fleet/written.c's words, by enum scope_kind. */
static const char *const scope_words[] = {"cell", "hw", "region", "pooled",
                                          NULL};
static const char *const state_words[] = {"running",   "paused",     "halted",
                                          "completed", "superseded", NULL};

static int read_ppm(int32_t *out, const struct js_at *at, const char *key,
                    struct err *e)
{
	int64_t ppm;

	if (js_get_int(&ppm, at, key, 0, PPM, e) != 0)
		return -1;
	*out = (int32_t)ppm;
	return 0;
}

static int read_text(char *out, size_t size, const struct js_at *at,
                     const char *key, struct err *e)
{
	const char *text;

	if (js_get_str(&text, at, key, size - 1, e) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

/* ---- Halts ---- */

static int read_evidence(struct evidence *v, const struct js_at *at,
                         struct err *e)
{
	static const char *const names[] = {
		"crossed",    "hw",           "region", "failures",
		"trials",     "bound",        "p0_ppm", "alpha_ppm",
		"weight_ppm", "epoch",        "prefix", "silence",
		"units",      "units_silent", "text",   NULL};
	int kind;

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    js_get_enum(&kind, at, "crossed", scope_words, e) != 0 ||
	    read_text(v->hw, sizeof(v->hw), at, "hw", e) != 0 ||
	    read_text(v->region, sizeof(v->region), at, "region", e) != 0 ||
	    js_get_int(&v->failures, at, "failures", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&v->trials, at, "trials", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&v->bound, at, "bound", -1, NUM_JSON_MAX, e) != 0 ||
	    read_ppm(&v->p0_ppm, at, "p0_ppm", e) != 0 ||
	    read_ppm(&v->alpha_ppm, at, "alpha_ppm", e) != 0 ||
	    read_ppm(&v->weight_ppm, at, "weight_ppm", e) != 0 ||
	    js_get_int(&v->epoch, at, "epoch", 0, EPOCH_MAX, e) != 0 ||
	    js_get_bool(&v->prefix, at, "prefix", e) != 0 ||
	    js_get_bool(&v->silence, at, "silence", e) != 0 ||
	    read_text(v->text, sizeof(v->text), at, "text", e) != 0)
		return -1;
	v->crossed = (enum scope_kind)kind;
	if (!js_has(at, "units"))
		return 0;
	return js_get_int(&v->units, at, "units", 0, NUM_JSON_MAX, e) != 0
	               ? -1
	               : js_get_int(&v->units_silent, at, "units_silent", 0,
	                            NUM_JSON_MAX, e);
}

static bool is_of_plan(const struct plan *p, const struct cell *c)
{
	return (strcmp(c->hw, "*") == 0 || words_has(&p->hw, c->hw)) &&
	       (strcmp(c->region, "*") == 0 ||
	        words_has(&p->regions, c->region));
}

static int read_halt(struct replay_halt *h, const struct plan *p,
                     const struct js_at *at, struct err *e)
{
	static const char *const names[] = {
		"hw", "region", "at_ms", "by_hand", "actor", "evidence", NULL};
	struct js_at evidence;

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    cell_parse(&h->cell, at, true, e) != 0 ||
	    js_get_int(&h->at_ms, at, "at_ms", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_bool(&h->by_hand, at, "by_hand", e) != 0 ||
	    read_text(h->actor, sizeof(h->actor), at, "actor", e) != 0 ||
	    js_get(&evidence, at, "evidence", e) != 0 ||
	    read_evidence(&h->evidence, &evidence, e) != 0)
		return -1;
	if (!is_of_plan(p, &h->cell))
		return js_refuse(at, e, "the plan has no cell %s/%s",
		                 h->cell.hw, h->cell.region);
	h->bare = h->evidence.trials == 0;
	return 0;
}

static int read_halts(struct replay *r, const struct js_at *head, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, head, "halts", 0, REPLAY_HALTS_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		struct replay_halt *h;

		VEC_GROW(&r->halts);
		h = &r->halts.items[r->halts.len];
		*h = (struct replay_halt){0};
		if (read_halt(h, &r->plan, &at, e) != 0)
			return -1;
		if (i > 0 && h[-1].at_ms > h->at_ms)
			return js_refuse(&at, e,
			                 "is earlier than the one "
			                 "before");
		r->halts.len++;
	}
	return 0;
}

/* ---- The head ---- */

static int read_plan(struct replay *r, const struct js_at *head, struct err *e)
{
	char hex[SHA256_HEX_SIZE];
	const char *text;
	size_t n;

	if (js_get_str(&text, head, "plan", PLAN_BYTES_MAX, e) != 0)
		return -1;
	n = strlen(text);
	hash_sha256_hex(hex, text, n);
	if (strcmp(hex, r->sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "plan_sha256",
		                "%s: has sha256 %s, the export says %s",
		                r->plan_path, hex, r->sha256);
	return plan_parse(&r->plan, r->plan_path, text, n, e);
}

static int read_head(struct replay *r, const struct js_at *head, struct err *e)
{
	static const char *const names[] = {
		"product", "plan_path",       "plan",     "epoch",
		"state",   "stage",           "began_ms", "stage_since_ms",
		"time_ms", "paused_since_ms", "halts",    "holds",
		NULL};
	struct js_at path, holds;
	const char *product;
	int state;

	if (js_is_object(head, e) != 0 || js_only(head, names, e) != 0 ||
	    js_get_str(&product, head, "product", PRODUCT_MAX_LEN, e) != 0 ||
	    read_text(r->plan_path, sizeof(r->plan_path), head, "plan_path",
	              e) != 0 ||
	    read_plan(r, head, e) != 0 ||
	    js_get_int(&r->epoch, head, "epoch", 0, EPOCH_MAX, e) != 0 ||
	    js_get_enum(&state, head, "state", state_words, e) != 0 ||
	    js_get_int(&r->began_ms, head, "began_ms", 0, NUM_JSON_MAX, e) !=
	            0 ||
	    js_get_int(&r->time_ms, head, "time_ms", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_array(&holds, &r->holds, head, "holds", 0, REPLAY_HALTS_MAX,
	                 e) != 0)
		return -1;
	if (plan_check_path(&r->plan, r->plan_path, e) != 0)
		return -1;
	if (strcmp(product, r->plan.head.product) != 0) {
		if (js_get(&path, head, "product", e) != 0)
			return -1;
		return js_refuse(&path, e, "'%s' is not the plan's", product);
	}
	r->state = (enum rollout_state)state;
	return read_halts(r, head, e);
}

/* ---- Trials ---- */

static int read_step(enum trial_step *out, const struct js_at *at,
                     struct err *e)
{
	struct js_at step;
	const char *text;

	if (js_get(&step, at, "step", e) != 0 ||
	    js_as_str(&text, &step, 20, e) != 0)
		return -1;
	for (int s = TRIAL_GRANTED; s <= TRIAL_VOID; s++)
		if (strcmp(text, trial_step_name((enum trial_step)s)) == 0) {
			*out = (enum trial_step)s;
			return 0;
		}
	return js_refuse(&step, e, "'%s' is no step", text);
}

static int read_trial(struct replay *r, const struct js_at *at, struct err *e)
{
	static const char *const names[] = {
		"device",         "cell",         "counted",
		"step",           "granted_ms",   "step_ms",
		"stood_still_ms", "poll_after_s", NULL};
	struct trial t = {.batch = 1, .attempt = 1};
	int64_t cell;

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    js_get_int(&t.device, at, "device", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&cell, at, "cell", 0,
	               (int64_t)plan_n_cells(&r->plan) - 1, e) != 0 ||
	    js_get_bool(&t.counted, at, "counted", e) != 0 ||
	    read_step(&t.step, at, e) != 0 ||
	    js_get_int(&t.granted_ms, at, "granted_ms", 0, NUM_JSON_MAX, e) !=
	            0 ||
	    js_get_int(&t.step_ms, at, "step_ms", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&t.stood_still_ms, at, "stood_still_ms", 0, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&t.poll_after_s, at, "poll_after_s", 0, INT32_MAX, e) !=
	            0)
		return -1;
	if (r->trials.len == REPLAY_TRIALS_MAX)
		return js_refuse(at, e, "more than %zu trials",
		                 REPLAY_TRIALS_MAX);
	t.cell = (int)cell;
	VEC_GROW(&r->trials);
	r->trials.items[r->trials.len++] = t;
	return 0;
}

static int read_trials(struct replay *r, const struct js_at *root,
                       struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "trials", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (read_trial(r, &at, e) != 0)
			return -1;
	}
	return 0;
}

static int read_unit(struct replay *r, const struct js_at *at, struct err *e)
{
	static const char *const names[] = {"cell",      "counted", "step",
	                                    "joined_ms", "step_ms", NULL};
	struct trial t = {0};
	int64_t cell;

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    js_get_int(&cell, at, "cell", 0,
	               (int64_t)plan_n_cells(&r->plan) - 1, e) != 0 ||
	    js_get_bool(&t.counted, at, "counted", e) != 0 ||
	    read_step(&t.step, at, e) != 0 ||
	    js_get_int(&t.granted_ms, at, "joined_ms", 0, NUM_JSON_MAX, e) !=
	            0 ||
	    js_get_int(&t.step_ms, at, "step_ms", 0, NUM_JSON_MAX, e) != 0)
		return -1;
	if (t.step != TRIAL_GRANTED && t.step != TRIAL_CONFIRMED &&
	    t.step != TRIAL_SILENT)
		return js_refuse(at, e, "'%s' is no step of a control unit",
		                 trial_step_name(t.step));
	if (r->units.len == REPLAY_TRIALS_MAX)
		return js_refuse(at, e, "more than %zu control units",
		                 REPLAY_TRIALS_MAX);
	t.cell = (int)cell;
	VEC_GROW(&r->units);
	r->units.items[r->units.len++] = t;
	return 0;
}

static int read_units(struct replay *r, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (!js_has(root, "units"))
		return 0;
	if (js_get_array(&list, &n, root, "units", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (read_unit(r, &at, e) != 0)
			return -1;
	}
	return 0;
}

/* A page has the trials and the units of the same places. */
static int64_t place(const struct replay *r)
{
	return (int64_t)(r->trials.len > r->units.len ? r->trials.len
	                                              : r->units.len);
}

/* ---- Pages ---- */

/* The first has the head, all others go on with the same rollout. */
static int read_start(struct replay *r, const struct js_at *root, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	struct js_at head;
	int64_t rollout;

	if (js_get_int(&rollout, root, "rollout", 1, NUM_JSON_MAX, e) != 0 ||
	    doc_hex_parse(sha256, SHA256_HEX_SIZE - 1, root, "plan_sha256",
	                  e) != 0)
		return -1;
	if (js_has(root, "head") == r->begun)
		return js_refuse(root, e,
		                 "the first page has a head, the others none");
	if (r->begun &&
	    (rollout != r->rollout || strcmp(sha256, r->sha256) != 0))
		return js_refuse(root, e, "is a page of another rollout");
	if (r->begun)
		return 0;
	r->rollout = rollout;
	memcpy(r->sha256, sha256, sizeof(r->sha256));
	if (js_get(&head, root, "head", e) != 0 || read_head(r, &head, e) != 0)
		return -1;
	r->begun = true;
	return 0;
}

static int read_page(struct replay *r, const struct js_at *root, struct err *e)
{
	static const char *const names[] = {"schema", "rollout", "plan_sha256",
	                                    "head",   "first",   "trials",
	                                    "units",  "next",    NULL};
	static const char *const schemas[] = {"rollout-export/1", NULL};
	struct js_at next;
	int64_t first;
	int schema;

	if (js_is_object(root, e) != 0 || js_only(root, names, e) != 0 ||
	    js_get_enum(&schema, root, "schema", schemas, e) != 0)
		return -1;
	if (r->ended)
		return js_refuse(root, e, "comes behind the last page");
	if (read_start(r, root, e) != 0 ||
	    js_get_int(&first, root, "first", place(r), place(r), e) != 0 ||
	    read_trials(r, root, e) != 0 || read_units(r, root, e) != 0 ||
	    js_get(&next, root, "next", e) != 0)
		return -1;
	r->ended = js_is_null(&next);
	/* Where the next one begins; a page that stands still would be asked
	 * for for ever. */
	return r->ended || js_as_int(&first, &next, place(r), place(r), e) == 0
	               ? 0
	               : -1;
}

int replay_add(struct replay *r, const char *name, const void *bytes,
               size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	return read_page(r, &root, e);
}

int replay_check(const struct replay *r, const char *name, struct err *e)
{
	if (r->begun && r->ended)
		return 0;
	return err_code(e, ERR_INVALID, "export_cut",
	                "%s: the export's %s page is missing", name,
	                r->begun ? "last" : "first");
}

void replay_fini(struct replay *r)
{
	plan_fini(&r->plan);
	free(r->trials.items);
	free(r->units.items);
	free(r->halts.items);
	*r = (struct replay){0};
}

#include "config.h"

#include "lib/rollout/state_doc.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NOTE_MAX 128

static const char *const understood[] = {"schema",  "repo",  "product",
                                         "channel", "rules", NULL};
static const char *const run_words[] = {"go", "hold", NULL};

static int note_parse(struct state_rule *r, const struct js_at *at,
                      struct err *e)
{
	struct js_at note;
	const char *text;

	if (!js_has(at, "note"))
		return 0;
	if (js_get(&note, at, "note", e) != 0 ||
	    js_as_str(&text, &note, NOTE_MAX, e) != 0)
		return -1;
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return js_refuse(&note, e,
			                 "control characters have no place");
	memcpy(r->note, text, strlen(text) + 1);
	return 0;
}

static int rule_parse(struct state_doc *s, const struct js_at *at,
                      struct err *e)
{
	struct state_rule *r = &s->rules[s->n_rules++];
	int64_t stage;
	int run;

	if (js_is_object(at, e) != 0 ||
	    doc_path_parse(r->plan_path, at, "plan", "plan/", s->head.product,
	                   e) != 0 ||
	    doc_hex_parse(r->plan_sha256, SHA256_HEX_SIZE - 1, at, "sha256",
	                  e) != 0 ||
	    js_get_int(&stage, at, "stage", 0, PLAN_STAGES_MAX - 1, e) != 0 ||
	    js_get_enum(&run, at, "run", run_words, e) != 0)
		return -1;
	r->stage = (int)stage;
	r->hold = run == 1;
	if (cells_parse(&r->halted, &r->n_halted, at, "halted", PLAN_CELLS_MAX,
	                true, e) != 0)
		return -1;
	if (js_has(at, "exclude") &&
	    doc_members_parse(&r->exclude, &r->n_exclude, at, "exclude",
	                      STATE_EXCLUDE_MAX, e) != 0)
		return -1;
	return note_parse(r, at, e);
}

static int rules_parse(struct state_doc *s, const struct js_at *root,
                       struct err *e)
{
	size_t n, excluded = 0;
	struct js_at list;

	if (js_get_array(&list, &n, root, "rules", 0, STATE_RULES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (rule_parse(s, &at, e) != 0)
			return -1;
		excluded += s->rules[i].n_exclude;
	}
	if (excluded > STATE_EXCLUDE_MAX)
		return js_refuse(&list, e,
		                 "%zu excluded devices in all rules, %d are "
		                 "allowed",
		                 excluded, STATE_EXCLUDE_MAX);
	return 0;
}

static int root_parse(struct state_doc *s, const struct js_at *root,
                      struct err *e)
{
	struct js_at at;
	const char *text;

	if (doc_head_parse(&s->head, root, "state/1", understood, e) != 0 ||
	    js_get(&at, root, "channel", e) != 0 ||
	    js_as_str(&text, &at, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_word(text))
		return js_refuse(&at, e, "'%s' is not a name", text);
	word_set(s->channel, text);
	return rules_parse(s, root, e);
}

int state_doc_parse(struct state_doc *out, const char *name, const void *bytes,
                    size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	*out = (struct state_doc){0};
	if (len > STATE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: %zu bytes, a state has at most %d", name,
		               len, STATE_BYTES_MAX);
	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (root_parse(out, &root, e) != 0) {
		state_doc_fini(out);
		return -1;
	}
	return 0;
}

void state_doc_fini(struct state_doc *s)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		free(s->rules[i].halted);
		free(s->rules[i].exclude);
	}
	*s = (struct state_doc){0};
}

int state_doc_check(const struct state_doc *s, const char *repo,
                    const char *product, const char *channel, struct err *e)
{
	if (strcmp(s->head.repo, repo) != 0)
		return err_code(e, ERR_UNTRUSTED, "wrong_repo",
		                "state: is of repository %s, %s is pinned",
		                s->head.repo, repo);
	if (strcmp(s->head.product, product) != 0)
		return err_code(e, ERR_UNTRUSTED, "wrong_product",
		                "state: is for product %s, this is %s",
		                s->head.product, product);
	if (strcmp(s->channel, channel) != 0)
		return err_code(e, ERR_UNTRUSTED, "wrong_channel",
		                "state: is for channel %s, this is %s",
		                s->channel, channel);
	return 0;
}

static bool covers(const struct cell *wide, const struct cell *c)
{
	return (strcmp(wide->hw, "*") == 0 || strcmp(wide->hw, c->hw) == 0) &&
	       (strcmp(wide->region, "*") == 0 ||
	        strcmp(wide->region, c->region) == 0);
}

/* Adds c to a list with room for it, unless an entry covers it; drops the
 * entries it covers. */
static size_t add_halted(struct cell *list, size_t n, const struct cell *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (covers(&list[i], c))
			return n;
	for (size_t i = 0; i < n; i++)
		if (!covers(c, &list[i]))
			list[kept++] = list[i];
	list[kept++] = *c;
	return kept;
}

void state_rule_halt(struct state_rule *r, const char *hw, const char *region)
{
	struct cell c;

	word_set(c.hw, hw);
	word_set(c.region, region);
	r->halted =
		xreallocarray(r->halted, r->n_halted + 1, sizeof(*r->halted));
	r->n_halted = add_halted(r->halted, r->n_halted, &c);
}

/* How coarse a rule's halted list is written. */
enum grain { GRAIN_CELLS, GRAIN_HW, GRAIN_ALL };

/* The list at this grain: (hw, "*") for each halted hw, or ("*", "*"). An
 * entry that spans hardware already goes to ("*", "*") at once. */
static size_t coarsen(struct cell *out, const struct state_rule *r,
                      enum grain grain)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_halted; i++) {
		struct cell c = r->halted[i];

		if (grain != GRAIN_CELLS)
			word_set(c.region, "*");
		if (grain == GRAIN_ALL)
			word_set(c.hw, "*");
		n = add_halted(out, n, &c);
	}
	return n;
}

static void rule_write(struct jw *w, const struct state_rule *r,
                       enum grain grain)
{
	SCOPED(free)
	struct cell *halted = xcalloc(r->n_halted, sizeof(*halted));
	size_t n = coarsen(halted, r, grain);

	jw_object(w);
	if (r->n_exclude > 0)
		doc_members_write(w, "exclude", r->exclude, r->n_exclude);
	cells_write(w, "halted", halted, n);
	if (r->note[0] != '\0')
		jw_put_str(w, "note", r->note);
	jw_put_str(w, "plan", r->plan_path);
	jw_put_str(w, "run", run_words[r->hold]);
	jw_put_str(w, "sha256", r->plan_sha256);
	jw_put_int(w, "stage", r->stage);
	jw_end_object(w);
}

static void write_at(struct buf *out, const struct state_doc *s,
                     const enum grain grain[STATE_RULES_MAX])
{
	struct jw w;

	jw_init_canonical(&w, out);
	jw_object(&w);
	jw_put_str(&w, "channel", s->channel);
	jw_key(&w, "critical");
	jw_array(&w);
	jw_end_array(&w);
	jw_put_str(&w, "product", s->head.product);
	jw_put_str(&w, "repo", s->head.repo);
	jw_key(&w, "rules");
	jw_array(&w);
	for (size_t i = 0; i < s->n_rules; i++)
		rule_write(&w, &s->rules[i], grain[i]);
	jw_end_array(&w);
	jw_put_str(&w, "schema", "state/1");
	jw_end_object(&w);
}

/* Makes the longest list that can still shrink one step coarser; false when
 * none can. */
static bool coarsen_one(const struct state_doc *s,
                        enum grain grain[STATE_RULES_MAX])
{
	size_t longest = 0, which = s->n_rules;

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct state_rule *r = &s->rules[i];
		SCOPED(free)
		struct cell *list = xcalloc(r->n_halted, sizeof(*list));
		size_t n = coarsen(list, r, grain[i]);

		if (grain[i] != GRAIN_ALL && n > longest) {
			longest = n;
			which = i;
		}
	}
	if (which == s->n_rules)
		return false;
	grain[which]++;
	return true;
}

int state_doc_write(struct buf *out, const struct state_doc *s, struct err *e)
{
	enum grain grain[STATE_RULES_MAX] = {GRAIN_CELLS};

	do {
		SCOPED(buf_fini)
		struct buf bytes = BUF_INIT(STATE_BYTES_MAX);

		write_at(&bytes, s, grain);
		if (!buf_failed(&bytes)) {
			buf_add(out, bytes.data, bytes.len);
			return buf_failed(out)
			               ? err_set(e, ERR_TOO_LARGE,
			                         "state of %s/%s: above %zu "
			                         "bytes",
			                         s->head.product, s->channel,
			                         out->max_bytes)
			               : 0;
		}
	} while (coarsen_one(s, grain));
	return err_set(e, ERR_TOO_LARGE, "state of %s/%s: above %d bytes",
	               s->head.product, s->channel, STATE_BYTES_MAX);
}

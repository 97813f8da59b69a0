#include "config.h"

#include "server/repo/online.h"

#include "lib/base/mem.h"
#include "lib/tuf/snapshot.h"
#include "server/repo/online_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A canonical role file; far above what 64 products need. */
#define ROLE_BYTES_MAX ((size_t)16 << 20)

struct online *online_ref(struct online *o)
{
	o->refs++;
	return o;
}

void online_unref(struct online *o)
{
	if (o == NULL || --o->refs > 0)
		return;
	for (size_t i = 0; i < o->n_states; i++) {
		free(o->states[i].name);
		free(o->states[i].bytes);
		state_doc_fini(&o->states[i].doc);
	}
	for (size_t i = 0; i < o->n_files; i++)
		file_unref(o->files[i]);
	free(o->states);
	free(o->files);
	set_unref(o->set);
	free(o);
}

const struct state_file *online_state(const struct online *o,
                                      const char *product, const char *channel)
{
	for (size_t i = 0; i < o->n_states; i++)
		if (strcmp(o->states[i].product, product) == 0 &&
		    strcmp(o->states[i].channel, channel) == 0)
			return &o->states[i];
	return NULL;
}

struct file *online_role(const struct online *o, const char *role)
{
	for (size_t i = 0; i < o->n_files; i++)
		if (strcmp(o->files[i]->role, role) == 0)
			return o->files[i];
	return NULL;
}

/* ---- State files ---- */

static int add_rule(struct state_file *f, const struct catalog_plan *plan,
                    const struct online_rollout *r, struct err *e)
{
	struct state_rule *rule = &f->doc.rules[f->doc.n_rules];

	if (f->doc.n_rules == STATE_RULES_MAX)
		return err_code(e, ERR_CONFLICT, "too_many_rollouts",
		                "%s: more than %d rollouts for one channel; "
		                "retire a plan first",
		                f->path, STATE_RULES_MAX);
	(void)snprintf(rule->plan_path, sizeof(rule->plan_path), "%s",
	               plan->path);
	memcpy(rule->plan_sha256, plan->sha256, SHA256_HEX_SIZE);
	rule->stage = r->stage;
	rule->hold = r->hold;
	memcpy(rule->note, r->note, sizeof(rule->note));
	rule->n_exclude = r->n_exclude;
	rule->exclude = xcalloc(r->n_exclude + 1, sizeof(*rule->exclude));
	if (r->n_exclude > 0)
		memcpy(rule->exclude, r->exclude,
		       r->n_exclude * sizeof(*rule->exclude));
	for (size_t i = 0; i < r->n_halted; i++)
		state_rule_halt(rule, r->halted[i].hw, r->halted[i].region);
	f->rules[f->doc.n_rules] = (struct offer_rule){
		.rule = rule,
		.plan = &plan->plan,
		.release = &plan->release->fw,
	};
	f->doc.n_rules++;
	return 0;
}

void online_finish_state(struct state_file *f, const struct online *o)
{
	hash_sha256_hex(f->sha256, f->bytes, f->len);
	f->name = set_target_name(f->path, f->sha256);
	f->world = (struct offer_world){
		.repo = o->set->catalog.repo,
		.product = f->product,
		.channel = f->channel,
		.has_state = true,
		.rules = f->rules,
		.n_rules = f->doc.n_rules,
	};
}

static int fill_state(struct state_file *f, const struct online *o,
                      const struct catalog_product *p, const char *channel,
                      const struct online_rollout *rollouts, size_t n,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(STATE_BYTES_MAX);

	(void)snprintf(f->product, sizeof(f->product), "%s", p->product);
	(void)snprintf(f->channel, sizeof(f->channel), "%s", channel);
	(void)snprintf(f->path, sizeof(f->path), "rollout/%s/%s.json",
	               p->product, channel);
	memcpy(f->doc.head.repo, o->set->catalog.repo, REPO_ID_SIZE);
	memcpy(f->doc.head.product, f->product, sizeof(f->product));
	memcpy(f->doc.channel, f->channel, sizeof(f->channel));
	for (size_t i = 0; i < n; i++) {
		const struct catalog_plan *plan;

		if (strcmp(rollouts[i].product, p->product) != 0)
			continue;
		plan = catalog_plan(p, rollouts[i].plan_path);
		if (plan != NULL && words_has(&plan->plan.channels, channel) &&
		    add_rule(f, plan, &rollouts[i], e) != 0)
			return -1;
	}
	if (state_doc_write(&b, &f->doc, e) != 0)
		return -1;
	f->len = b.len;
	f->bytes = buf_take(&b);
	online_finish_state(f, o);
	return 0;
}

/* Every channel that some plan of the product names has a state file. */
static void channels_of(struct words *out, const struct catalog_product *p)
{
	out->n = 0;
	for (size_t i = 0; i < p->n_plans; i++) {
		const struct words *c = &p->plans[i].plan.channels;

		for (size_t k = 0; k < c->n && out->n < WORDS_MAX; k++)
			if (!words_has(out, c->w[k]))
				memcpy(out->w[out->n++], c->w[k],
				       sizeof(out->w[0]));
	}
}

static int build_states(struct online *o, const struct online_rollout *rollouts,
                        size_t n, struct err *e)
{
	const struct catalog *c = &o->set->catalog;
	struct words channels;
	size_t total = 0;

	for (size_t i = 0; i < c->n_products; i++) {
		channels_of(&channels, &c->products[i]);
		total += channels.n;
	}
	/* Worlds point into this array, so it is made once, at its size. */
	o->states = xcalloc(total, sizeof(*o->states));
	for (size_t i = 0; i < c->n_products; i++) {
		channels_of(&channels, &c->products[i]);
		for (size_t k = 0; k < channels.n; k++) {
			struct state_file *f = &o->states[o->n_states++];

			if (fill_state(f, o, &c->products[i], channels.w[k],
			               rollouts, n, e) != 0)
				return -1;
		}
	}
	return 0;
}

/* ---- Signed roles ---- */

/* A clock may be set back by this much before what it signed looks like
 * signed in the future. Seconds. */
#define AHEAD_MAX_S 300

int64_t online_life_s(const struct online_lives *l, const char *role)
{
	if (strcmp(role, "timestamp") == 0)
		return l->timestamp_s;
	return strcmp(role, "snapshot") == 0 ? l->snapshot_s : l->rollout_s;
}

int64_t online_interval_s(const struct online_lives *l, const char *role)
{
	int64_t third = online_life_s(l, role) / 3;

	return l->refresh_s > 0 && l->refresh_s < third ? l->refresh_s : third;
}

/* A file that was signed ahead of now would stay young for ever, and one that
 * was signed for a longer life than today's is not what the operator wants. */
static bool is_young(const struct online_lives *l, const char *role,
                     int32_t early_ppm, int64_t expires_s, int64_t now_s)
{
	int64_t signed_s = expires_s - online_life_s(l, role);
	int64_t interval = online_interval_s(l, role);

	return signed_s <= now_s + AHEAD_MAX_S &&
	       now_s < signed_s + interval - interval * early_ppm / 1000000;
}

/* What says the same stays as it is. */
static bool may_stay(const struct online_maker *m, const struct file *was)
{
	return m->keep_expiry || is_young(&m->lives, was->role, m->early_ppm,
	                                  file_expires_s(was), m->now_s);
}

static int64_t new_expiry(const struct online_maker *m, const struct file *was,
                          const char *role)
{
	return m->keep_expiry && was != NULL
	               ? file_expires_s(was)
	               : m->now_s + online_life_s(&m->lives, role);
}

/* Signs and appends one file. */
static int add_file(struct online *o, const struct online_maker *m,
                    const char *role, int64_t version, int64_t expires_s,
                    const struct buf *signed_bytes, struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(ROLE_BYTES_MAX);
	char name[TUF_ROLE_MAX + 32];
	struct tuf_quorum by;
	struct file *f;

	by = set_quorum(o->set, role);
	if (signer_sign(m->signer, o->set->catalog.repo, role, &by,
	                signed_bytes, &out, e) != 0)
		return -1;
	if (strcmp(role, "timestamp") == 0)
		(void)snprintf(name, sizeof(name), "timestamp.json");
	else
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               version, role);
	f = file_new(name, version, buf_str(&out), out.len, e);
	if (f == NULL)
		return -1;
	f->expires_s = expires_s;
	o->files[o->n_files++] = f;
	return 0;
}

/* A file stays only under the keys that a client will ask for: after a
 * rotation what says the same is signed anew. */
static bool still_signed(const struct online *o, const struct online *previous,
                         struct file *was)
{
	struct tuf_quorum by = set_quorum(o->set, was->role);
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = NULL;

	if (o->set == previous->set)
		return true;
	d = file_read(was, NULL);
	return d != NULL && tuf_doc_check(d, was->name, &by, was->bytes,
	                                  was->len, NULL) == 0;
}

static void keep_file(struct online *o, const struct online *previous,
                      const char *role)
{
	for (size_t i = 0; i < previous->n_files; i++)
		if (strcmp(previous->files[i]->role, role) == 0)
			o->files[o->n_files++] = file_ref(previous->files[i]);
}

static int64_t version_before(const struct online *previous, const char *role)
{
	const struct file *f =
		previous != NULL ? online_role(previous, role) : NULL;

	return f != NULL ? f->version : 0;
}

/* The product's states are byte for byte those of `previous`. */
static bool same_states(const struct online *o, const struct online *previous,
                        const char *product)
{
	size_t mine = 0, theirs = 0;

	for (size_t i = 0; i < o->n_states; i++) {
		const struct state_file *was;

		if (strcmp(o->states[i].product, product) != 0)
			continue;
		mine++;
		was = online_state(previous, product, o->states[i].channel);
		if (was == NULL ||
		    strcmp(was->sha256, o->states[i].sha256) != 0)
			return false;
	}
	for (size_t i = 0; i < previous->n_states; i++)
		theirs += strcmp(previous->states[i].product, product) == 0;
	return mine == theirs;
}

static int build_rollout_role(struct online *o, struct online_maker *m,
                              const struct online *previous,
                              const char *product, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(ROLE_BYTES_MAX);
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	char role[TUF_ROLE_MAX];
	struct file *was;

	(void)snprintf(role, sizeof(role), "rollout.%s", product);
	was = previous != NULL ? online_role(previous, role) : NULL;
	if (was != NULL && same_states(o, previous, product) &&
	    still_signed(o, previous, was) && may_stay(m, was)) {
		keep_file(o, previous, role);
		return 0;
	}
	if (journal_version(m->journal, role, version_before(previous, role),
	                    &t.version, e) != 0)
		return -1;
	t.expires_s = new_expiry(m, was, role);
	for (size_t i = 0; i < o->n_states; i++) {
		const struct state_file *f = &o->states[i];

		if (strcmp(f->product, product) == 0)
			tuf_targets_put(&t, f->path, (int64_t)f->len, f->sha256,
			                NULL);
	}
	if (tuf_targets_write(&b, &t, e) != 0)
		return -1;
	return add_file(o, m, role, t.version, t.expires_s, &b, e);
}

static bool same_entries(const struct tuf_snapshot *a,
                         const struct tuf_snapshot *b)
{
	if (a->n_files != b->n_files)
		return false;
	for (size_t i = 0; i < a->n_files; i++)
		if (strcmp(a->files[i].role, b->files[i].role) != 0 ||
		    a->files[i].version != b->files[i].version ||
		    strcmp(a->files[i].sha256, b->files[i].sha256) != 0)
			return false;
	return true;
}

/* A listing that was read back: does it say what `s` says? */
static bool says(struct file *was, const struct tuf_snapshot *s)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = file_read(was, NULL);

	return d != NULL && same_entries(&d->listing, s);
}

static bool same_file(const struct file *a, const struct file *b)
{
	return a == b || (strcmp(a->name, b->name) == 0 && a->len == b->len &&
	                  strcmp(a->sha256, b->sha256) == 0);
}

static bool same_offline(const struct set *a, const struct set *b)
{
	if (a == b)
		return true;
	if (a->n_roles != b->n_roles || a->n_retired != b->n_retired)
		return false;
	for (size_t i = 0; i < a->n_roles; i++) {
		const struct set_role *r = set_role(b, a->roles[i].name);

		if (r == NULL || !same_file(a->roles[i].file, r->file))
			return false;
	}
	for (size_t i = 0; i < a->n_retired; i++)
		if (!same_file(a->retired[i], b->retired[i]))
			return false;
	return true;
}

/* Without reading a snapshot: what it lists is known. o->files are the
 * rollouts' so far. */
static bool same_listed(const struct online *o, const struct online *previous)
{
	if (previous->n_files != o->n_files + 2 ||
	    !same_offline(o->set, previous->set))
		return false;
	for (size_t i = 0; i < o->n_files; i++)
		if (online_role(previous, o->files[i]->role) != o->files[i])
			return false;
	return true;
}

/* Snapshot or timestamp over the files in `s`; kept when it says the same, as
 * `is_same` knows, and is young. */
static int build_listing(struct online *o, struct online_maker *m,
                         const struct online *previous, enum tuf_type type,
                         struct tuf_snapshot *s, bool is_same, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(ROLE_BYTES_MAX);
	const char *role = tuf_type_name(type);
	struct file *was =
		previous != NULL ? online_role(previous, role) : NULL;

	if (was != NULL && is_same && still_signed(o, previous, was) &&
	    may_stay(m, was)) {
		keep_file(o, previous, role);
		return 0;
	}
	if (journal_version(m->journal, role, version_before(previous, role),
	                    &s->version, e) != 0)
		return -1;
	s->expires_s = new_expiry(m, was, role);
	if (tuf_snapshot_write(&b, type, s, e) != 0)
		return -1;
	return add_file(o, m, role, s->version, s->expires_s, &b, e);
}

static void list(struct tuf_snapshot *s, const struct file *f)
{
	tuf_snapshot_put_hashed(s, f->role, f->version, f->len, f->sha256);
}

/* The set and the rollouts' files. */
static void list_all(struct tuf_snapshot *s, const struct online *o)
{
	for (size_t i = 0; i < o->set->n_retired; i++)
		list(s, o->set->retired[i]);
	for (size_t i = 0; i < o->set->n_roles; i++)
		list(s, o->set->roles[i].file);
	for (size_t i = 0; i < o->n_files; i++)
		if (file_type(o->files[i]) == TUF_TARGETS)
			list(s, o->files[i]);
}

bool online_lists_set(const struct online *o)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};
	struct file *snapshot = online_role(o, "snapshot");

	list_all(&s, o);
	return snapshot != NULL && says(snapshot, &s);
}

static int build_snapshot(struct online *o, struct online_maker *m,
                          const struct online *previous, struct err *e)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};
	struct file *was =
		previous != NULL ? online_role(previous, "snapshot") : NULL;

	list_all(&s, o);
	return build_listing(o, m, previous, TUF_SNAPSHOT, &s,
	                     was != NULL && (previous->is_whole
	                                             ? same_listed(o, previous)
	                                             : says(was, &s)),
	                     e);
}

static int build_timestamp(struct online *o, struct online_maker *m,
                           const struct online *previous, struct err *e)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};
	struct file *snapshot = online_role(o, "snapshot");
	struct file *was =
		previous != NULL ? online_role(previous, "timestamp") : NULL;

	o->snapshot_version = snapshot->version;
	list(&s, snapshot);
	if (build_listing(o, m, previous, TUF_TIMESTAMP, &s,
	                  was != NULL && says(was, &s), e) != 0)
		return -1;
	o->timestamp_version = online_role(o, "timestamp")->version;
	return 0;
}

struct online *online_new(struct online_maker *m, struct set *set,
                          const struct online *previous,
                          const struct online_rollout *rollouts, size_t n,
                          struct err *e)
{
	struct online *o = xcalloc(1, sizeof(*o));
	const struct catalog *c = &set->catalog;

	o->refs = 1;
	o->set = set_ref(set);
	o->files = xcalloc(c->n_products + 2, sizeof(struct file *));
	if (build_states(o, rollouts, n, e) != 0)
		goto refuse;
	for (size_t i = 0; i < c->n_products; i++)
		if (build_rollout_role(o, m, previous, c->products[i].product,
		                       e) != 0)
			goto refuse;
	if (build_snapshot(o, m, previous, e) != 0 ||
	    build_timestamp(o, m, previous, e) != 0)
		goto refuse;
	o->is_whole = true;
	return o;
refuse:
	online_unref(o);
	return NULL;
}

bool online_is_same(const struct online *a, const struct online *b)
{
	if (a->n_files != b->n_files)
		return false;
	for (size_t i = 0; i < a->n_files; i++)
		if (a->files[i] != b->files[i])
			return false;
	return true;
}

bool online_is_due(const struct online *o, const struct online_lives *l,
                   int32_t early_ppm, int64_t now_s)
{
	for (size_t i = 0; i < o->n_files; i++)
		if (!is_young(l, o->files[i]->role, early_ppm,
		              file_expires_s(o->files[i]), now_s))
			return true;
	return false;
}

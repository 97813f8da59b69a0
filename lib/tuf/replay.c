#include "config.h"

#include "lib/tuf/replay.h"

#include "lib/base/mem.h"
#include "lib/tuf/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was given: its place in history and its bytes' hash. */
struct issue {
	char role[TUF_ROLE_MAX];
	int64_t version;
	char sha256[SHA256_HEX_SIZE];
};

/* Who could sign a role at some time. Keys are copied: files come and go. */
struct authority {
	char role[TUF_ROLE_MAX];
	struct tuf_succinct succinct; /* of bins, instead of a role */
	struct key_public *keys;
	size_t n_keys;
	char (*keyids)[KEY_ID_SIZE];
	size_t n_keyids;
	int64_t threshold;
};

struct listing { /* of a snapshot */
	char role[TUF_ROLE_MAX];
	int64_t version, snapshot;
};

struct replay {
	struct {
		struct issue *items;
		size_t len, cap;
	} issued;
	struct {
		struct authority *items;
		size_t len, cap;
	} authorities;
	struct {
		struct listing *items;
		size_t len, cap;
	} listed;
	struct {
		char (*items)[TUF_ROLE_MAX];
		size_t len, cap;
	} delegated;
	struct tuf_root root; /* the newest */
};

struct replay *replay_new(void)
{
	return xcalloc(1, sizeof(struct replay));
}

void replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->authorities.len; i++) {
		free(r->authorities.items[i].keys);
		free(r->authorities.items[i].keyids);
	}
	free(r->authorities.items);
	free(r->issued.items);
	free(r->listed.items);
	free(r->delegated.items);
	tuf_root_fini(&r->root);
	free(r);
}

const char *replay_delegated(const struct replay *r, size_t i)
{
	return i < r->delegated.len ? r->delegated.items[i] : NULL;
}

/* ---- Issues ---- */

/* The versions of one role come rising, so the last one is the highest. */
static const struct issue *last_of(const struct replay *r, const char *role)
{
	for (size_t i = r->issued.len; i-- > 0;)
		if (strcmp(r->issued.items[i].role, role) == 0)
			return &r->issued.items[i];
	return NULL;
}

static const struct issue *find_issue(const struct replay *r, const char *role,
                                      int64_t version)
{
	for (size_t i = 0; i < r->issued.len; i++)
		if (r->issued.items[i].version == version &&
		    strcmp(r->issued.items[i].role, role) == 0)
			return &r->issued.items[i];
	return NULL;
}

static void note_issue(struct replay *r, const char *role, int64_t version,
                       const void *bytes, size_t len)
{
	struct issue *i;

	VEC_GROW(&r->issued);
	i = &r->issued.items[r->issued.len++];
	*i = (struct issue){.version = version};
	(void)snprintf(i->role, sizeof(i->role), "%s", role);
	hash_sha256_hex(i->sha256, bytes, len);
}

int replay_seen(const struct replay *r, const char *role, int64_t version,
                const void *bytes, size_t len, struct err *e)
{
	const struct issue *i = find_issue(r, role, version);
	char sha256[SHA256_HEX_SIZE];

	if (i == NULL)
		return 0;
	hash_sha256_hex(sha256, bytes, len);
	if (strcmp(i->sha256, sha256) == 0)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "reissued",
	                "%s: version %" PRId64
	                " was issued twice: sha256 %.16s… and %.16s…",
	                role, version, i->sha256, sha256);
}

/* ---- Authorities ---- */

static bool same_bins(const struct tuf_succinct *a,
                      const struct tuf_succinct *b)
{
	if (b == NULL)
		return !a->present;
	return a->present && a->bit_length == b->bit_length &&
	       strcmp(a->name_prefix, b->name_prefix) == 0;
}

/* An id is the hash of its key, so the same ids are the same keys. */
static bool have_authority(const struct replay *r, const char *role,
                           const struct tuf_quorum *q,
                           const struct tuf_succinct *bins)
{
	for (size_t i = r->authorities.len; i-- > 0;) {
		const struct authority *a = &r->authorities.items[i];

		if (strcmp(a->role, role) == 0 &&
		    same_bins(&a->succinct, bins) &&
		    a->threshold == q->threshold &&
		    a->n_keyids == q->n_keyids &&
		    (q->n_keyids == 0 ||
		     memcmp(a->keyids, q->keyids,
		            q->n_keyids * sizeof(*q->keyids)) == 0))
			return true;
	}
	return false;
}

/* Only the role's own keys, of all that its delegator knows. */
static void copy_keys(struct authority *a, const struct tuf_quorum *q)
{
	a->keys = xcalloc(q->n_keyids + 1, sizeof(*a->keys));
	a->keyids = xcalloc(q->n_keyids + 1, sizeof(*a->keyids));
	for (size_t i = 0; i < q->n_keyids; i++) {
		memcpy(a->keyids[a->n_keyids++], q->keyids[i], KEY_ID_SIZE);
		for (size_t k = 0; k < q->n_keys; k++)
			if (strcmp(q->keys[k].id, q->keyids[i]) == 0)
				a->keys[a->n_keys++] = q->keys[k];
	}
}

/* role "" for bins. */
static void add_authority(struct replay *r, const char *role,
                          const struct tuf_quorum *q,
                          const struct tuf_succinct *bins)
{
	struct authority *a;

	if (have_authority(r, role, q, bins))
		return;
	VEC_GROW(&r->authorities);
	a = &r->authorities.items[r->authorities.len++];
	*a = (struct authority){.threshold = q->threshold};
	(void)snprintf(a->role, sizeof(a->role), "%s", role);
	if (bins != NULL) {
		a->succinct = *bins;
		a->succinct.keyids = NULL; /* those of the delegator's file */
	}
	copy_keys(a, q);
}

static void note_delegated(struct replay *r, const char *role)
{
	for (size_t i = 0; i < r->delegated.len; i++)
		if (strcmp(r->delegated.items[i], role) == 0)
			return;
	VEC_GROW(&r->delegated);
	(void)snprintf(r->delegated.items[r->delegated.len++], TUF_ROLE_MAX,
	               "%s", role);
}

static struct tuf_quorum quorum_of(const struct authority *a)
{
	return (struct tuf_quorum){.keys = a->keys,
	                           .n_keys = a->n_keys,
	                           .keyids = a->keyids,
	                           .n_keyids = a->n_keyids,
	                           .threshold = a->threshold};
}

/* Some authority of the role's history vouches for it; the newest first, so
 * that the refusal speaks of the oldest only when all fail. */
static int check_authority(const struct replay *r, const char *role,
                           const struct tuf_envelope *env, struct err *e)
{
	bool known = false;

	for (size_t i = r->authorities.len; i-- > 0;) {
		const struct authority *a = &r->authorities.items[i];
		struct tuf_quorum q = quorum_of(a);
		bool mine = a->succinct.present
		                    ? tuf_succinct_is_bin(&a->succinct, role)
		                    : strcmp(a->role, role) == 0;

		if (!mine)
			continue;
		known = true;
		if (tuf_quorum_check(&q, env, e) == 0)
			return 0;
	}
	if (!known)
		return err_code(e, ERR_UNTRUSTED, "unknown_role",
		                "%s: nobody ever delegated to %s",
		                env->doc.name, role);
	err_context(e, "by the keys of no time");
	return -1;
}

/* ---- Root ---- */

int replay_root(struct replay *r, const void *bytes, size_t len, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	struct tuf_root next = {0};
	struct tuf_quorum q, before;
	char name[40];

	(void)snprintf(name, sizeof(name), "%" PRId64 ".root.json",
	               r->root.version + 1);
	if (tuf_envelope_parse(&env, TUF_ROOT, name, bytes, len, e) != 0 ||
	    tuf_root_parse(&next, &env, e) != 0)
		return -1;
	q = tuf_root_quorum(&next, TUF_ROOT);
	before = tuf_root_quorum(r->root.version > 0 ? &r->root : &next,
	                         TUF_ROOT);
	if (next.version != r->root.version + 1) {
		(void)err_code(e, ERR_UNTRUSTED, "version",
		               "%s: is version %" PRId64 " inside", name,
		               next.version);
		goto refuse;
	}
	/* TUF 5.3.4: the threshold of the root before it and its own. */
	if (tuf_quorum_check(&q, &env, e) != 0 ||
	    tuf_quorum_check(&before, &env, e) != 0)
		goto refuse;
	if (r->root.version > 0 && strcmp(r->root.repo, next.repo) != 0) {
		(void)err_code(e, ERR_UNTRUSTED, "wrong_repo",
		               "%s: is of repository %s, the one before it of "
		               "%s",
		               name, next.repo, r->root.repo);
		goto refuse;
	}
	for (int t = TUF_TIMESTAMP; t <= TUF_TARGETS; t++) {
		q = tuf_root_quorum(&next, (enum tuf_type)t);
		add_authority(r, tuf_type_name((enum tuf_type)t), &q, NULL);
	}
	tuf_root_fini(&r->root);
	r->root = next;
	note_issue(r, "root", next.version, bytes, len);
	return 0;
refuse:
	tuf_root_fini(&next);
	return -1;
}

/* ---- Others ---- */

static int take_targets(struct replay *r, const char *role,
                        const struct tuf_envelope *env, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	struct tuf_quorum q;

	if (tuf_targets_parse(&t, role, env, e) != 0)
		return -1;
	for (size_t i = 0; i < t.n_roles; i++) {
		q = tuf_targets_quorum(&t, &t.roles[i]);
		add_authority(r, t.roles[i].name, &q, NULL);
		note_delegated(r, t.roles[i].name);
	}
	if (t.succinct.present) {
		q = tuf_succinct_quorum(&t);
		add_authority(r, "", &q, &t.succinct);
	}
	return 0;
}

static int take_snapshot(struct replay *r, const struct tuf_envelope *env,
                         struct err *e)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};

	if (tuf_snapshot_parse(&s, env, e) != 0)
		return -1;
	for (size_t i = 0; i < s.n_files; i++) {
		struct listing *l;

		VEC_GROW(&r->listed);
		l = &r->listed.items[r->listed.len++];
		*l = (struct listing){.version = s.files[i].version,
		                      .snapshot = env->version};
		(void)snprintf(l->role, sizeof(l->role), "%s", s.files[i].role);
	}
	return 0;
}

static enum tuf_type type_of(const char *role)
{
	if (strcmp(role, "timestamp") == 0)
		return TUF_TIMESTAMP;
	return strcmp(role, "snapshot") == 0 ? TUF_SNAPSHOT : TUF_TARGETS;
}

static int check_version(const struct replay *r, const char *role,
                         int64_t version, const struct tuf_envelope *env,
                         const void *bytes, size_t len, struct err *e)
{
	const struct issue *last = last_of(r, role);

	/* Only then can it have been given before. */
	if (last != NULL && last->version >= version &&
	    replay_seen(r, role, version, bytes, len, e) != 0)
		return -1;
	if (env->version != version)
		return err_code(e, ERR_UNTRUSTED, "version",
		                "%s: is version %" PRId64 " inside",
		                env->doc.name, env->version);
	if (last != NULL && last->version >= version)
		return err_code(e, ERR_UNTRUSTED, "version",
		                "%s: comes after version %" PRId64,
		                env->doc.name, last->version);
	return 0;
}

int replay_role(struct replay *r, const char *role, int64_t version,
                const void *bytes, size_t len, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	enum tuf_type type = type_of(role);
	char name[TUF_ROLE_MAX + 32];

	(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json", version,
	               role);
	if (tuf_envelope_parse(&env, type, name, bytes, len, e) != 0 ||
	    check_version(r, role, version, &env, bytes, len, e) != 0 ||
	    check_authority(r, role, &env, e) != 0)
		return -1;
	if (type == TUF_TARGETS && take_targets(r, role, &env, e) != 0)
		return -1;
	if (type == TUF_SNAPSHOT && take_snapshot(r, &env, e) != 0)
		return -1;
	note_issue(r, role, version, bytes, len);
	return 0;
}

/* ---- The end ---- */

static int by_issue(const void *a, const void *b)
{
	const struct issue *x = a, *y = b;
	int order = strcmp(x->role, y->role);

	if (order != 0)
		return order;
	return x->version < y->version ? -1 : x->version > y->version;
}

static int check_listed(const struct replay *r, const struct issue *sorted,
                        struct err *e)
{
	for (size_t i = 0; i < r->listed.len; i++) {
		const struct listing *l = &r->listed.items[i];
		struct issue want = {.version = l->version};

		memcpy(want.role, l->role, sizeof(want.role));
		if (bsearch(&want, sorted, r->issued.len, sizeof(want),
		            by_issue) == NULL)
			return err_code(e, ERR_UNTRUSTED, "missing",
			                "%s: snapshot %" PRId64
			                " lists version %" PRId64
			                ", which is nowhere",
			                l->role, l->snapshot, l->version);
	}
	return 0;
}

int replay_end(const struct replay *r, struct replay_counts *out, struct err *e)
{
	size_t n = r->issued.len;
	SCOPED(free)
	struct issue *sorted = xcalloc(n + 1, sizeof(*sorted));

	*out = (struct replay_counts){.versions = n, .root = r->root.version};
	/* "All verify" would be true of none, and says what nobody asked. */
	if (n == 0)
		return err_code(e, ERR_NOT_FOUND, "nothing_published",
		                "no version of any role was ever issued here: "
		                "there is nothing to verify");
	if (n > 0)
		memcpy(sorted, r->issued.items, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_issue);
	for (size_t i = 0; i < n; i++)
		out->roles += i == 0 ||
		              strcmp(sorted[i - 1].role, sorted[i].role) != 0;
	return check_listed(r, sorted, e);
}

#include "config.h"

#include "repo-tools/folder/stage.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <string.h>

/* Signed, or out of the house: somewhere there may be a signature over these
 * bytes, and their number is theirs. */
static bool is_out(const struct workspace *ws, const struct workspace_role *r)
{
	return r->staged->env.n_sigs > 0 ||
	       drafts_exported(ws->drafts, r->name) >=
	               role_doc_version(r->staged);
}

/* An earlier draft nobody has seen gives its number to the next. */
static int64_t next_version(const struct workspace *ws, const char *role)
{
	const struct workspace_role *r = workspace_role(ws, role);
	int64_t next = workspace_next_version(ws, role), staged;

	if (r == NULL || r->staged == NULL || role_doc_is_root(r->staged))
		return next;
	staged = role_doc_version(r->staged);
	if (is_out(ws, r))
		return staged + 1;
	return staged > next ? staged : next;
}

/* Bins have the keys that the role itself has. */
static void follow_keys(struct tuf_targets *t, const struct workspace *ws,
                        const char *role)
{
	struct bins bins = workspace_bins(ws, role);
	struct tuf_quorum q[2];

	if (bins.present && workspace_quorums(q, ws, role, false) == 1)
		bins_declare(t, role, bins.shape.bit_length, bins.by_prefix,
		             &q[0]);
}

int stage_draft(struct tuf_targets *out, const struct workspace *ws,
                const char *role, struct err *e)
{
	const struct role_doc *d = workspace_latest(ws, role);

	*out = (struct tuf_targets){0};
	if (d != NULL && role_doc_copy_targets(out, d, e) != 0)
		return -1;
	out->version = next_version(ws, role);
	out->expires_s = ws->now_s + workspace_role_life_s(ws, role);
	follow_keys(out, ws, role);
	return 0;
}

int stage_draft_root(struct tuf_root *out, const struct workspace *ws,
                     struct err *e)
{
	const struct role_doc *d = workspace_latest(ws, "root");

	*out = (struct tuf_root){0};
	if (d != NULL && role_doc_copy_root(out, d, e) != 0)
		return -1;
	out->version = next_version(ws, "root");
	out->expires_s = ws->now_s + workspace_role_life_s(ws, "root");
	return 0;
}

int stage_check_finished(const struct workspace *ws, struct err *e)
{
	if (!ws->unfinished || ws->finishing)
		return 0;
	return err_code(e, ERR_CONFLICT, "unfinished",
	                "%s: a change of keys was interrupted; pawl-repo "
	                "rotate, revoke or threshold, the same command again, "
	                "finishes it",
	                ws->dir);
}

/* Where nothing or an older one stands. */
static int write_staged(struct stage_batch *b, const struct workspace *ws,
                        const char *role, const struct buf *file, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "staged/%s.json", role);
	SCOPED(free)
	char *dir = workspace_path(ws, "staged");

	if (stage_check_finished(ws, e) != 0 || fs_mkdir(dir, 0755, e) != 0)
		return -1;
	return fs_batch_write(&b->files, path, buf_str(file), file->len, 0644,
	                      e);
}

/* A root has no other number to go on with, so its bytes are given up. */
static bool gives_up_root(char sha256[SHA256_HEX_SIZE],
                          const struct workspace *ws,
                          const struct workspace_role *r,
                          const struct buf *next)
{
	const struct buf *was = &r->staged->env.canonical;

	if (!role_doc_is_root(r->staged) || !is_out(ws, r) ||
	    (was->len == next->len &&
	     memcmp(buf_str(was), buf_str(next), next->len) == 0))
		return false;
	hash_sha256_hex(sha256, buf_str(was), was->len);
	return true;
}

/* That is written before they are gone. */
static int give_up_root(const struct workspace *ws,
                        const struct workspace_role *r, const struct buf *next,
                        struct err *e)
{
	char sha256[SHA256_HEX_SIZE];

	if (!gives_up_root(sha256, ws, r, next))
		return 0;
	if (drafts_drop_root(ws->drafts, sha256, e) != 0)
		return -1;
	return drafts_write(ws->drafts, e);
}

int stage_check_root(const struct workspace *ws, const struct tuf_root *next,
                     struct err *e)
{
	const struct workspace_role *r = workspace_role(ws, "root");
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_ROOT_MAX);
	char sha256[SHA256_HEX_SIZE];

	if (r == NULL || r->staged == NULL)
		return 0;
	if (tuf_root_write(&bytes, next, e) != 0)
		return -1;
	if (!gives_up_root(sha256, ws, r, &bytes))
		return 0;
	return drafts_check_room(ws->drafts, sha256, e);
}

/* The number of an earlier draft is burned when the new one has another: the
 * new one first, so that a crash loses neither. */
static int put(struct stage_batch *b, const struct workspace *ws,
               const char *role, int64_t version,
               const struct buf *signed_bytes, size_t *dropped, struct err *e)
{
	const struct workspace_role *r = workspace_role(ws, role);
	bool had = r != NULL && r->staged != NULL;
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(TUF_TARGETS_MAX);

	/* Nobody could read it, this program neither. */
	if (version > NUM_JSON_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: version %" PRId64 " was its last, 2^53 - 1 "
		               "is the highest there is",
		               role, version - 1);
	if (dropped != NULL)
		*dropped = had ? r->staged->env.n_sigs : 0;
	if (tuf_envelope_write(&file, buf_str(signed_bytes), signed_bytes->len,
	                       NULL, 0, e) != 0 ||
	    stage_check_finished(ws, e) != 0 ||
	    (had && give_up_root(ws, r, signed_bytes, e) != 0) ||
	    write_staged(b, ws, role, &file, e) != 0)
		return -1;
	if (had && role_doc_version(r->staged) < version) {
		drafts_burn(ws->drafts, role, role_doc_version(r->staged));
		b->burned = true;
	}
	return 0;
}

void stage_batch_fini(struct stage_batch *b)
{
	fs_batch_fini(&b->files);
}

int stage_batch_commit(struct stage_batch *b, const struct workspace *ws,
                       struct err *e)
{
	if (fs_batch_commit(&b->files, e) != 0)
		return -1;
	return b->burned ? drafts_write(ws->drafts, e) : 0;
}

int stage_batch_put(struct stage_batch *b, const struct workspace *ws,
                    const char *role, const struct tuf_targets *t,
                    size_t *dropped, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_TARGETS_MAX);

	if (tuf_targets_write(&bytes, t, e) != 0)
		return -1;
	return put(b, ws, role, t->version, &bytes, dropped, e);
}

int stage_put(const struct workspace *ws, const char *role,
              const struct tuf_targets *t, size_t *dropped, struct err *e)
{
	SCOPED(stage_batch_fini)
	struct stage_batch b = {0};

	if (stage_batch_put(&b, ws, role, t, dropped, e) != 0)
		return -1;
	return stage_batch_commit(&b, ws, e);
}

int stage_put_text(const struct workspace *ws, const char *role,
                   int64_t version, const struct buf *signed_bytes,
                   size_t *dropped, struct err *e)
{
	SCOPED(stage_batch_fini)
	struct stage_batch b = {0};

	if (put(&b, ws, role, version, signed_bytes, dropped, e) != 0)
		return -1;
	return stage_batch_commit(&b, ws, e);
}

int stage_put_root(const struct workspace *ws, const struct tuf_root *r,
                   size_t *dropped, struct err *e)
{
	SCOPED(stage_batch_fini)
	struct stage_batch b = {0};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_ROOT_MAX);

	if (tuf_root_write(&bytes, r, e) != 0 ||
	    put(&b, ws, "root", r->version, &bytes, dropped, e) != 0)
		return -1;
	return stage_batch_commit(&b, ws, e);
}

static const struct key_public *key_of(const struct tuf_quorum *q,
                                       const char *id)
{
	for (size_t i = 0; i < q->n_keys; i++)
		if (strcmp(q->keys[i].id, id) == 0)
			return &q->keys[i];
	return NULL;
}

static bool lists(const struct tuf_quorum *q, const char *id)
{
	for (size_t i = 0; i < q->n_keyids; i++)
		if (strcmp(q->keyids[i], id) == 0)
			return true;
	return false;
}

int stage_check_signer(const struct workspace *ws, const char *role,
                       const struct keyring_key *k, struct err *e)
{
	struct tuf_quorum q[2];
	size_t n;

	if (strcmp(k->info.repo, ws->repo) != 0)
		return err_code(e, ERR_FORBIDDEN, "wrong_repo",
		                "%s: is a key of repository %s, this one is %s",
		                k->path, k->info.repo, ws->repo);
	if (strcmp(k->info.role, workspace_key_role(ws, role)) != 0)
		return err_code(e, ERR_FORBIDDEN, "wrong_role",
		                "%s: is a key of %s and signs nothing else; "
		                "%s was asked for",
		                k->path, k->info.role, role);
	n = workspace_quorums(q, ws, role, false);
	for (size_t i = 0; i < n; i++)
		if (lists(&q[i], k->info.public.id))
			return 0;
	return err_code(e, ERR_FORBIDDEN, "not_a_signer",
	                "%s: key %.16s is not one that %s lists", k->path,
	                k->info.public.id, role);
}

/* A listed key's signature that does not verify: somebody changed the bytes
 * after they were signed. Or one that other people's clients do not count. */
int stage_check_signatures(const struct workspace *ws,
                           const struct workspace_role *r, struct err *e)
{
	struct tuf_quorum q[2];
	size_t n = workspace_quorums(q, ws, r->name, false);

	for (size_t s = 0; s < r->staged->env.n_sigs; s++) {
		const char *id = r->staged->env.sigs[s].keyid;
		const struct key_public *k = NULL;

		for (size_t i = 0; i < n && k == NULL; i++)
			k = key_of(&q[i], id);
		if (k != NULL && !role_doc_signed_by(r->staged, k))
			return err_code(e, ERR_UNTRUSTED, "bad_signature",
			                "%s: the signature of key %.16s does "
			                "not match; the file was changed "
			                "after it was signed",
			                r->staged->path, id);
	}
	return role_doc_lint_signatures(r->staged, q, n, e);
}

int stage_sign(bool *more, const struct workspace *ws,
               const struct workspace_role *r, struct keyring_key *const *keys,
               size_t n_keys, struct err *e)
{
	const struct tuf_envelope *env = &r->staged->env;
	SCOPED(free)
	struct tuf_signature *sigs =
		xcalloc(env->n_sigs + n_keys + 1, sizeof(*sigs));
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(TUF_TARGETS_MAX);
	size_t n = env->n_sigs;

	*more = false;
	if (stage_check_signatures(ws, r, e) != 0)
		return -1;
	if (n > 0)
		memcpy(sigs, env->sigs, n * sizeof(*sigs));
	for (size_t i = 0; i < n_keys; i++)
		if (!role_doc_signed_by(r->staged, &keys[i]->info.public))
			tuf_sign(&sigs[n++], keys[i]->secret,
			         buf_str(&env->canonical), env->canonical.len);
	if (n == env->n_sigs)
		return 0;
	if (n > TUF_SIGS_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: would have %zu signatures, %d is the most",
		               r->staged->path, n, TUF_SIGS_MAX);
	if (tuf_envelope_write(&file, buf_str(&env->canonical),
	                       env->canonical.len, sigs, n, e) != 0)
		return -1;
	role_doc_resign(r->staged, &file, MOVE(sigs), n);
	*more = true;
	return 0;
}

int stage_batch_signed(struct stage_batch *b, const struct workspace *ws,
                       const struct workspace_role *r, struct err *e)
{
	ws->order->has = false;
	return write_staged(b, ws, r->name, &r->staged->bytes, e);
}

/* By the keys that a staged delegator is about to give it: they are what it
 * has to be signed by in the end. */
static void progress_by_newest(struct stage_progress *out,
                               const struct workspace *ws,
                               const struct workspace_role *r)
{
	const struct workspace_role *by = &ws->roles[r->delegator];
	struct tuf_quorum q[2];
	size_t have;

	if (by == r || by->staged == NULL ||
	    workspace_quorums(q, ws, r->name, false) == 0)
		return;
	have = tuf_quorum_count(&q[0], &r->staged->env);
	if (have < out->have)
		return;
	out->have = have;
	out->need = q[0].threshold;
	if ((int64_t)have < q[0].threshold)
		return;
	out->complete = true;
	(void)snprintf(out->waits_for, sizeof(out->waits_for),
	               "%s %" PRId64 ", which gives it these keys", by->name,
	               role_doc_version(by->staged));
}

void stage_progress(struct stage_progress *out, const struct workspace *ws,
                    const struct workspace_role *r)
{
	struct tuf_quorum q[2];
	size_t n = workspace_quorums(q, ws, r->name, true);

	*out = (struct stage_progress){.complete = true};
	if (n == 0) {
		n = workspace_quorums(q, ws, r->name, false);
		(void)snprintf(out->waits_for, sizeof(out->waits_for), "%s",
		               ws->roles[r->delegator].name);
	}
	for (size_t i = 0; i < n; i++) {
		size_t have = tuf_quorum_count(&q[i], &r->staged->env);
		bool met = (int64_t)have >= q[i].threshold;

		if (i == 0 || !met) {
			out->have = have;
			out->need = q[i].threshold;
		}
		out->complete = out->complete && met;
	}
	if (!out->complete)
		progress_by_newest(out, ws, r);
	if (out->complete && out->waits_for[0] == '\0')
		stage_order(out->waits_for, ws, r);
}

size_t stage_missing(char (**keyids)[KEY_ID_SIZE], const struct workspace *ws,
                     const struct workspace_role *r)
{
	struct tuf_quorum q[2];
	size_t n = workspace_quorums(q, ws, r->name, false), count = 0;

	*keyids = xcalloc(2 * TUF_KEYS_MAX, KEY_ID_SIZE);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < q[i].n_keyids; j++) {
			const struct key_public *k =
				key_of(&q[i], q[i].keyids[j]);
			bool seen =
				k == NULL || role_doc_signed_by(r->staged, k);

			for (size_t s = 0; s < count && !seen; s++)
				seen = strcmp((*keyids)[s], k->id) == 0;
			if (!seen && count < 2 * (size_t)TUF_KEYS_MAX)
				memcpy((*keyids)[count++], k->id, KEY_ID_SIZE);
		}
	return count;
}

/* metadata/N.ROLE.json, or the same bytes already there. */
int stage_write_complete(struct fs_batch *files, const struct workspace *ws,
                         const char *role, int64_t version,
                         const struct buf *file, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");
	SCOPED(free)
	char *path = workspace_path(ws, "metadata/%" PRId64 ".%s.json", version,
	                            role);

	if (fs_exists(path)) {
		SCOPED(buf_fini)
		struct buf have = BUF_INIT(TUF_TARGETS_MAX);

		if (fs_read(&have, path, e) != 0)
			return -1;
		if (have.len == file->len &&
		    memcmp(buf_str(&have), buf_str(file), file->len) == 0)
			return 0;
	}
	if (fs_mkdir(dir, 0755, e) != 0)
		return -1;
	return fs_batch_create(files, path, buf_str(file), file->len, 0644, e);
}

int stage_write_signed(const struct workspace *ws, const char *role,
                       int64_t version, const struct buf *signed_bytes,
                       struct keyring_key *const *keys, size_t n_keys,
                       struct err *e)
{
	SCOPED(fs_batch_fini)
	struct fs_batch files = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(TUF_TARGETS_MAX);
	SCOPED(free)
	struct tuf_signature *sigs = xcalloc(n_keys + 1, sizeof(*sigs));

	for (size_t i = 0; i < n_keys; i++)
		tuf_sign(&sigs[i], keys[i]->secret, buf_str(signed_bytes),
		         signed_bytes->len);
	if (tuf_envelope_write(&file, buf_str(signed_bytes), signed_bytes->len,
	                       sigs, n_keys, e) != 0 ||
	    stage_write_complete(&files, ws, role, version, &file, e) != 0)
		return -1;
	return fs_batch_commit(&files, e);
}

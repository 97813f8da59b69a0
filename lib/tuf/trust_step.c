/*
 * The steps of the client workflow, in the order of TUF 5.3 to 5.6: what to
 * ask for next, and where an answer leads.
 */
#include "config.h"

#include "lib/tuf/trust_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t smaller(int64_t listed, size_t limit)
{
	return listed >= 0 && (uint64_t)listed < limit ? (size_t)listed : limit;
}

static int ask(struct trust *t, struct trust_step *out, const char *what,
               size_t max)
{
	(void)snprintf(t->asked_for, sizeof(t->asked_for), "%s", what);
	out->max_bytes = t->asked_max = max;
	t->asked = true;
	return 0;
}

static int ask_stored(struct trust *t, struct trust_step *out, const char *role,
                      size_t max)
{
	out->kind = TRUST_LOAD;
	(void)snprintf(out->role, sizeof(out->role), "%s", role);
	return ask(t, out, role, max);
}

/* TUF 5.5.1, 5.6.1: version 0 is a name without a version. */
static int ask_fetch(struct trust *t, struct trust_step *out, const char *role,
                     int64_t version, size_t max)
{
	char encoded[TRUST_ENCODED_MAX];

	trust_encode_role(encoded, role);
	out->kind = TRUST_FETCH;
	(void)snprintf(out->role, sizeof(out->role), "%s", role);
	if (version > 0)
		(void)snprintf(out->path, sizeof(out->path),
		               "%" PRId64 ".%s.json", version, encoded);
	else
		(void)snprintf(out->path, sizeof(out->path), "%s.json",
		               encoded);
	return ask(t, out, out->path, max);
}

/* The listed file, named as consistent snapshots want it, never larger than
 * our own limit. */
static int ask_listed(struct trust *t, struct trust_step *out,
                      const struct tuf_meta_file *listed, size_t limit,
                      struct err *e)
{
	int64_t version =
		t->root->root.consistent_snapshot ? listed->version : 0;

	if (listed->length >= 0 && (uint64_t)listed->length > limit)
		return err_code(e, ERR_TOO_LARGE, "too_large",
		                "%s: %" PRId64
		                " bytes are listed, %zu are allowed",
		                listed->role, listed->length, limit);
	return ask_fetch(t, out, listed->role, version,
	                 smaller(listed->length, limit));
}

static int ask_root(struct trust *t, struct trust_step *out)
{
	if (t->root->version == NUM_JSON_MAX) {
		t->phase = PHASE_ROOT_DONE;
		return 0;
	}
	return ask_fetch(t, out, "root", t->root->version + 1,
	                 t->limits.root_bytes);
}

static int ask_stored_timestamp(struct trust *t, struct trust_step *out)
{
	/* TUF 5.3.11: after a change of keys the stored ones are no anchor,
	 * which is how a fast-forward is recovered from. */
	if (t->timestamp == NULL && !t->rotated)
		return ask_stored(t, out, "timestamp",
		                  t->limits.timestamp_bytes);
	t->phase = PHASE_TIMESTAMP;
	return 0;
}

static int ask_stored_snapshot(struct trust *t, struct trust_step *out)
{
	if (t->snapshot == NULL && !t->rotated)
		return ask_stored(t, out, "snapshot", t->limits.snapshot_bytes);
	t->phase = PHASE_SNAPSHOT;
	return 0;
}

static void want_targets(struct trust *t)
{
	trust_want(t, "targets", "root");
	t->phase = PHASE_ROLE;
}

static int ask_snapshot(struct trust *t, struct trust_step *out, struct err *e)
{
	const struct tuf_meta_file *listed = &t->timestamp->listing.files[0];

	if (t->snapshot != NULL && t->snapshot->version == listed->version &&
	    t->now_s < t->snapshot->expires_s) {
		want_targets(t);
		return 0;
	}
	return ask_listed(t, out, listed, t->limits.snapshot_bytes, e);
}

/* Is the wanted role trusted already, by this very delegator? */
static int look_at_role(struct trust *t, struct err *e)
{
	const struct trust_role *r = trust_role_find(t, t->want.role);
	struct tuf_quorum q;

	if (trust_quorum_of(&q, t, &t->want, e) != 0)
		return -1;
	if (r != NULL && strcmp(r->delegator, t->want.delegator) == 0) {
		t->phase = PHASE_ROLE_DONE;
		return 0;
	}
	if (tuf_snapshot_find(&t->snapshot->listing, t->want.role) == NULL)
		return err_code(e, ERR_UNTRUSTED, "not_listed",
		                "%s: delegated by %s, but not listed in "
		                "snapshot",
		                t->want.role, t->want.delegator);
	t->phase = PHASE_ROLE_STORED;
	return 0;
}

static int finish_role(struct trust *t, struct err *e)
{
	if (t->question == ASK_FIND)
		return trust_walk_role(t, e);
	if (t->question == ASK_REFRESH)
		t->refreshed = true;
	t->phase = PHASE_ANSWERED;
	return 0;
}

static int ask_role(struct trust *t, struct trust_step *out, struct err *e)
{
	return ask_listed(
		t, out, tuf_snapshot_find(&t->snapshot->listing, t->want.role),
		t->limits.targets_bytes, e);
}

/* One move: fills *out, or goes on to another phase. */
static int move(struct trust *t, struct trust_step *out, struct err *e)
{
	switch (t->phase) {
	case PHASE_REFUSED:
		return err_set(e, ERR_INTERNAL,
		               "trust: asked to go on after a refusal");
	case PHASE_ROOT: return ask_root(t, out);
	case PHASE_ROOT_DONE:
		t->phase = PHASE_TIMESTAMP_STORED;
		/* TUF 5.3.10 */
		return trust_check_expiry(t, "root", t->root->expires_s, e);
	case PHASE_TIMESTAMP_STORED: return ask_stored_timestamp(t, out);
	case PHASE_TIMESTAMP:
		return ask_fetch(t, out, "timestamp", 0,
		                 t->limits.timestamp_bytes);
	case PHASE_TIMESTAMP_DONE:
		t->phase = PHASE_SNAPSHOT_STORED;
		/* TUF 5.4.4, also when there was no news. */
		return trust_check_expiry(t, "timestamp",
		                          t->timestamp->expires_s, e);
	case PHASE_SNAPSHOT_STORED: return ask_stored_snapshot(t, out);
	case PHASE_SNAPSHOT: return ask_snapshot(t, out, e);
	case PHASE_ROLE: return look_at_role(t, e);
	case PHASE_ROLE_STORED:
		return ask_stored(t, out, t->want.role,
		                  t->limits.targets_bytes);
	case PHASE_ROLE_FETCH: return ask_role(t, out, e);
	case PHASE_ROLE_DONE: return finish_role(t, e);
	case PHASE_WALK: return trust_walk(t, e);
	case PHASE_ANSWERED: out->kind = TRUST_DONE; return 0;
	}
	return err_set(e, ERR_INTERNAL, "trust: phase %d", (int)t->phase);
}

static int show_kept(struct trust *t, struct trust_step *out)
{
	out->kind = TRUST_SAVE;
	memcpy(out->role, t->keep.role, sizeof(out->role));
	out->bytes = t->keep.bytes;
	out->len = t->keep.len;
	out->rotates = t->n_drops > 0 && strcmp(t->keep.role, "root") == 0;
	t->keep.shown = true;
	return 0;
}

/* After the new root is kept and before anything else is asked. */
static int show_drop(struct trust *t, struct trust_step *out)
{
	out->kind = TRUST_DROP;
	(void)snprintf(out->role, sizeof(out->role), "%s",
	               t->n_drops == 2 ? "snapshot" : "timestamp");
	t->drop_shown = true;
	return 0;
}

static int refuse(struct trust *t)
{
	t->phase = PHASE_REFUSED;
	t->asked = false;
	return -1;
}

int trust_next(struct trust *t, struct trust_step *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (t->keep.shown) {
		free(t->keep.bytes);
		memset(&t->keep, 0, sizeof(t->keep));
	}
	if (t->keep.role[0] != '\0')
		return show_kept(t, out);
	if (t->drop_shown)
		t->n_drops--;
	t->drop_shown = false;
	if (t->n_drops > 0)
		return show_drop(t, out);
	if (t->question != ASK_REFRESH && !t->refreshed) {
		(void)err_set(e, ERR_INTERNAL,
		              "trust: a look-up needs a refresh first");
		return refuse(t);
	}
	do {
		if (move(t, out, e) != 0)
			return refuse(t);
	} while (!t->asked && t->phase != PHASE_ANSWERED);
	return 0;
}

/* TUF 5.3.3 with a bound: a chain without end must not keep us here. The next
 * refresh goes on from the last one kept. */
static int accept_root(struct trust *t, const void *bytes, size_t len,
                       struct err *e)
{
	if (t->new_roots >= t->limits.root_rotations)
		return err_code(e, ERR_TOO_LARGE, "too_large",
		                "root: more than %d new versions in one "
		                "refresh, those up to %" PRId64 " are kept",
		                t->limits.root_rotations, t->root->version);
	t->new_roots++;
	return trust_accept_root(t, bytes, len, e);
}

/* What comes after a LOAD or FETCH was answered with bytes. */
static int accept(struct trust *t, enum phase was, const void *bytes,
                  size_t len, struct err *e)
{
	switch (was) {
	case PHASE_ROOT: return accept_root(t, bytes, len, e);
	case PHASE_TIMESTAMP_STORED:
		t->phase = PHASE_TIMESTAMP;
		return trust_take_stored_timestamp(t, bytes, len, e);
	case PHASE_TIMESTAMP:
		t->phase = PHASE_TIMESTAMP_DONE;
		return trust_accept_timestamp(t, bytes, len, e);
	case PHASE_SNAPSHOT_STORED:
		t->phase = PHASE_SNAPSHOT;
		return trust_take_stored_snapshot(t, bytes, len, e);
	case PHASE_SNAPSHOT:
		want_targets(t);
		return trust_accept_snapshot(t, bytes, len, e);
	case PHASE_ROLE_STORED:
		t->phase = trust_take_stored_role(t, bytes, len)
		                   ? PHASE_ROLE_DONE
		                   : PHASE_ROLE_FETCH;
		return 0;
	case PHASE_ROLE_FETCH:
		t->phase = PHASE_ROLE_DONE;
		return trust_accept_role(t, bytes, len, e);
	case PHASE_ROOT_DONE:
	case PHASE_TIMESTAMP_DONE:
	case PHASE_ROLE:
	case PHASE_ROLE_DONE:
	case PHASE_WALK:
	case PHASE_ANSWERED:
	case PHASE_REFUSED: break;
	}
	return err_set(e, ERR_INTERNAL, "trust: nothing was asked for");
}

/* There is none: the end of the chain of roots (TUF 5.3.3), nothing stored, or
 * a hole in the repository. */
static int go_without(struct trust *t, enum phase was, const char *what,
                      struct err *e)
{
	switch (was) {
	case PHASE_ROOT: t->phase = PHASE_ROOT_DONE; return 0;
	case PHASE_TIMESTAMP_STORED: t->phase = PHASE_TIMESTAMP; return 0;
	case PHASE_SNAPSHOT_STORED: t->phase = PHASE_SNAPSHOT; return 0;
	case PHASE_ROLE_STORED: t->phase = PHASE_ROLE_FETCH; return 0;
	case PHASE_TIMESTAMP:
	case PHASE_SNAPSHOT:
	case PHASE_ROLE_FETCH:
		/* Not "not found": that would read as an answer. */
		return err_code(e, ERR_UNREACHABLE, "missing",
		                "%s: the repository does not have it", what);
	case PHASE_ROOT_DONE:
	case PHASE_TIMESTAMP_DONE:
	case PHASE_ROLE:
	case PHASE_ROLE_DONE:
	case PHASE_WALK:
	case PHASE_ANSWERED:
	case PHASE_REFUSED: break;
	}
	return err_set(e, ERR_INTERNAL, "trust: nothing was asked for");
}

static bool is_stored(enum phase was)
{
	return was == PHASE_TIMESTAMP_STORED || was == PHASE_SNAPSHOT_STORED ||
	       was == PHASE_ROLE_STORED;
}

int trust_give(struct trust *t, const void *bytes, size_t len, struct err *e)
{
	int result;

	if (!t->asked)
		return err_set(e, ERR_INTERNAL, "trust: nothing was asked for");
	t->asked = false;
	if (len <= t->asked_max)
		result = accept(t, t->phase, bytes, len, e);
	else if (is_stored(t->phase)) /* as good as none */
		result = go_without(t, t->phase, t->asked_for, e);
	else
		result = err_code(e, ERR_TOO_LARGE, "too_large",
		                  "%s: %zu bytes, %zu are allowed",
		                  t->asked_for, len, t->asked_max);
	return result == 0 ? 0 : refuse(t);
}

int trust_none(struct trust *t, struct err *e)
{
	if (!t->asked)
		return err_set(e, ERR_INTERNAL, "trust: nothing was asked for");
	t->asked = false;
	return go_without(t, t->phase, t->asked_for, e) == 0 ? 0 : refuse(t);
}

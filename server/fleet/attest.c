#include "config.h"

#include "server/fleet/attest.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/store/metadata.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)
/* After a failed writing. Milliseconds. */
#define RETRY_MS 5000
#define WHAT_TO_DO                                                         \
	"restore a newer backup, or look and say `pawld witness accept`: " \
	"versions then go on above, and rollouts are paused"

static bool is_on(const struct fleet *f)
{
	return f->config.witness_file != NULL &&
	       *f->config.witness_file != '\0';
}

static void refuse(struct fleet *f, const struct err *why)
{
	f->witness_refuses = *why;
	log_error("nothing is signed: %s", why->msg);
	fleet_set_trouble(f, TROUBLE_WITNESS, true);
}

/* ---- The data directory against the witness ---- */

/* Has this version been committed here, with these bytes? Higher ones will
 * do: a crash may lie between a commit and the witness. */
static int check_committed(struct store *s, const struct witness_role *r,
                           const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(FILE_BYTES_MAX);
	struct metadata_row m;
	struct err none = {0};
	int64_t highest;

	if (r->version == 0)
		return 0;
	if (metadata_highest(&highest, s, r->role, e) != 0)
		return -1;
	if (highest < r->version)
		return err_code(e, ERR_CONFLICT, "witness_ahead",
		                "witness %s: saw %s %" PRId64
		                ", this data directory knows %" PRId64
		                ": an older one was restored; " WHAT_TO_DO,
		                path, r->role, r->version, highest);
	if (metadata_find(&m, &bytes, s, r->role, r->version, &none) == 0 &&
	    strcmp(m.sha256, r->sha256) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "witness_ahead",
	                "witness %s: saw %s %" PRId64
	                " with other bytes: another data directory was "
	                "restored; " WHAT_TO_DO,
	                path, r->role, r->version);
}

static int check_limit(const struct journal *j, const struct witness_role *r,
                       const char *path, struct err *e)
{
	if (journal_limit(j, r->role) >= r->limit)
		return 0;
	return err_code(e, ERR_CONFLICT, "witness_ahead",
	                "witness %s: saw %s numbered up to %" PRId64
	                ", this journal up to %" PRId64
	                ": an older one was restored; " WHAT_TO_DO,
	                path, r->role, r->limit, journal_limit(j, r->role));
}

/* Online roles alone: an offline one that is behind is mended by a publish,
 * and attest_check() refuses until then. */
static int check_data(struct fleet *f, struct err *e)
{
	for (size_t i = 0; i < f->witness.len; i++) {
		const struct witness_role *r = &f->witness.items[i];

		if (r->limit == 0)
			continue;
		if (check_limit(&f->journal, r, f->config.witness_file, e) !=
		            0 ||
		    check_committed(f->store, r, f->config.witness_file, e) !=
		            0)
			return -1;
	}
	return 0;
}

static bool is_used(const struct fleet *f)
{
	return f->journal.page.n_roles > 0 ||
	       (f->trouble & TROUBLE_NOTHING_PUBLISHED) == 0;
}

void attest_open(struct fleet *f)
{
	struct err e = {0};

	if (!is_on(f))
		return;
	if (witness_read(&f->witness, f->config.witness_file, &e) == 0) {
		if (check_data(f, &e) != 0)
			refuse(f, &e);
		return;
	}
	if (e.kind == ERR_NOT_FOUND && !is_used(f)) {
		/* A new server. A place where nothing can be written is told
		 * now: once numbers were given out, a file that is not there
		 * means that one was lost. */
		if (witness_write(&f->witness, f->config.witness_file, &e) != 0)
			refuse(f, &e);
		return;
	}
	if (e.kind == ERR_NOT_FOUND)
		(void)err_code(&e, ERR_CONFLICT, "witness_missing",
		               "witness %s: is not there, and this data "
		               "directory has published before; restore it, "
		               "or look and say `pawld witness accept`",
		               f->config.witness_file);
	refuse(f, &e);
}

void attest_close(struct fleet *f)
{
	witness_fini(&f->witness);
	witness_fini(&f->witness_next);
}

/* ---- Before signing ---- */

int attest_check(const struct fleet *f, const struct set *set, struct err *e)
{
	const struct witness *w = &f->witness;
	const struct file *root = set->roots[set->n_roots - 1];

	if (!is_on(f))
		return 0;
	if (*f->witness_refuses.code != '\0') {
		*e = f->witness_refuses;
		return -1;
	}
	if (*w->repo != '\0' && strcmp(w->repo, set->catalog.repo) != 0)
		return err_code(e, ERR_CONFLICT, "witness_repo",
		                "witness %s: is of repository %s, this is %s",
		                f->config.witness_file, w->repo,
		                set->catalog.repo);
	if (witness_check(w, "root", root->version, root->sha256, e) != 0)
		return -1;
	for (size_t i = 0; i < set->n_roles; i++) {
		const struct file *r = set->roles[i].file;

		if (witness_check(w, r->role, r->version, r->sha256, e) != 0)
			return -1;
	}
	return 0;
}

bool attest_raise_limits(struct witness *w, const struct journal *j)
{
	bool raised = false;

	for (uint32_t i = 0; i < j->page.n_roles; i++)
		raised |= witness_see_limit(w, j->page.roles[i].role,
		                            j->page.roles[i].limit);
	return raised;
}

int attest_limits(struct fleet *f, const struct set *set, struct err *e)
{
	SCOPED(witness_fini)
	struct witness next = {0};

	if (!is_on(f))
		return 0;
	witness_copy(&next, &f->witness);
	memcpy(next.repo, set->catalog.repo, sizeof(next.repo));
	if (!attest_raise_limits(&next, &f->journal))
		return 0;
	if (witness_write(&next, f->config.witness_file, e) != 0) {
		fleet_set_trouble(f, TROUBLE_WITNESS, true);
		return -1;
	}
	fleet_set_trouble(f, TROUBLE_WITNESS, false);
	witness_fini(&f->witness);
	f->witness = next;
	next = (struct witness){0};
	return 0;
}

/* ---- Around the commit ---- */

static void see_file(struct witness *w, const struct file *file)
{
	(void)witness_see(w, file->role, file->version, file->sha256);
}

static void see_view(struct witness *w, const struct view *v)
{
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);

	memcpy(w->repo, s->catalog.repo, sizeof(w->repo));
	see_file(w, s->roots[s->n_roots - 1]);
	for (size_t i = 0; i < s->n_roles; i++)
		see_file(w, s->roles[i].file);
	for (size_t i = 0; i < o->n_files; i++)
		see_file(w, o->files[i]);
}

int attest_prepare(struct fleet *f, const struct view *v, struct err *e)
{
	if (!is_on(f))
		return 0;
	witness_fini(&f->witness_next);
	witness_copy(&f->witness_next, &f->witness);
	see_view(&f->witness_next, v);
	if (witness_prepare(&f->witness_next, f->config.witness_file, e) == 0)
		return 0;
	witness_fini(&f->witness_next);
	fleet_set_trouble(f, TROUBLE_WITNESS, true);
	return -1;
}

void attest_settle(struct fleet *f, bool is_new_set)
{
	struct err e = {0};

	if (!is_on(f) || f->witness_next.len == 0)
		return;
	if (witness_settle(f->config.witness_file, &e) != 0) {
		log_error("%s: what was just committed is not in the witness "
		          "file%s",
		          e.msg, is_new_set ? "; ending" : "");
		if (is_new_set)
			abort();
		witness_fini(&f->witness_next);
		fleet_set_trouble(f, TROUBLE_WITNESS, true);
		return;
	}
	witness_fini(&f->witness);
	f->witness = f->witness_next;
	f->witness_next = (struct witness){0};
	fleet_set_trouble(f, TROUBLE_WITNESS, false);
}

void attest_seen(struct fleet *f, const struct view *v)
{
	struct err e = {0};

	if (!is_on(f) || *f->witness_refuses.code != '\0')
		return;
	if (attest_prepare(f, v, &e) != 0) {
		log_error("the witness file is behind: %s", e.msg);
		return;
	}
	attest_settle(f, false);
}

static int write_all(struct fleet *f, const struct view *v, struct err *e)
{
	SCOPED(witness_fini)
	struct witness next = {0};

	witness_copy(&next, &f->witness);
	(void)attest_raise_limits(&next, &f->journal);
	if (v != NULL)
		see_view(&next, v);
	if (witness_write(&next, f->config.witness_file, e) != 0)
		return -1;
	witness_fini(&f->witness);
	f->witness = next;
	next = (struct witness){0};
	return 0;
}

/* What is visible and not in the database may be gone after a crash: a witness
 * of it would refuse the next start. */
static bool is_saved(const struct fleet *f, const struct view *v)
{
	int64_t highest;

	return metadata_highest(&highest, f->store, "timestamp", NULL) == 0 &&
	       highest >= view_online(v)->timestamp_version;
}

void attest_retry(struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	int64_t mono = clock_mono_ms(f->clock);
	struct err e = {0};

	if (!is_on(f) || (f->trouble & TROUBLE_WITNESS) == 0 ||
	    mono - f->last_witness_try_ms < RETRY_MS)
		return;
	f->last_witness_try_ms = mono;
	/* A disagreement is not mended by writing. */
	if (*f->witness_refuses.code != '\0' ||
	    (v != NULL && attest_check(f, view_set(v), &e) != 0))
		return;
	if ((v != NULL && !is_saved(f, v)) || write_all(f, v, &e) != 0)
		return; /* said when it failed first */
	log_info("witness %s: is written again", f->config.witness_file);
	fleet_set_trouble(f, TROUBLE_WITNESS, false);
}

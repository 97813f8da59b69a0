/*
 * From drafts in memory to staged files. These are several, and whoever is
 * killed between two of them has half a change; so what is to be staged is
 * written down first, in one file (rotation.json), and taken away last. Until
 * then nothing else is staged or signed here, and the same command goes on
 * where it stopped, however often.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/rekey.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "pawl-rotation/1"
#define JOURNAL_MAX ((size_t)64 << 20)
#define ENTRIES_MAX 1024

/* One role that is to be staged: the bytes that will be signed. */
struct entry {
	char role[TUF_ROLE_MAX];
	int64_t version;
	struct buf text;
};

struct journal {
	char *command;
	struct entry *entries; /* in the order of staging */
	size_t n;
};

static void journal_fini(struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		buf_fini(&j->entries[i].text);
	free(j->entries);
	free(j->command);
}
DEFINE_SCOPED_PLACE(journal_fini, struct journal)

static struct entry *add_entry(struct journal *j, const char *role,
                               int64_t version)
{
	struct entry *x;

	j->entries = xreallocarray(j->entries, j->n + 1, sizeof(*j->entries));
	x = &j->entries[j->n++];
	*x = (struct entry){.version = version};
	buf_init(&x->text, role_doc_max(role));
	(void)snprintf(x->role, sizeof(x->role), "%s", role);
	return x;
}

static char *journal_path(const struct workspace *ws)
{
	return workspace_path(ws, "%s", WORKSPACE_ROTATION);
}

/* ---- The file ---- */

/* The root comes last: before it, the rest changes nothing. */
static int fill(struct journal *j, const struct rekey *k, const char *command,
                struct err *e)
{
	struct entry *x;

	j->command = xstrdup(command);
	for (size_t i = k->n_drafts; i > 0; i--) {
		const struct rekey_draft *d = &k->drafts[i - 1];

		x = add_entry(j, d->role, d->targets.version);
		if (tuf_targets_write(&x->text, &d->targets, e) != 0)
			return -1;
	}
	if (!k->has_root)
		return 0;
	x = add_entry(j, "root", k->root.version);
	return tuf_root_write(&x->text, &k->root, e);
}

static int write_journal(const struct journal *j, const struct rekey *k,
                         struct err *e)
{
	SCOPED(free)
	char *path = journal_path(k->ws);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(JOURNAL_MAX);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "schema", SCHEMA);
	jw_put_str(&w, "command", j->command);
	jw_key(&w, "roles");
	jw_array(&w);
	for (size_t i = 0; i < k->n_touched; i++) {
		jw_object(&w);
		jw_put_str(&w, "role", k->touched[i].role);
		jw_put_str(&w, "by", k->touched[i].by);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_key(&w, "drafts");
	jw_array(&w);
	for (size_t i = 0; i < j->n; i++) {
		jw_object(&w);
		jw_put_str(&w, "role", j->entries[i].role);
		jw_put_int(&w, "version", j->entries[i].version);
		jw_put_str(&w, "text", buf_str(&j->entries[i].text));
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	buf_putc(&b, '\n');
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes", path,
		               b.max_bytes);
	return fs_write(path, buf_str(&b), b.len, 0644, e);
}

static int read_roles(struct rekey *k, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "roles", 0, ENTRIES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *role, *by;

		if (js_get_str(&role, &at, "role", TUF_ROLE_MAX - 1, e) != 0 ||
		    js_get_str(&by, &at, "by", TUF_ROLE_MAX - 1, e) != 0)
			return -1;
		rekey_touch(k, role, by);
	}
	return 0;
}

static int read_drafts(struct journal *j, const struct rekey *k,
                       const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "drafts", 1, ENTRIES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *role, *text;
		int64_t version;

		if (js_get_str(&role, &at, "role", TUF_ROLE_MAX - 1, e) != 0 ||
		    js_get_int(&version, &at, "version", 1, NUM_JSON_MAX, e) !=
		            0 ||
		    js_get_str(&text, &at, "text", role_doc_max(role), e) != 0)
			return -1;
		if (workspace_role(k->ws, role) == NULL)
			return js_refuse(&at, e, "is about no role there is");
		buf_puts(&add_entry(j, role, version)->text, text);
	}
	return 0;
}

static int read_journal(struct journal *j, struct rekey *k, struct err *e)
{
	static const char *const schemas[] = {SCHEMA, NULL};
	SCOPED(free)
	char *path = journal_path(k->ws);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(JOURNAL_MAX);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	const char *command;
	int schema;

	if (fs_read(&b, path, e) != 0 ||
	    js_parse(&doc, path, buf_str(&b), b.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 ||
	    js_get_enum(&schema, &root, "schema", schemas, e) != 0 ||
	    js_get_str(&command, &root, "command", 8192, e) != 0 ||
	    read_roles(k, &root, e) != 0)
		return -1;
	j->command = xstrdup(command);
	return read_drafts(j, k, &root, e);
}

/* Gone also after a power cut: what is signed next must not be begun again. */
static int drop_journal(struct workspace *ws, struct err *e)
{
	SCOPED(free)
	char *path = journal_path(ws);

	if (fs_remove(path, e) != 0 || fs_sync_dir_of(path, e) != 0)
		return -1;
	ws->unfinished = false;
	return 0;
}

/* ---- Staging ---- */

static bool says(const struct role_doc *d, const struct entry *x)
{
	return d != NULL && role_doc_version(d) == x->version &&
	       d->env.canonical.len == x->text.len &&
	       memcmp(buf_str(&d->env.canonical), buf_str(&x->text),
	              x->text.len) == 0;
}

/* Done before it was cut off: staged with these bytes, or even complete. Its
 * number may also be another's: a file that somebody put here. */
static int check_done(bool *done, const struct workspace *ws,
                      const struct entry *x, struct err *e)
{
	const struct workspace_role *r = workspace_role(ws, x->role);

	*done = r != NULL && (says(r->current, x) || says(r->staged, x));
	if (*done || r == NULL || r->current == NULL ||
	    role_doc_version(r->current) < x->version)
		return 0;
	return err_code(e, ERR_CONFLICT, "stale_draft",
	                "%s %" PRId64 ": this change was cut off, and version "
	                "%" PRId64 " that came here since says something "
	                "else; move %s away and type it again",
	                x->role, x->version, role_doc_version(r->current),
	                WORKSPACE_ROTATION);
}

static int restage(struct rekey *k, const char *role, size_t *dropped,
                   struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	size_t n = 0;

	if (stage_draft(&t, k->ws, role, e) != 0 ||
	    stage_put(k->ws, role, &t, &n, e) != 0)
		return -1;
	*dropped += n;
	return 0;
}

static bool is_touched(const struct rekey *k, const char *role)
{
	for (size_t i = 0; i < k->n_touched; i++)
		if (strcmp(k->touched[i].role, role) == 0)
			return true;
	return false;
}

static bool has_id(char (*ids)[KEY_ID_SIZE], size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

/* Do the bins have keys that their role lost, or lack some it has? */
static bool bins_lag(const struct rekey *k, const char *role,
                     const struct tuf_quorum *q)
{
	struct bins b = workspace_bins(k->ws, role);

	for (size_t i = 0; b.present && i < q->n_keyids; i++)
		if (!has_id(b.shape.keyids, b.shape.n_keyids, q->keyids[i]))
			return true;
	return b.present && (b.shape.n_keyids != q->n_keyids ||
	                     b.shape.threshold != q->threshold);
}

/* A complete file with too few signatures of its new keys, or of a role whose
 * keys change, needs a new version that says the same; a staged one only when
 * it gives its bins the keys of before. */
static bool needs_restage(const struct rekey *k, const struct workspace_role *r)
{
	struct tuf_quorum q[2];

	if (workspace_quorums(q, k->ws, r->name, false) == 0)
		return false;
	if (r->staged != NULL)
		return is_touched(k, r->name) && bins_lag(k, r->name, &q[0]);
	return r->current != NULL &&
	       (is_touched(k, r->name) ||
	        tuf_quorum_check(&q[0], &r->current->env, NULL) != 0);
}

/* What was staged now may change what is needed below it: the next pass. */
static int restage_pass(struct rekey *k, bool *any, size_t *dropped,
                        struct err *e)
{
	SCOPED(free)
	bool *fresh = xcalloc(k->ws->n_roles, sizeof(*fresh));

	*any = false;
	for (size_t i = 1; i < k->ws->n_roles; i++) {
		const struct workspace_role *r = &k->ws->roles[i];

		if (fresh[r->delegator] || !needs_restage(k, r))
			continue;
		if (restage(k, r->name, dropped, e) != 0)
			return -1;
		fresh[i] = *any = true;
	}
	return *any ? workspace_reload(k->ws, e) : 0;
}

static int restage_all(struct rekey *k, size_t *dropped, struct err *e)
{
	bool any;

	do
		if (restage_pass(k, &any, dropped, e) != 0)
			return -1;
	while (any);
	return 0;
}

static int carry_out(const struct journal *j, struct rekey *k, size_t *dropped,
                     struct err *e)
{
	size_t n = 0;

	*dropped = 0;
	k->ws->finishing = true;
	for (size_t i = 0; i < j->n; i++) {
		const struct entry *x = &j->entries[i];
		bool done;

		if (check_done(&done, k->ws, x, e) != 0)
			return -1;
		if (done)
			continue;
		if (stage_put_text(k->ws, x->role, x->version, &x->text, &n,
		                   e) != 0)
			return -1;
		*dropped += n;
	}
	if (workspace_reload(k->ws, e) != 0 || restage_all(k, dropped, e) != 0)
		return -1;
	k->ws->finishing = false;
	return drop_journal(k->ws, e);
}

int rekey_stage(struct rekey *k, const char *command, size_t *dropped,
                struct err *e)
{
	SCOPED(journal_fini)
	struct journal j = {0};

	if (fill(&j, k, command, e) != 0 || write_journal(&j, k, e) != 0)
		return -1;
	return carry_out(&j, k, dropped, e);
}

/* The root that is drafted now, for those who speak of the change. */
static int take_root(struct rekey *k, struct err *e)
{
	const struct workspace_role *root = workspace_role(k->ws, "root");

	if (root->staged == NULL)
		return 0;
	k->has_root = true;
	return role_doc_copy_root(&k->root, root->staged, e);
}

int rekey_resume(bool *mine, struct rekey *k, const char *command,
                 struct err *e)
{
	SCOPED(journal_fini)
	struct journal j = {0};
	size_t dropped;

	*mine = false;
	if (!k->ws->unfinished)
		return 0;
	if (read_journal(&j, k, e) != 0)
		return -1;
	if (strcmp(j.command, command) != 0)
		return err_code(e, ERR_CONFLICT, "unfinished",
		                "pawl-repo %s was interrupted; the same "
		                "command again finishes it",
		                j.command);
	if (carry_out(&j, k, &dropped, e) != 0)
		return -1;
	*mine = true;
	return take_root(k, e);
}

char *rekey_command(const struct cli *c, const char *name,
                    const char *const *options)
{
	char *text = xstrdup(name);

	for (size_t i = 0; i < cli_n_args(c); i++) {
		SCOPED(free)
		char *before = text;

		text = xasprintf("%s %.1000s", before, cli_arg(c, i));
	}
	for (; *options != NULL; options++) {
		const char *value = cli_get(c, *options);
		SCOPED(free)
		char *before = NULL;

		if (!cli_has(c, *options))
			continue;
		before = text;
		text = xasprintf("%s --%s%s%.1000s", before, *options,
		                 value != NULL ? " " : "",
		                 value != NULL ? value : "");
	}
	return text;
}

#include "config.h"

#include "lib/base/crew.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/initiator.h"
#include "repo-tools/folder/past.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_sign_options[] = {
	/* clang-format off */
	{"all", 'a', NULL, 0, NULL, "every staged role there is a key for"},
	{"key", 'k', "FILE", CLI_REPEATS, NULL,
	 "sign with this key (default every fitting one in keys/)"},
	{"passphrase-file", 0, "FILE", CLI_REPEATS, NULL,
	 "passphrases to try are the first lines of these"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* One role that is to be signed. */
struct job {
	char role[TUF_ROLE_MAX];
	size_t family; /* place of the role itself, or of the bin's owner */
	bool bin;
	int64_t version;
	struct keyring_key **keys;
	size_t n_keys;
	bool more; /* signatures than before */
	bool promoted;
};

struct signing {
	struct cli *cli;
	struct workspace ws;
	struct keyring ring;
	struct passphrases pass;
	struct job *jobs;
	size_t n_jobs;
	struct strmap jobs_by_role;
	struct holders holders;
};

static void fini(struct signing *s)
{
	for (size_t i = 0; i < s->n_jobs; i++)
		free(s->jobs[i].keys);
	free(s->jobs);
	strmap_fini(&s->jobs_by_role);
	holders_fini(&s->holders);
	keyring_fini(&s->ring);
	passphrases_fini(&s->pass);
	workspace_fini(&s->ws);
}

/* A role is asked for with its bins, which are its own words. */
static bool is_asked_for(const struct cli *c, const struct workspace *ws,
                         const struct workspace_role *r)
{
	for (size_t i = 0; i < cli_n_args(c); i++)
		if (strcmp(cli_arg(c, i), r->name) == 0 ||
		    (r->bin &&
		     strcmp(cli_arg(c, i), ws->roles[r->delegator].name) == 0))
			return true;
	return cli_has(c, "all");
}

/* What was named and has nothing to sign, nor its bins. */
static void say_idle(const struct signing *s)
{
	for (size_t i = 0; i < cli_n_args(s->cli); i++) {
		const char *role = cli_arg(s->cli, i);
		bool found = false;

		for (size_t k = 0; k < s->n_jobs && !found; k++) {
			const struct job *j = &s->jobs[k];

			found = strcmp(j->role, role) == 0 ||
			        strcmp(s->ws.roles[j->family].name, role) == 0;
		}
		if (!found)
			cli_say(s->cli, "%s: nothing is staged\n", role);
	}
}

/* Jobs in the order of the workspace: who delegates comes first. */
static int list_jobs(struct signing *s, struct err *e)
{
	struct workspace_role *r;

	for (size_t i = 0; i < cli_n_args(s->cli); i++)
		if (workspace_find_role(&r, &s->ws, cli_arg(s->cli, i), e) != 0)
			return -1;
	if ((cli_n_args(s->cli) == 0) != cli_has(s->cli, "all"))
		return err_set(e, ERR_USAGE,
		               "sign needs the roles, or --all and none");
	s->jobs = xcalloc(s->ws.n_roles, sizeof(*s->jobs));
	for (size_t i = 0; i < s->ws.n_roles; i++) {
		r = &s->ws.roles[i];
		if (r->staged == NULL || !is_asked_for(s->cli, &s->ws, r))
			continue;
		struct job *j = &s->jobs[s->n_jobs++];
		memcpy(j->role, r->name, sizeof(j->role));
		j->version = role_doc_version(r->staged);
		j->family = r->bin ? r->delegator : i;
		j->bin = r->bin;
	}
	say_idle(s);
	if (s->n_jobs == 0 && cli_has(s->cli, "all"))
		cli_say(s->cli, "nothing is staged\n");
	return 0;
}

/* The keys named, each of which must fit a job; or those of the folder that
 * do. */
static int choose_keys(struct signing *s, struct err *e)
{
	const char *path;
	bool named = cli_has(s->cli, "key");

	for (size_t i = 0; (path = cli_get_nth(s->cli, "key", i)) != NULL; i++)
		if (keyring_add(&s->ring, path, e) != 0)
			return -1;
	if (!named && keyring_add_dir(&s->ring, s->ws.keys_dir, e) != 0)
		return -1;
	for (size_t i = 0; i < s->n_jobs; i++)
		s->jobs[i].keys =
			xcalloc(s->ring.len + 1, sizeof(*s->jobs[i].keys));
	for (size_t k = 0; k < s->ring.len; k++) {
		struct keyring_key *key = &s->ring.items[k];
		struct err why = {0};
		bool fits = s->n_jobs == 0;

		/* One key signs a role and all of its bins. */
		for (size_t i = 0; i < s->n_jobs; i++) {
			struct job *j = &s->jobs[i];

			if (stage_check_signer(&s->ws, j->role, key,
			                       fits ? NULL : &why) != 0 ||
			    initiator_check(workspace_role(&s->ws, j->role),
			                    key->info.label,
			                    fits ? NULL : &why) != 0)
				continue;
			fits = true;
			j->keys[j->n_keys++] = key;
		}
		if (!fits && named) {
			if (e != NULL)
				*e = why;
			return -1;
		}
	}
	return 0;
}

/* Jobs without a key: an error for a role that was named, skipped for
 * --all. */
static int drop_keyless(struct signing *s, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_jobs; i++) {
		struct job *j = &s->jobs[i];

		if (j->n_keys > 0) {
			s->jobs[kept++] = *j;
			continue;
		}
		free(j->keys);
		j->keys = NULL;
		if (!cli_has(s->cli, "all"))
			(void)err_code(e, ERR_NOT_FOUND, "no_key",
			               "%s: there is no key for it in %s; "
			               "--key names one",
			               j->role, s->ws.keys_dir);
		else if (!j->bin)
			cli_say(s->cli, "%s: no key for it here\n", j->role);
	}
	bool lacking = kept < s->n_jobs;
	s->n_jobs = kept;
	if (lacking && !cli_has(s->cli, "all"))
		return -1;
	if (lacking && kept == 0)
		return err_code(e, ERR_NOT_FOUND, "no_key",
		                "no staged role has a key in %s",
		                s->ws.keys_dir);
	return 0;
}

/* Files that are not here, of one role. */
#define ABSENT_SAID 5

/* Is there a file? Entries stand in order of their paths, so a folder that is
 * not there is asked for once, not for each of thousands. */
static bool is_here(char **absent_folder, const char *path)
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	if (*absent_folder != NULL && strlen(*absent_folder) == n &&
	    strncmp(*absent_folder, path, n) == 0)
		return false;
	if (fs_exists(path))
		return true;
	free(*absent_folder);
	*absent_folder = xasprintf("%.*s", (int)n, path);
	if (fs_exists(*absent_folder)) {
		free(*absent_folder);
		*absent_folder = NULL;
	}
	return false;
}

/* What is about to be vouched for must be what the files say. Firmware may
 * be elsewhere, when only the metadata came on the stick. */
static int check_blobs(const struct signing *s, const struct workspace_role *r,
                       struct err *e)
{
	const struct tuf_targets *t = &r->staged->targets;
	SCOPED(free)
	char *absent_folder = NULL;
	size_t absent = 0;

	for (size_t i = 0; i < t->n_targets; i++) {
		SCOPED(free)
		char *path = workspace_path(&s->ws, "targets/%s",
		                            t->targets[i].path);

		if (workspace_is_signed(r, &t->targets[i]))
			continue;
		if (is_here(&absent_folder, path)) {
			if (source_check_blob(&s->ws, &t->targets[i], e) != 0)
				return -1;
		} else if (absent++ < ABSENT_SAID) {
			cli_say(s->cli, "  %s: its file is not here\n",
			        t->targets[i].path);
		}
	}
	if (absent > ABSENT_SAID)
		cli_say(s->cli, "  … %zu files of %s are not here\n", absent,
		        r->name);
	return 0;
}

/* Each role once, with its bins. */
static void describe(const struct signing *s, const struct catalog *c)
{
	if (cli_has(s->cli, "quiet"))
		return;
	for (size_t i = 0; i < s->n_jobs; i++)
		if (i == 0 || s->jobs[i].family != s->jobs[i - 1].family ||
		    !s->jobs[i].bin)
			describe_change(cli_world(s->cli)->err, &s->ws,
			                &s->ws.roles[s->jobs[i].family], c);
}

/* Bins that are worth a thread. */
#define JOBS_PER_THREAD 8

static int lint_one(void *ctx, size_t i, struct err *e)
{
	const struct signing *s = ctx;

	return role_doc_lint(workspace_role(&s->ws, s->jobs[i].role)->staged,
	                     e);
}

/* Nothing is signed that the server would refuse, or that is over. */
static int review(struct signing *s, struct err *e)
{
	struct source source = {.ws = &s->ws};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};

	if (s->n_jobs == 0)
		return 0;
	if (crew_run(lint_one, s, s->n_jobs,
	             crew_size(s->n_jobs, JOBS_PER_THREAD), e) != 0 ||
	    source_catalog(&catalog, &source, e) != 0 ||
	    past_check(&s->ws, e) != 0)
		return -1;
	describe(s, &catalog);
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct workspace_role *r =
			workspace_role(&s->ws, s->jobs[i].role);
		char ended[RFC3339_SIZE];

		rfc3339_format(ended, r->staged->env.expires_s);
		if (r->staged->env.expires_s <= s->ws.now_s)
			return err_set(e, ERR_EXPIRED,
			               "%s: its draft expired %s; pawl-repo "
			               "renew %s makes a new one",
			               r->name, ended, r->name);
		if (!role_doc_is_root(r->staged) && check_blobs(s, r, e) != 0)
			return -1;
	}
	if (catalog.solo)
		cli_say(s->cli, "SOLO repository: one key alone signs a "
		                "role\n");
	return cmd_confirm(s->cli, "Sign this?", e);
}

/* A key that signed already need not be opened again. */
static int open_keys(struct signing *s, struct err *e)
{
	for (size_t i = 0; i < s->n_jobs; i++) {
		struct job *j = &s->jobs[i];
		const struct workspace_role *r =
			workspace_role(&s->ws, j->role);

		strmap_put(&s->jobs_by_role, j->role, i);
		for (size_t k = 0; k < j->n_keys; k++)
			if (!role_doc_signed_by(r->staged,
			                        &j->keys[k]->info.public) &&
			    keyring_open(j->keys[k], &s->pass, e) != 0)
				return -1;
	}
	return 0;
}

/* Signed, and looked at by those who will be asked to believe it. */
static int sign_one(void *ctx, size_t i, struct err *e)
{
	struct signing *s = ctx;
	struct job *j = &s->jobs[i];
	const struct workspace_role *r = workspace_role(&s->ws, j->role);
	struct tuf_quorum q[2];

	if (stage_sign(&j->more, &s->ws, r, j->keys, j->n_keys, e) != 0)
		return -1;
	if (workspace_quorums(q, &s->ws, j->role, false) > 0)
		(void)!role_doc_check(r->staged, &q[0], NULL);
	return 0;
}

static int sign(struct signing *s, struct err *e)
{
	SCOPED(stage_batch_fini)
	struct stage_batch batch = {0};

	if (open_keys(s, e) != 0 ||
	    crew_run(sign_one, s, s->n_jobs,
	             crew_size(s->n_jobs, JOBS_PER_THREAD), e) != 0)
		return -1;
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct job *j = &s->jobs[i];

		if (j->more &&
		    stage_batch_signed(&batch, &s->ws,
		                       workspace_role(&s->ws, j->role), e) != 0)
			return -1;
	}
	return stage_batch_commit(&batch, &s->ws, e);
}

static void note_promoted(void *ctx, const char *role, int64_t version)
{
	struct signing *s = ctx;
	char owner[TUF_ROLE_MAX];
	size_t i;

	if (strmap_get(&s->jobs_by_role, role, &i))
		s->jobs[i].promoted = true;
	if (!bins_owner(owner, role))
		cli_say(s->cli, "complete: metadata/%" PRId64 ".%s.json\n",
		        version, role);
}

/* How far one job is. */
struct outcome {
	struct stage_progress p;
	char (*missing)[KEY_ID_SIZE];
	size_t n_missing;
};

static struct outcome outcome_of(const struct signing *s, const struct job *j)
{
	const struct workspace_role *r = workspace_role(&s->ws, j->role);
	struct outcome o = {.p.complete = true};

	if (j->promoted || r == NULL || r->staged == NULL)
		return o;
	stage_progress(&o.p, &s->ws, r);
	o.n_missing = stage_missing(&o.missing, &s->ws, r);
	return o;
}

static void write_outcome(struct jw *w, const struct job *j,
                          const struct outcome *o)
{
	jw_object(w);
	jw_put_str(w, "role", j->role);
	jw_put_int(w, "version", j->version);
	jw_put_bool(w, "complete", j->promoted);
	jw_put_str(w, "waits_for",
	           o->p.waits_for[0] != '\0' ? o->p.waits_for : NULL);
	jw_key(w, "missing");
	jw_array(w);
	for (size_t i = 0; !o->p.complete && i < o->n_missing; i++)
		jw_str(w, o->missing[i]);
	jw_end_array(w);
	jw_end_object(w);
}

static void print_outcome(const struct signing *s, const struct job *j,
                          const struct outcome *o)
{
	if (j->promoted) {
		cli_print(s->cli, "complete\n");
		return;
	}
	cli_print(s->cli, "%zu of %" PRId64 " signatures", o->p.have,
	          o->p.need);
	if (o->p.complete) {
		cli_print(s->cli, ", waits for: %s\n", o->p.waits_for);
		return;
	}
	cli_print(s->cli, "; may still sign:");
	for (size_t i = 0; i < o->n_missing; i++) {
		const char *label = holders_label(&s->holders, o->missing[i]);

		cli_print(s->cli, " %.16s%s%s", o->missing[i],
		          *label != '\0' ? " " : "", label);
	}
	cli_print(s->cli, "\n");
}

/* Bins of one role that are equally far are one line. */
static bool same_outcome(const struct job *a, const struct outcome *x,
                         const struct job *b, const struct outcome *y)
{
	return a->bin && b->bin && a->family == b->family &&
	       a->promoted == b->promoted && x->p.have == y->p.have &&
	       x->p.need == y->p.need && x->n_missing == y->n_missing &&
	       strcmp(x->p.waits_for, y->p.waits_for) == 0;
}

static void print_run(const struct signing *s, size_t from, size_t to,
                      const struct outcome *o)
{
	const struct job *j = &s->jobs[from];

	if (to - from == 1)
		cli_print(s->cli, "%s %" PRId64 ": ", j->role, j->version);
	else
		cli_print(s->cli, "%s to %s: ", j->role, s->jobs[to - 1].role);
	print_outcome(s, j, o);
}

static void answer_jobs(const struct signing *s, struct jw *w)
{
	struct outcome first = {0};
	size_t from = 0;

	for (size_t i = 0; i < s->n_jobs; i++) {
		struct outcome o = outcome_of(s, &s->jobs[i]);

		write_outcome(w, &s->jobs[i], &o);
		if (i > 0 &&
		    same_outcome(&s->jobs[from], &first, &s->jobs[i], &o)) {
			free(o.missing);
			continue;
		}
		if (i > 0 && !cli_wants_json(s->cli))
			print_run(s, from, i, &first);
		free(first.missing);
		first = o;
		from = i;
	}
	if (s->n_jobs > 0 && !cli_wants_json(s->cli))
		print_run(s, from, s->n_jobs, &first);
	free(first.missing);
}

static int answer(struct signing *s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(16 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-sign/1");
	jw_key(&w, "roles");
	jw_array(&w);
	holders_read(&s->holders, &s->ws);
	answer_jobs(s, &w);
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_wants_json(s->cli) ? cli_print_json(s->cli, &json, e) : 0;
}

static int run(struct signing *s, struct err *e)
{
	if (workspace_open_to_change(&s->ws, s->cli, e) != 0 ||
	    stage_check_finished(&s->ws, e) != 0 || list_jobs(s, e) != 0 ||
	    passphrases_init(&s->pass, s->cli, "passphrase-file", e) != 0 ||
	    choose_keys(s, e) != 0 || drop_keyless(s, e) != 0 ||
	    review(s, e) != 0 || sign(s, e) != 0 ||
	    stage_promote_read(&s->ws, note_promoted, s, e) != 0)
		return -1;
	return answer(s, e);
}

int cmd_sign(struct cli *c, struct err *e)
{
	struct signing s = {.cli = c};
	int result = run(&s, e);

	fini(&s);
	return result;
}

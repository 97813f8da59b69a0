#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/cmd/release_options.h"
#include "repo-tools/folder/blob.h"
#include "repo-tools/folder/counters.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/kept.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* What is known before anything is written. */
struct addition {
	char role[TUF_ROLE_MAX]; /* releases.P, or the bin of the path */
	char *file;              /* the real one, behind links */
	struct catalog_release release;
	int64_t highest; /* counter of the releases so far; -1: none */
	bool unchanged;  /* signed already, word for word */
};

static int measure(struct addition *a, const char *file, struct err *e)
{
	struct stat st;

	a->file = realpath(file, NULL);
	if (a->file == NULL || stat(a->file, &st) != 0)
		return err_errno(e, errno, "%s", file);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: is no regular file", file);
	if (hash_file(a->release.sha256, &a->release.length, a->file, e) != 0)
		return -1;
	if (a->release.length == 0)
		return err_set(e, ERR_INVALID, "%s: is empty", file);
	return 0;
}

/* Of all that were ever signed here, and of what is staged besides `but`. */
static int highest_counter(int64_t *highest, const struct workspace *ws,
                           const struct catalog_product *p, const char *product,
                           const char *but, struct err *e)
{
	if (counters_highest(highest, ws, product, e) != 0)
		return -1;
	for (size_t i = 0; p != NULL && i < p->n_releases; i++)
		if (strcmp(p->releases[i].path, but) != 0 &&
		    p->releases[i].fw.counter > *highest)
			*highest = p->releases[i].fw.counter;
	return 0;
}

/* A counter never falls; each rise shuts the way back to what is below it
 * for every device that confirms the release. */
static int choose_counter(struct addition *a, const struct cli *c,
                          struct err *e)
{
	int64_t before = a->highest >= 0 ? a->highest : 0;
	int64_t counter = a->highest >= 0 ? a->highest : 1;

	if (cli_int(&counter, c, "counter", 0, UINT32_MAX, e) != 0)
		return -1;
	if (counter < before)
		return err_code(e, ERR_CONFLICT, "counter_low",
		                "--counter: %" PRId64 " is below the %" PRId64
		                " of an earlier release; a counter never falls",
		                counter, before);
	if (counter > before + 1 && !cli_has(c, "force"))
		return err_code(e, ERR_CONFLICT, "counter_jump",
		                "--counter: %" PRId64 " jumps from %" PRId64
		                ", there is no way back; --force if it is "
		                "meant",
		                counter, before);
	a->release.fw.counter = (uint32_t)counter;
	return 0;
}

/* What was signed under the path, now or once. */
struct signed_entry {
	const char *path;
	char *custom; /* NULL: nothing was */
	char sha256[SHA256_HEX_SIZE];
};

static void note_signed(void *ctx, const struct tuf_targets *t)
{
	struct signed_entry *s = ctx;
	const struct tuf_target *f = tuf_targets_find(t, s->path);

	if (f == NULL || f->custom == NULL)
		return;
	free(s->custom);
	s->custom = xstrdup(f->custom);
	memcpy(s->sha256, f->sha256, sizeof(s->sha256));
}

/* What is listed now, before what was removed. */
static int find_signed(struct signed_entry *s, const struct addition *a,
                       const struct cli *c, const struct workspace *ws,
                       struct err *e)
{
	const struct workspace_role *r = workspace_role(ws, a->role);

	s->path = a->release.path;
	if (r != NULL && r->current != NULL)
		note_signed(s, &r->current->targets);
	if (s->custom != NULL)
		return 0;
	return kept_releases(ws, cli_get(c, "product"), s->path, note_signed, s,
	                     e);
}

static int check_bytes(const struct addition *a, const char *sha256,
                       const char *how, struct err *e)
{
	if (strcmp(sha256, a->release.sha256) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "target_exists",
	                "%s: %s with other bytes (sha256 %.16s…, not %.16s…); "
	                "a new image needs a new version",
	                a->release.path, how, sha256, a->release.sha256);
}

/* Once signed it is the same for ever, also when it was removed: a server
 * publishes nothing else under the path (path_reused). */
static int check_signed(struct addition *a, const struct cli *c,
                        const struct signed_entry *s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf custom = BUF_INIT(FW_CUSTOM_MAX);
	struct fw was;

	if (check_bytes(a, s->sha256, "was signed", e) != 0 ||
	    fw_parse(&was, s->path, s->custom, e) != 0)
		return -1;
	if (!cli_has(c, "built"))
		a->release.fw.built_s = was.built_s;
	if (!cli_has(c, "counter"))
		a->release.fw.counter = was.counter;
	if (fw_write(&custom, &a->release.fw, e) != 0)
		return -1;
	if (strcmp(buf_str(&custom), s->custom) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "release_signed",
	                "%s: is signed already with another manifest; a "
	                "changed one needs a new version",
	                s->path);
}

/* Signed, and nobody is about to take it away. */
static bool is_listed(const struct workspace *ws, const char *role,
                      const char *path)
{
	const struct workspace_role *r = workspace_role(ws, role);

	return r != NULL && r->current != NULL &&
	       tuf_targets_find(&r->current->targets, path) != NULL &&
	       (r->staged == NULL ||
	        tuf_targets_find(&r->staged->targets, path) != NULL);
}

/* An entry at the same path: other bytes never; once signed, not another
 * manifest either. */
static int check_same_path(struct addition *a, const struct cli *c,
                           const struct workspace *ws,
                           const struct catalog_product *p, struct err *e)
{
	const struct catalog_release *old =
		p != NULL ? catalog_release(p, a->release.path) : NULL;
	struct signed_entry s = {0};
	int result = 0;

	if (old != NULL && check_bytes(a, old->sha256, "is listed", e) != 0)
		return -1;
	if (find_signed(&s, a, c, ws, e) != 0)
		result = -1;
	else if (s.custom != NULL)
		result = check_signed(a, c, &s, e);
	a->unchanged = result == 0 && s.custom != NULL &&
	               is_listed(ws, a->role, s.path);
	free(s.custom);
	return result;
}

static int prepare(struct addition *a, const struct cli *c,
                   const struct workspace *ws, struct err *e)
{
	struct source s = {.ws = ws};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	const struct catalog_product *p;
	char owner[TUF_ROLE_MAX];

	if (workspace_product_role(a->role, ws, "releases.",
	                           cli_get(c, "product"), e) != 0 ||
	    release_options_read(&a->release.fw, c, ws, e) != 0 ||
	    release_options_path(a->release.path, c, &a->release.fw,
	                         cli_arg(c, 0), e) != 0 ||
	    measure(a, cli_arg(c, 0), e) != 0 ||
	    source_catalog(&catalog, &s, e) != 0)
		return -1;
	(void)snprintf(owner, sizeof(owner), "%s", a->role);
	workspace_entry_role(a->role, ws, owner, a->release.path);
	p = catalog_product(&catalog, cli_get(c, "product"));
	if (highest_counter(&a->highest, ws, p, cli_get(c, "product"),
	                    a->release.path, e) != 0 ||
	    choose_counter(a, c, e) != 0)
		return -1;
	return check_same_path(a, c, ws, p, e);
}

/* Firmware first: a killed process leaves a file nobody lists. */
static int stage(const struct addition *a, const struct workspace *ws,
                 int64_t *version, size_t *dropped, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(buf_fini)
	struct buf custom = BUF_INIT(FW_CUSTOM_MAX);
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = ws, .draft_role = a->role, .draft = &t};

	if (fw_write(&custom, &a->release.fw, e) != 0 ||
	    stage_draft(&t, ws, a->role, e) != 0)
		return -1;
	tuf_targets_put(&t, a->release.path, a->release.length,
	                a->release.sha256, buf_str(&custom));
	*version = t.version;
	if (source_catalog(&catalog, &s, e) != 0 ||
	    blob_copy(ws, a->file, a->release.path, a->release.sha256, e) != 0)
		return -1;
	return stage_put(ws, a->role, &t, dropped, e);
}

static bool raises(const struct addition *a)
{
	return a->highest >= 0 && a->release.fw.counter > a->highest;
}

static int answer(const struct addition *a, const struct cli *c,
                  int64_t version, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	if (!cli_wants_json(c)) {
		cli_print(c, "%s\n", a->release.path);
		if (!a->unchanged)
			cli_say(c,
			        "staged as %s %" PRId64
			        "; next: pawl-repo sign %s\n",
			        a->role, version, a->role);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-release/1");
	jw_put_str(&w, "path", a->release.path);
	jw_put_str(&w, "sha256", a->release.sha256);
	jw_put_int(&w, "length", a->release.length);
	jw_put_int(&w, "counter", a->release.fw.counter);
	jw_put_bool(&w, "no_way_back", raises(a));
	jw_put_str(&w, "role", a->role);
	jw_put_int(&w, "role_version", version);
	jw_put_bool(&w, "staged", !a->unchanged);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int add(struct addition *a, const struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	int64_t version = 0;
	size_t dropped = 0;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    prepare(a, c, &ws, e) != 0)
		return -1;
	if (a->unchanged) {
		cli_say(c, "%s: is signed already, word for word\n",
		        a->release.path);
		version =
			role_doc_version(workspace_role(&ws, a->role)->current);
		return answer(a, c, version, e);
	}
	if (!cli_has(c, "quiet"))
		describe_release(cli_world(c)->err, "  ", &a->release);
	if (raises(a))
		cli_say(c,
		        "  NO WAY BACK: raises the security counter from "
		        "%" PRId64 " to %" PRIu32 "\n",
		        a->highest, a->release.fw.counter);
	if (stage(a, &ws, &version, &dropped, e) != 0)
		return -1;
	if (dropped > 0)
		cli_say(c, "%s: the earlier draft's %zu signatures are gone\n",
		        a->role, dropped);
	return answer(a, c, version, e);
}

int cmd_release_add(struct cli *c, struct err *e)
{
	struct addition *a = xcalloc(1, sizeof(*a));
	int result = add(a, c, e);

	free(a->file);
	free(a);
	return result;
}

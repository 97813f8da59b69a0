#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/stage.h"

#include <string.h>

const struct cli_option cmd_init_options[] = {
	/* clang-format off */
	{"root-keys", 0, "N", 0, NULL,
	 "how many root keys (default 3; solo: 1)"},
	{"root-threshold", 0, "N", 0, NULL,
	 "how many of them sign (default 2; solo: 1)"},
	{"targets-keys", 0, "N", 0, NULL,
	 "how many targets keys (default 3; solo: 1)"},
	{"targets-threshold", 0, "N", 0, NULL,
	 "how many of them sign (default 2; solo: 1)"},
	{"profile", 0, "NAME", 0, "team",
	 "team, or solo: one key signs alone"},
	CMD_NEW_KEY_OPTIONS,
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

int cmd_confirm(const struct cli *c, const char *question, struct err *e)
{
	if (cli_has(c, "yes"))
		return 0;
	return prompt_confirm(cli_world(c), question, e);
}

/* How many keys and signers of the two offline roles. */
static int plan_roles(struct ceremony *y, const struct cli *c, struct err *e)
{
	static const char *const profiles[] = {"team", "solo", NULL};
	int64_t root_keys, root_need, targets_keys, targets_need;
	int profile = 0;

	if (cli_enum(&profile, c, "profile", profiles, e) != 0)
		return -1;
	root_keys = targets_keys = profile == 1 ? 1 : 3;
	root_need = targets_need = profile == 1 ? 1 : 2;
	if (cli_int(&root_keys, c, "root-keys", 1, CEREMONY_KEYS_MAX, e) != 0 ||
	    cli_int(&root_need, c, "root-threshold", 1, CEREMONY_KEYS_MAX, e) !=
	            0 ||
	    cli_int(&targets_keys, c, "targets-keys", 1, CEREMONY_KEYS_MAX,
	            e) != 0 ||
	    cli_int(&targets_need, c, "targets-threshold", 1, CEREMONY_KEYS_MAX,
	            e) != 0)
		return -1;
	(void)ceremony_add(y, "root", root_keys, root_need, false);
	(void)ceremony_add(y, "targets", targets_keys, targets_need, false);
	(void)ceremony_add(y, "snapshot", 1, 1, true);
	(void)ceremony_add(y, "timestamp", 1, 1, true);
	return ceremony_check(y, e);
}

static int refuse_entry(void *ctx, const char *name, struct err *e)
{
	const char *dir = ctx;

	return err_set(e, ERR_CONFLICT,
	               "%s/%s: exists already; a new repository needs a folder "
	               "without it. What an interrupted init left can be "
	               "deleted: nothing relies on it",
	               dir, name);
}

static int refuse_key(void *ctx, const char *name, struct err *e)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".key") == 0
	               ? refuse_entry(ctx, name, e)
	               : 0;
}

/* Nothing of an older or unfinished repository may be mixed in: keys that its
 * root does not list would go to holders all the same. A folder of keys that
 * stands elsewhere may serve several repositories. */
static int check_empty(const struct workspace *ws, bool own_keys, struct err *e)
{
	static const char *const ours[] = {"metadata", "staged", "online"};
	SCOPED(free)
	char *identity = workspace_path(ws, "pawl.json");

	if (fs_exists(identity))
		return err_set(e, ERR_CONFLICT,
		               "%s: exists already; a new repository needs a "
		               "folder without it",
		               identity);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		SCOPED(free)
		char *dir = workspace_path(ws, "%s", ours[i]);

		if (fs_exists(dir) && fs_list(dir, refuse_entry, dir, e) != 0)
			return -1;
	}
	return own_keys && fs_exists(ws->keys_dir)
	               ? fs_list(ws->keys_dir, refuse_key, ws->keys_dir, e)
	               : 0;
}

static int write_root(const struct ceremony *y, struct keyring_key **signers,
                      size_t n_signers, struct err *e)
{
	static const enum tuf_type types[] = {TUF_ROOT, TUF_TARGETS,
	                                      TUF_SNAPSHOT, TUF_TIMESTAMP};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {.version = 1, .consistent_snapshot = true};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_ROOT_MAX);

	root.expires_s = y->ws->now_s + workspace_life_s("root");
	(void)snprintf(root.repo, sizeof(root.repo), "%s", y->ws->repo);
	for (size_t i = 0; i < y->n_roles; i++) {
		root.roles[types[i]].threshold = y->roles[i].threshold;
		for (size_t k = 0; k < y->roles[i].ring.len; k++)
			tuf_root_add_key(
				&root, types[i],
				&y->roles[i].ring.items[k].info.public);
	}
	if (tuf_root_write(&bytes, &root, e) != 0)
		return -1;
	return stage_write_signed(y->ws, "root", 1, &bytes, signers, n_signers,
	                          e);
}

static int write_targets(const struct ceremony *y, struct keyring_key **signers,
                         size_t n_signers, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets targets = {.version = 1, .has_delegations = true};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_TARGETS_MAX);

	targets.expires_s = y->ws->now_s + workspace_life_s("targets");
	if (tuf_targets_write(&bytes, &targets, e) != 0)
		return -1;
	return stage_write_signed(y->ws, "targets", 1, &bytes, signers,
	                          n_signers, e);
}

/* Keys are at hand, so the first root and targets are complete at once;
 * pawl.json comes last and makes it a repository. */
static int write_all(struct ceremony *y, struct err *e)
{
	SCOPED(free)
	struct keyring_key **root = ceremony_signers(&y->roles[0]);
	SCOPED(free)
	struct keyring_key **targets = ceremony_signers(&y->roles[1]);

	if (write_root(y, root, y->roles[0].ring.len, e) != 0 ||
	    write_targets(y, targets, y->roles[1].ring.len, e) != 0 ||
	    holders_remember(y->ws, e) != 0)
		return -1;
	return workspace_found(y->ws, e);
}

/* There is no repository: what was made for it is of no use, and would be in
 * the way of the next try. */
static void abandon(struct ceremony *y)
{
	static const char *const made[] = {"pawl.json", "holders.json",
	                                   "metadata/1.targets.json",
	                                   "metadata/1.root.json"};

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		SCOPED(free)
		char *path = workspace_path(y->ws, "%s", made[i]);

		(void)!fs_remove(path, NULL);
	}
	ceremony_unmake(y);
}

static int hold(struct ceremony *y, struct err *e)
{
	if (ceremony_make(y, e) != 0)
		return -1;
	if (write_all(y, e) == 0)
		return 0;
	abandon(y);
	return -1;
}

/* Another may have begun while the question waited for its answer. */
static int claim(struct workspace *ws, bool own_keys, struct err *e)
{
	if (fs_mkdirs(ws->dir, 0755, e) != 0 ||
	    dirlock_take(&ws->lock, ws->dir, e) != 0)
		return -1;
	return check_empty(ws, own_keys, e);
}

static bool is_solo(const struct ceremony *y)
{
	return y->roles[0].threshold == 1 || y->roles[1].threshold == 1;
}

static int answer(const struct ceremony *y, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	if (!cli_wants_json(y->cli)) {
		cli_print(y->cli, "%s: repository %s%s\n", y->ws->dir,
		          y->ws->repo, is_solo(y) ? " (solo)" : "");
		cli_say(y->cli,
		        "Next: give each key file to its holder, who changes "
		        "its passphrase (pawl-repo key passwd);\n"
		        "then pawl-repo product add NAME\n");
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-init/1");
	jw_put_str(&w, "dir", y->ws->dir);
	jw_put_str(&w, "repo", y->ws->repo);
	jw_put_bool(&w, "solo", is_solo(y));
	ceremony_write(&w, y);
	jw_end_object(&w);
	return cli_print_json(y->cli, &json, e);
}

int cmd_init(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(ceremony_fini)
	struct ceremony y = {0};
	uint8_t id[(REPO_ID_SIZE - 1) / 2];
	bool own_keys = !cli_has(c, "keys");

	workspace_begin(&ws, c, cli_arg(c, 0));
	ws.created_s = ws.now_s;
	if (check_empty(&ws, own_keys, e) != 0 ||
	    ceremony_init(&y, c, &ws, e) != 0 || plan_roles(&y, c, e) != 0)
		return -1;
	rng_fill(cli_world(c)->rng, id, sizeof(id));
	hex_encode(ws.repo, id, sizeof(id));
	if (ceremony_announce(&y, "A new repository", e) != 0 ||
	    claim(&ws, own_keys, e) != 0 || hold(&y, e) != 0)
		return -1;
	return answer(&y, e);
}

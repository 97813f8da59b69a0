/*
 * revoke: a key leaves every role that has it, or a target the role that lists
 * it. threshold: how many sign.
 */
#include "config.h"

#include "lib/base/num.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/cmd/remove.h"
#include "repo-tools/folder/rekey_say.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_revoke_options[] = {
	/* clang-format off */
	{"dry-run", 'n', NULL, 0, NULL,
	 "only say what would change and how clients would walk"},
	{"plans", 0, NULL, 0, NULL,
	 "of a release: remove the plans that name it too"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

const struct cli_option cmd_threshold_options[] = {
	/* clang-format off */
	{"solo", 0, NULL, 0, NULL,
	 "one key alone may sign: one theft is then enough"},
	{"dry-run", 'n', NULL, 0, NULL,
	 "only say what would change and how clients would walk"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

struct change {
	struct cli *cli;
	struct workspace ws;
	struct rekey rekey;
	size_t n_roles; /* that had the key */
	char *command;  /* as it was typed */
};

static void fini(struct change *x)
{
	free(x->command);
	rekey_fini(&x->rekey);
	workspace_fini(&x->ws);
}

/* 1: it was interrupted before, and is done now. */
static int open_change(struct change *x, const char *name, const char *schema,
                       struct err *e)
{
	static const char *const what[] = {NULL};
	bool mine = false;

	x->command = rekey_command(x->cli, name, what);
	if (workspace_open_to_change(&x->ws, x->cli, e) != 0 ||
	    rekey_init(&x->rekey, &x->ws, e) != 0 ||
	    (!cli_has(x->cli, "dry-run") &&
	     rekey_resume(&mine, &x->rekey, x->command, e) != 0))
		return -1;
	if (!mine)
		return 0;
	return rekey_answer(x->cli, &x->rekey, schema, 0, e) == 0 ? 1 : -1;
}

/* Check, say, ask, stage, answer. */
static int finish(struct change *x, bool solo, const char *schema,
                  struct err *e)
{
	size_t dropped;

	if (rekey_check(&x->rekey, solo, e) != 0)
		return -1;
	rekey_say_walk(x->cli, &x->rekey);
	if (cli_has(x->cli, "dry-run"))
		return 0;
	if (cmd_confirm(x->cli, "Go on?", e) != 0 ||
	    rekey_stage(&x->rekey, x->command, &dropped, e) != 0)
		return -1;
	return rekey_answer(x->cli, &x->rekey, schema, dropped, e);
}

/* Roles are listed before the first one changes. */
struct listing {
	struct change *change;
	char (*roles)[TUF_ROLE_MAX];
	char (*ids)[KEY_ID_SIZE];
	size_t n;
	struct err ambiguous;
};

#define ROLES_MAX 512

static int note_role(void *ctx, const char *role, struct err *e)
{
	struct listing *l = ctx;
	char id[KEY_ID_SIZE];
	struct err why = {0};

	if (rekey_find_key(id, &l->change->rekey, role,
	                   cli_arg(l->change->cli, 0), &why) != 0) {
		if (strcmp(why.code, "unknown_key") != 0) {
			if (e != NULL)
				*e = why;
			return -1;
		}
		return 0;
	}
	if (l->n == ROLES_MAX)
		return err_set(e, ERR_TOO_LARGE, "%s: has the key too", role);
	(void)snprintf(l->roles[l->n], TUF_ROLE_MAX, "%s", role);
	memcpy(l->ids[l->n++], id, KEY_ID_SIZE);
	return 0;
}

static int revoke_key(struct change *x, struct listing *l, struct err *e)
{
	int resumed = open_change(x, "revoke", "pawl-repo-revoke/1", e);

	if (resumed != 0)
		return resumed == 1 ? 0 : -1;
	if (rekey_each_role(&x->rekey, note_role, l, e) != 0)
		return -1;
	if (l->n == 0)
		return err_code(e, ERR_NOT_FOUND, "unknown_key",
		                "'%.64s': no role has this key; its id, at "
		                "least 8 digits of it, or its key file is "
		                "needed; a target goes by its path",
		                cli_arg(x->cli, 0));
	for (size_t i = 0; i < l->n; i++) {
		cli_say(x->cli, "%s: key %.16s goes\n", l->roles[i], l->ids[i]);
		if (rekey_remove(&x->rekey, l->roles[i], l->ids[i], e) != 0)
			return -1;
	}
	return finish(x, false, "pawl-repo-revoke/1", e);
}

/* The path of a key file may have a '/' too: a target is what a role lists. */
static int revoke_target(bool *done, struct cli *c, struct err *e)
{
	*done = false;
	if (strchr(cli_arg(c, 0), '/') != NULL &&
	    remove_target(done, c, cli_arg(c, 0), e) != 0)
		return -1;
	if (!*done && cli_has(c, "plans"))
		return err_set(e, ERR_USAGE,
		               "--plans: is for a release, given by its path");
	return 0;
}

static int revoke_everywhere(struct cli *c, struct err *e)
{
	struct change x = {.cli = c};
	struct listing l = {
		.change = &x,
		.roles = calloc(ROLES_MAX, sizeof(*l.roles)),
		.ids = calloc(ROLES_MAX, sizeof(*l.ids)),
	};
	int result = -1;

	if (l.roles == NULL || l.ids == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory for roles");
	else
		result = revoke_key(&x, &l, e);
	free(l.roles);
	free(l.ids);
	fini(&x);
	return result;
}

int cmd_revoke(struct cli *c, struct err *e)
{
	bool done;

	if (revoke_target(&done, c, e) != 0)
		return -1;
	return done ? 0 : revoke_everywhere(c, e);
}

static int threshold(struct change *x, struct err *e)
{
	const char *role = cli_arg(x->cli, 0);
	struct tuf_quorum q;
	int64_t n;
	int resumed;

	if (cli_as_usage(num_i64(&n, cli_arg(x->cli, 1), 1, CEREMONY_KEYS_MAX,
	                         "threshold", e),
	                 e) != 0)
		return -1;
	resumed = open_change(x, "threshold", "pawl-repo-threshold/1", e);
	if (resumed != 0)
		return resumed == 1 ? 0 : -1;
	if (rekey_quorum(&q, &x->rekey, role, e) != 0)
		return -1;
	if (q.threshold == n)
		return err_set(e, ERR_CONFLICT, "%s: %" PRId64 " sign already",
		               role, n);
	cli_say(x->cli,
	        "%s: %" PRId64 " of its %zu keys sign, was %" PRId64 "\n", role,
	        n, q.n_keyids, q.threshold);
	if (rekey_threshold(&x->rekey, role, n, e) != 0)
		return -1;
	return finish(x, cli_has(x->cli, "solo"), "pawl-repo-threshold/1", e);
}

int cmd_threshold(struct cli *c, struct err *e)
{
	struct change x = {.cli = c};
	int result = threshold(&x, e);

	fini(&x);
	return result;
}

/*
 * One verb for new keys of any role. The change is tried with stand-ins for
 * keys that are still to be made, so that all that can be refused is refused,
 * and everything is said, before the first key exists.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/rekey_say.h"

#include <string.h>

const struct cli_option cmd_rotate_options[] = {
	/* clang-format off */
	{"key", 'k', "KEY", 0, NULL,
	 "replace this one: an id, its first 8 digits or more, or a key file "
	 "(default all of the role)"},
	{"with", 0, "FILE", 0, NULL,
	 "by this key, made with key new (default one that is made now); "
	 "without --key it joins the others"},
	{"online", 0, NULL, 0, NULL,
	 "snapshot, timestamp and every rollout at once, instead of a role"},
	{"dry-run", 'n', NULL, 0, NULL,
	 "only say what would change and how clients would walk"},
	CMD_NEW_KEY_OPTIONS,
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* One key that goes; or none, and one only comes. */
struct swap {
	char role[TUF_ROLE_MAX];
	char old[KEY_ID_SIZE];
	char label[SECRETFILE_LABEL_SIZE]; /* whose it is, where known */
	struct key_public new;             /* a stand-in at first */
};

struct rotation {
	struct cli *cli;
	struct workspace ws;
	struct rekey rekey;
	struct ceremony ceremony;
	struct keyring here; /* key files in the folder, for labels */
	struct keyring with;
	struct swap *swaps;
	size_t n_swaps;
};

static void fini(struct rotation *r)
{
	rekey_fini(&r->rekey);
	ceremony_fini(&r->ceremony);
	keyring_fini(&r->here);
	keyring_fini(&r->with);
	workspace_fini(&r->ws);
	free(r->swaps);
}

static void find_label(struct swap *s, const struct keyring *here)
{
	for (size_t i = 0; i < here->len; i++)
		if (strcmp(here->items[i].info.public.id, s->old) == 0)
			memcpy(s->label, here->items[i].info.label,
			       sizeof(s->label));
}

static void add_swap(struct rotation *r, const char *role, const char *old)
{
	struct swap *s;

	r->swaps = xreallocarray(r->swaps, r->n_swaps + 1, sizeof(*r->swaps));
	s = &r->swaps[r->n_swaps++];
	*s = (struct swap){0};
	(void)snprintf(s->role, sizeof(s->role), "%s", role);
	(void)snprintf(s->old, sizeof(s->old), "%s", old);
	find_label(s, &r->here);
}

static int swap_all(struct rotation *r, const char *role, struct err *e)
{
	struct tuf_quorum q;

	if (rekey_quorum(&q, &r->rekey, role, e) != 0)
		return -1;
	for (size_t i = 0; i < q.n_keyids; i++)
		add_swap(r, role, q.keyids[i]);
	return 0;
}

static int swap_online(void *ctx, const char *role, struct err *e)
{
	return describe_is_online(role) ? swap_all(ctx, role, e) : 0;
}

static int choose(struct rotation *r, struct err *e)
{
	const struct cli *c = r->cli;
	const char *key = cli_get(c, "key"), *with = cli_get(c, "with");
	char old[KEY_ID_SIZE];

	if ((cli_n_args(c) == 1) == cli_has(c, "online"))
		return err_set(e, ERR_USAGE,
		               "rotate needs a role, or --online and none");
	if ((with != NULL || key != NULL) && cli_has(c, "online"))
		return err_set(e, ERR_USAGE,
		               "--key and --with are about one role, not "
		               "about --online");
	if (cli_has(c, "online"))
		return rekey_each_role(&r->rekey, swap_online, r, e);
	if (with != NULL && key == NULL) {
		add_swap(r, cli_arg(c, 0), "");
		return 0;
	}
	if (key == NULL)
		return swap_all(r, cli_arg(c, 0), e);
	if (rekey_find_key(old, &r->rekey, cli_arg(c, 0), key, e) != 0)
		return -1;
	add_swap(r, cli_arg(c, 0), old);
	return 0;
}

/* The file of --with is bound to this repository and this role. */
static int take_with(struct rotation *r, struct err *e)
{
	const struct secretfile_info *info;
	const char *role = cli_arg(r->cli, 0);

	if (keyring_add(&r->with, cli_get(r->cli, "with"), e) != 0)
		return -1;
	info = &r->with.items[0].info;
	if (strcmp(info->repo, r->ws.repo) != 0)
		return err_code(e, ERR_FORBIDDEN, "wrong_repo",
		                "%s: is a key of repository %s, this one is %s",
		                r->with.items[0].path, info->repo, r->ws.repo);
	if (strcmp(info->role, role) != 0)
		return err_code(e, ERR_FORBIDDEN, "wrong_role",
		                "%s: is a key of %s and signs nothing else; "
		                "%s was asked for",
		                r->with.items[0].path, info->role, role);
	r->swaps[0].new = info->public;
	return 0;
}

/* One ceremony of new keys, by role. */
static int plan_keys(struct rotation *r, struct err *e)
{
	for (size_t i = 0; i < r->n_swaps;) {
		const char *role = r->swaps[i].role;
		struct ceremony_role *y;
		size_t n = 0;

		while (i + n < r->n_swaps &&
		       strcmp(r->swaps[i + n].role, role) == 0)
			n++;
		y = ceremony_add(&r->ceremony, role, (int64_t)n, 1,
		                 describe_is_online(role));
		if (y == NULL)
			return err_set(e, ERR_TOO_LARGE,
			               "keys of more than %d roles at once",
			               CEREMONY_ROLES_MAX);
		y->spare = true;
		y->label = n == 1 ? r->swaps[i].label : "";
		i += n;
	}
	return ceremony_check(&r->ceremony, e);
}

static void stand_in(struct rotation *r)
{
	for (size_t i = 0; i < r->n_swaps; i++) {
		SCOPED(key_secret_free)
		struct key_secret *k =
			key_secret_new(KEY_ED25519, cli_world(r->cli)->rng);

		r->swaps[i].new = *key_secret_public(k);
	}
}

static void take_made(struct rotation *r)
{
	size_t at = 0;

	for (size_t i = 0; i < r->ceremony.n_roles; i++)
		for (size_t k = 0; k < r->ceremony.roles[i].ring.len; k++)
			r->swaps[at++].new =
				r->ceremony.roles[i].ring.items[k].info.public;
}

/* The change with the keys that stand in the swaps now. */
static int apply(struct rotation *r, struct err *e)
{
	rekey_fini(&r->rekey);
	if (rekey_init(&r->rekey, &r->ws, e) != 0)
		return -1;
	for (size_t i = 0; i < r->n_swaps; i++)
		if (rekey_add(&r->rekey, r->swaps[i].role, &r->swaps[i].new,
		              e) != 0 ||
		    (r->swaps[i].old[0] != '\0' &&
		     rekey_remove(&r->rekey, r->swaps[i].role, r->swaps[i].old,
		                  e) != 0))
			return -1;
	return rekey_check(&r->rekey, false, e);
}

static void announce(const struct rotation *r)
{
	const struct cli *c = r->cli;
	bool made = !cli_has(c, "with");

	cli_say(c, "New keys for repository %s\n", r->ws.repo);
	for (size_t i = 0; i < r->n_swaps; i++) {
		const struct swap *s = &r->swaps[i];

		cli_say(c, "  %s: ", s->role);
		if (s->old[0] != '\0')
			cli_say(c, "key %.16s%s%s goes, ", s->old,
			        *s->label != '\0' ? " of " : "", s->label);
		if (made)
			cli_say(c, "a new %s key is made\n",
			        describe_is_online(s->role) ? "online"
			                                    : "offline");
		else
			cli_say(c, "%.16s comes\n", s->new.id);
	}
	rekey_say_walk(c, &r->rekey);
}

static int answer_dry(const struct rotation *r, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(4 << 20);
	struct jw w;

	if (!cli_wants_json(r->cli))
		return 0;
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-rotate/1");
	rekey_write_walk(&w, &r->rekey);
	jw_key(&w, "staged");
	jw_array(&w);
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_print_json(r->cli, &json, e);
}

static int answer(const struct rotation *r, size_t dropped, struct err *e)
{
	return rekey_answer(r->cli, &r->rekey, "pawl-repo-rotate/1", dropped,
	                    e);
}

static int run(struct rotation *r, struct err *e)
{
	static const char *const what[] = {"online", "key", "with", NULL};
	SCOPED(free)
	char *command = rekey_command(r->cli, "rotate", what);
	bool with = cli_has(r->cli, "with"), mine = false;
	size_t dropped;

	if (workspace_open_to_change(&r->ws, r->cli, e) != 0 ||
	    rekey_init(&r->rekey, &r->ws, e) != 0 ||
	    ceremony_init(&r->ceremony, r->cli, &r->ws, e) != 0)
		return -1;
	if (!cli_has(r->cli, "dry-run") &&
	    rekey_resume(&mine, &r->rekey, command, e) != 0)
		return -1;
	if (mine)
		return answer(r, 0, e);
	/* Only for labels: a file that cannot be read hides no other. */
	(void)!keyring_add_dir(&r->here, r->ws.keys_dir, NULL);
	if (choose(r, e) != 0)
		return -1;
	stand_in(r);
	if ((with ? take_with(r, e) : plan_keys(r, e)) != 0 || apply(r, e) != 0)
		return -1;
	announce(r);
	if (cli_has(r->cli, "dry-run"))
		return answer_dry(r, e);
	if (cmd_confirm(r->cli, "Go on?", e) != 0)
		return -1;
	if (!with) {
		if (ceremony_make(&r->ceremony, e) != 0)
			return -1;
		take_made(r);
		if (apply(r, e) != 0)
			return -1;
	}
	if (rekey_stage(&r->rekey, command, &dropped, e) != 0)
		return -1;
	return answer(r, dropped, e);
}

int cmd_rotate(struct cli *c, struct err *e)
{
	struct rotation r = {.cli = c};
	int result = run(&r, e);

	fini(&r);
	return result;
}

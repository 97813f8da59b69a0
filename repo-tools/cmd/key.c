#include "config.h"

#include "lib/base/fs.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/rekey.h"

#include <string.h>

const struct cli_option cmd_key_new_options[] = {
	CMD_NEW_KEY_OPTIONS,
	{NULL, 0, NULL, 0, NULL, NULL},
};

const struct cli_option cmd_key_passwd_options[] = {
	/* clang-format off */
	{"passphrase-file", 0, "FILE", 0, NULL,
	 "the present passphrase is the first line of FILE"},
	{"new-passphrase-file", 0, "FILE", 0, NULL,
	 "the new passphrase is the first line of FILE"},
	{"kdf", 0, "COST", 0, "default",
	 "what guessing one passphrase costs: default (256 MiB) or light"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

static void write_key(struct jw *w, const struct keyring_key *k)
{
	jw_put_str(w, "file", k->path);
	jw_put_str(w, "repo", k->info.repo);
	jw_put_str(w, "role", k->info.role);
	jw_put_str(w, "label", k->info.label);
	jw_put_str(w, "keyid", k->info.public.id);
	jw_put_bool(w, "encrypted", k->info.encrypted);
	jw_key(w, "key");
	key_public_write(w, &k->info.public);
}

int cmd_key_new(struct cli *c, struct err *e)
{
	const char *role = cli_arg(c, 0);
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(ceremony_fini)
	struct ceremony y = {0};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 16);
	struct ceremony_role *r;
	struct rekey who;
	struct tuf_quorum q;
	struct jw w;

	if (workspace_open_to_change(&ws, c, e) != 0)
		return -1;
	rekey_ask(&who, &ws);
	if (rekey_quorum(&q, &who, role, e) != 0 ||
	    ceremony_init(&y, c, &ws, e) != 0)
		return -1;
	r = ceremony_add(&y, role, 1, 1, describe_is_online(role));
	r->spare = true;
	if (ceremony_check(&y, e) != 0 || ceremony_make(&y, e) != 0 ||
	    holders_remember(&ws, e) != 0)
		return -1;
	if (cli_wants_json(c)) {
		jw_init(&w, &json);
		jw_object(&w);
		jw_put_str(&w, "schema", "pawl-repo-key/1");
		write_key(&w, &r->ring.items[0]);
		jw_end_object(&w);
		return cli_print_json(c, &json, e);
	}
	cli_print(c, "%s: key %s\n", r->ring.items[0].path,
	          r->ring.items[0].info.public.id);
	cli_say(c, "%s does not list it yet\n", role);
	return 0;
}

/* A file that cannot be read is a line of the list, not its end. */
struct listing {
	const struct cli *cli;
	const struct rekey *who;
	const char *dir;
	struct jw *json; /* NULL: for people */
};

static bool is_listed(const struct rekey *who, const struct keyring_key *k)
{
	struct tuf_quorum q;

	if (rekey_quorum(&q, who, k->info.role, NULL) != 0)
		return false;
	for (size_t i = 0; i < q.n_keyids; i++)
		if (strcmp(q.keyids[i], k->info.public.id) == 0 &&
		    strcmp(k->info.repo, who->ws->repo) == 0)
			return true;
	return false;
}

static void list_one(const struct listing *l, const struct keyring_key *k)
{
	const char *state = strcmp(k->info.repo, l->who->ws->repo) != 0
	                            ? "of another repository"
	                    : is_listed(l->who, k) ? "listed"
	                                           : "not listed";

	if (l->json != NULL) {
		jw_object(l->json);
		write_key(l->json, k);
		jw_put_bool(l->json, "listed", is_listed(l->who, k));
		jw_end_object(l->json);
		return;
	}
	cli_print(l->cli, "%-24s %.16s  %-12s %s%s  %s\n", k->info.role,
	          k->info.public.id, k->info.label, state,
	          k->info.encrypted ? "" : ", not encrypted", k->path);
}

static int list_file(void *ctx, const char *name, struct err *e)
{
	struct listing *l = ctx;
	const char *dot = strrchr(name, '.');
	SCOPED(free)
	char *path = fs_join(l->dir, name);
	SCOPED(keyring_fini)
	struct keyring ring = {0};
	struct err why = {0};

	(void)e;
	if (dot == NULL || strcmp(dot, ".key") != 0)
		return 0;
	if (keyring_add(&ring, path, &why) == 0) {
		list_one(l, &ring.items[0]);
		return 0;
	}
	if (l->json != NULL) {
		jw_object(l->json);
		jw_put_str(l->json, "file", path);
		jw_put_str(l->json, "code", why.code);
		jw_put_str(l->json, "problem", why.msg);
		jw_end_object(l->json);
	} else {
		cli_print(l->cli, "UNUSABLE %s (%s)\n", why.msg, why.code);
	}
	return 0;
}

int cmd_key_list(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct rekey who;
	struct jw w;

	if (workspace_open(&ws, c, e) != 0)
		return -1;
	rekey_ask(&who, &ws);
	SCOPED(free)
	char *online = workspace_path(&ws, "online");
	const char *const dirs[] = {ws.keys_dir, online};

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-keys/1");
	jw_key(&w, "keys");
	jw_array(&w);
	for (size_t i = 0; i < 2; i++) {
		struct listing l = {c, &who, dirs[i],
		                    cli_wants_json(c) ? &w : NULL};

		if (fs_exists(dirs[i]) &&
		    fs_list(dirs[i], list_file, &l, e) != 0)
			return -1;
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_wants_json(c) ? cli_print_json(c, &json, e) : 0;
}

int cmd_key_show(struct cli *c, struct err *e)
{
	SCOPED(keyring_fini)
	struct keyring ring = {0};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 16);
	struct jw w;

	if (keyring_add(&ring, cli_arg(c, 0), e) != 0)
		return -1;
	const struct keyring_key *k = &ring.items[0];
	if (cli_wants_json(c)) {
		jw_init(&w, &json);
		jw_object(&w);
		jw_put_str(&w, "schema", "pawl-repo-key/1");
		write_key(&w, k);
		jw_end_object(&w);
		return cli_print_json(c, &json, e);
	}
	cli_print(c, "file        %s\n", k->path);
	cli_print(c, "repository  %s\n", k->info.repo);
	cli_print(c, "role        %s\n", k->info.role);
	cli_print(c, "label       %s\n", k->info.label);
	cli_print(c, "key id      %s\n", k->info.public.id);
	cli_print(c, "type        %s\n",
	          key_scheme_type(k->info.public.scheme));
	cli_print(c, "public      %s %s\n",
	          key_scheme_name(k->info.public.scheme), k->info.public.text);
	cli_print(c, "encrypted   %s\n", k->info.encrypted ? "yes" : "no");
	return 0;
}

int cmd_key_passwd(struct cli *c, struct err *e)
{
	SCOPED(keyring_fini)
	struct keyring ring = {0};
	SCOPED(passphrases_fini)
	struct passphrases old = {0};
	SCOPED(passphrases_fini)
	struct passphrases new = {0};
	SCOPED(passphrase_fini)
	struct passphrase chosen = {0};
	const struct secretfile_cost *cost;

	if (keyring_cost(&cost, c, e) != 0 ||
	    passphrases_init(&old, c, "passphrase-file", e) != 0 ||
	    passphrases_init(&new, c, "new-passphrase-file", e) != 0 ||
	    keyring_add(&ring, cli_arg(c, 0), e) != 0 ||
	    keyring_open(&ring.items[0], &old, e) != 0 ||
	    passphrases_for_new(&chosen, &new, 0, "new passphrase",
	                        "--new-passphrase-file", e) != 0)
		return -1;
	if (secretfile_replace(ring.items[0].path, ring.items[0].secret,
	                       &ring.items[0].info, chosen.text, cost,
	                       cli_world(c)->rng, e) != 0)
		return -1;
	cli_say(c, "%s: opens with the new passphrase now\n",
	        ring.items[0].path);
	return 0;
}

#include "config.h"

#include "repo-tools/cmd.h"
#include "repo-tools/keyring.h"

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
	jw_object(w);
	jw_put_str(w, "file", k->path);
	jw_put_str(w, "repo", k->info.repo);
	jw_put_str(w, "role", k->info.role);
	jw_put_str(w, "label", k->info.label);
	jw_put_str(w, "keyid", k->info.public.id);
	jw_put_bool(w, "encrypted", k->info.encrypted);
	jw_key(w, "key");
	key_public_write(w, &k->info.public);
	jw_end_object(w);
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
		write_key(&w, k);
		return cli_print_json(c, &json, e);
	}
	cli_print(c, "file        %s\n", k->path);
	cli_print(c, "repository  %s\n", k->info.repo);
	cli_print(c, "role        %s\n", k->info.role);
	cli_print(c, "label       %s\n", k->info.label);
	cli_print(c, "key id      %s\n", k->info.public.id);
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
	    passphrases_for_new(&chosen, &new, "new passphrase",
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

#include "config.h"

#include "repo-tools/folder/keyring.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <string.h>

void keyring_fini(struct keyring *r)
{
	for (size_t i = 0; i < r->len; i++) {
		free(r->items[i].path);
		key_secret_free(r->items[i].secret);
	}
	free(r->items);
	*r = (struct keyring){0};
}

int keyring_add(struct keyring *r, const char *path, struct err *e)
{
	struct keyring_key k = {0};

	if (secretfile_peek(&k.info, path, e) != 0)
		return -1;
	VEC_GROW(r);
	k.path = xstrdup(path);
	r->items[r->len++] = k;
	return 0;
}

struct in_dir {
	struct keyring *ring;
	const char *dir;
};

static int add_entry(void *ctx, const char *name, struct err *e)
{
	struct in_dir *d = ctx;
	const char *dot = strrchr(name, '.');
	SCOPED(free)
	char *path = fs_join(d->dir, name);

	if (dot == NULL || strcmp(dot, ".key") != 0)
		return 0;
	return keyring_add(d->ring, path, e);
}

int keyring_add_dir(struct keyring *r, const char *dir, struct err *e)
{
	struct in_dir d = {r, dir};

	if (!fs_exists(dir))
		return 0;
	return fs_list(dir, add_entry, &d, e);
}

int passphrases_init(struct passphrases *p, const struct cli *c,
                     const char *option, struct err *e)
{
	const char *path;

	*p = (struct passphrases){.cli = c};
	for (size_t i = 0; cli_get_nth(c, option, i) != NULL; i++)
		p->n_given++;
	p->given = xcalloc(p->n_given + 1, sizeof(*p->given));
	for (size_t i = 0; (path = cli_get_nth(c, option, i)) != NULL; i++)
		if (passphrase_read(&p->given[i], path, e) != 0)
			return -1;
	return 0;
}

void passphrases_fini(struct passphrases *p)
{
	for (size_t i = 0; i < p->n_given; i++)
		passphrase_fini(&p->given[i]);
	free(p->given);
	*p = (struct passphrases){0};
}

int passphrases_for_new(struct passphrase *out, const struct passphrases *p,
                        size_t i, const char *question, const char *option,
                        struct err *e)
{
	if (p->n_given > 0) {
		*out = p->given[i % p->n_given];
		return 0;
	}
	return prompt_passphrase(out, cli_world(p->cli), question, true, option,
	                         e);
}

static bool is_wrong_passphrase(const struct err *e)
{
	return strcmp(e->code, "wrong_passphrase") == 0;
}

static int open_prompted(struct keyring_key *k, const struct passphrases *p,
                         struct err *e)
{
	SCOPED(passphrase_fini)
	struct passphrase typed = {0};
	SCOPED(free)
	char *question = xasprintf("passphrase of %s (%s)", k->path,
	                           k->info.label[0] != '\0' ? k->info.label
	                                                    : k->info.role);

	if (prompt_passphrase(&typed, cli_world(p->cli), question, false,
	                      "--passphrase-file", e) != 0)
		return -1;
	return secretfile_open(&k->secret, NULL, k->path, typed.text, e);
}

int keyring_open(struct keyring_key *k, const struct passphrases *p,
                 struct err *e)
{
	struct err why = {0};

	if (k->secret != NULL)
		return 0;
	if (!k->info.encrypted)
		return secretfile_open(&k->secret, NULL, k->path, NULL, e);
	if (p->n_given == 0)
		return open_prompted(k, p, e);
	for (size_t i = 0; i < p->n_given; i++) {
		why = (struct err){0};
		if (secretfile_open(&k->secret, NULL, k->path, p->given[i].text,
		                    &why) == 0)
			return 0;
		if (!is_wrong_passphrase(&why))
			break;
	}
	if (e != NULL)
		*e = why;
	return -1;
}

int keyring_cost(const struct secretfile_cost **out, const struct cli *c,
                 struct err *e)
{
	static const char *const words[] = {"default", "light", NULL};
	int which = 0;

	if (cli_enum(&which, c, "kdf", words, e) != 0)
		return -1;
	*out = which == 0 ? &secretfile_cost_default : &secretfile_cost_light;
	return 0;
}

static char *path_for(const struct keyring_wish *wish,
                      const struct key_secret *k)
{
	if (wish->by_id)
		return xasprintf("%s/%s.%.8s.key", wish->dir, wish->role,
		                 key_secret_public(k)->id);
	for (int n = 1; wish->numbered; n++) {
		char *path =
			xasprintf("%s/%s.%d.key", wish->dir, wish->role, n);

		if (!fs_exists(path))
			return path;
		free(path);
	}
	return xasprintf("%s/%s.key", wish->dir, wish->role);
}

int keyring_make(struct keyring *r, const struct keyring_wish *wish,
                 struct rng *rng, struct err *e)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key_secret_new(wish->type, rng);
	SCOPED(free)
	char *path = path_for(wish, k);

	if (fs_mkdirs(wish->dir, 0700, e) != 0 ||
	    secretfile_create(path, k, wish->repo, wish->role, wish->label,
	                      wish->passphrase, wish->cost, rng, e) != 0)
		return -1;
	if (keyring_add(r, path, e) != 0) {
		(void)!fs_remove(path, NULL);
		return -1;
	}
	r->items[r->len - 1].secret = MOVE(k);
	return 0;
}

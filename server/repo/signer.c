#include "config.h"

#include "server/repo/signer.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_online_role(const char *role)
{
	return strcmp(role, "snapshot") == 0 ||
	       strcmp(role, "timestamp") == 0 ||
	       strncmp(role, "rollout.", 8) == 0;
}

struct opening {
	struct signer *signer;
	const char *dir;
	const char *passphrase;
};

/* A key that is held need not be opened again, which may cost a passphrase's
 * worth of work. */
static bool is_held(const struct signer *s, const char *keyid)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(key_secret_public(s->items[i].secret)->id, keyid) ==
		    0)
			return true;
	return false;
}

static int open_one(void *ctx, const char *name, struct err *e)
{
	struct opening *o = ctx;
	struct secretfile_info info;
	struct key_secret *secret = NULL;
	size_t n = strlen(name);

	if (n < 5 || strcmp(name + n - 4, ".key") != 0)
		return 0;
	SCOPED(free)
	char *path = fs_join(o->dir, name);
	if (secretfile_peek(&info, path, e) != 0)
		return -1;
	if (is_held(o->signer, info.public.id))
		return 0;
	if (!is_online_role(info.role))
		return err_code(e, ERR_FORBIDDEN, "offline_key",
		                "%s: is a key of the offline role %s; only "
		                "snapshot, timestamp and rollout.* belong on a "
		                "server",
		                path, info.role);
	if (secretfile_open(&secret, &info, path, o->passphrase, e) != 0)
		return -1;
	VEC_GROW(o->signer);
	struct signer_key *k = &o->signer->items[o->signer->len++];
	*k = (struct signer_key){.secret = secret};
	(void)snprintf(k->role, sizeof(k->role), "%s", info.role);
	(void)snprintf(k->repo, sizeof(k->repo), "%s", info.repo);
	return 0;
}

int signer_refresh(struct signer *s, const char *dir, const char *passphrase,
                   struct err *e)
{
	struct opening o = {s, dir, passphrase};
	size_t before = s->len;

	if (!fs_exists(dir) || fs_list(dir, open_one, &o, e) == 0)
		return 0;
	while (s->len > before)
		key_secret_free(s->items[--s->len].secret);
	return -1;
}

int signer_open(struct signer *s, const char *dir, const char *passphrase,
                struct err *e)
{
	*s = (struct signer){0};
	if (signer_refresh(s, dir, passphrase, e) == 0)
		return 0;
	signer_close(s);
	return -1;
}

void signer_close(struct signer *s)
{
	for (size_t i = 0; i < s->len; i++)
		key_secret_free(s->items[i].secret);
	free(s->items);
	*s = (struct signer){0};
}

/* The key of this id, when its file binds it to the repository and role. */
static const struct key_secret *find(const struct signer *s, const char *repo,
                                     const char *role, const char *keyid)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->items[i].repo, repo) == 0 &&
		    strcmp(s->items[i].role, role) == 0 &&
		    strcmp(key_secret_public(s->items[i].secret)->id, keyid) ==
		            0)
			return s->items[i].secret;
	return NULL;
}

int signer_sign(const struct signer *s, const char *repo, const char *role,
                const struct tuf_quorum *by, const struct buf *signed_bytes,
                struct buf *out, struct err *e)
{
	SCOPED(free)
	struct tuf_signature *sigs = xcalloc(by->n_keyids, sizeof(*sigs));
	size_t n = 0;

	for (size_t i = 0; i < by->n_keyids && n < TUF_SIGS_MAX; i++) {
		const struct key_secret *k = find(s, repo, role, by->keyids[i]);

		if (k != NULL)
			tuf_sign(&sigs[n++], k, buf_str(signed_bytes),
			         signed_bytes->len);
	}
	if (n == 0)
		return err_code(e, ERR_NOT_FOUND, "no_online_key",
		                "%s: is to be signed by key %.16s, and no file "
		                "in the folder of online keys holds it for "
		                "repository %s",
		                role,
		                by->n_keyids > 0 ? by->keyids[0] : "(none)",
		                repo);
	return tuf_envelope_write(out, buf_str(signed_bytes), signed_bytes->len,
	                          sigs, n, e);
}

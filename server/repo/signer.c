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
	if (secretfile_open(&secret, &info, path, o->passphrase, e) != 0)
		return -1;
	if (!is_online_role(info.role)) {
		key_secret_free(secret);
		return err_code(e, ERR_FORBIDDEN, "offline_key",
		                "%s: is a key of the offline role %s; only "
		                "snapshot, timestamp and rollout.* belong on a "
		                "server",
		                path, info.role);
	}
	VEC_GROW(o->signer);
	struct signer_key *k = &o->signer->items[o->signer->len++];
	*k = (struct signer_key){.secret = secret};
	(void)snprintf(k->role, sizeof(k->role), "%s", info.role);
	(void)snprintf(k->repo, sizeof(k->repo), "%s", info.repo);
	return 0;
}

int signer_open(struct signer *s, const char *dir, const char *passphrase,
                struct err *e)
{
	struct opening o = {s, dir, passphrase};

	*s = (struct signer){0};
	if (!fs_exists(dir))
		return 0;
	if (fs_list(dir, open_one, &o, e) != 0) {
		signer_close(s);
		return -1;
	}
	return 0;
}

void signer_close(struct signer *s)
{
	for (size_t i = 0; i < s->len; i++)
		key_secret_free(s->items[i].secret);
	free(s->items);
	*s = (struct signer){0};
}

static const struct signer_key *find(const struct signer *s, const char *role)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->items[i].role, role) == 0)
			return &s->items[i];
	return NULL;
}

const struct key_public *signer_public(const struct signer *s, const char *role)
{
	const struct signer_key *k = find(s, role);

	return k != NULL ? key_secret_public(k->secret) : NULL;
}

int signer_sign(const struct signer *s, const char *role,
                const struct buf *signed_bytes, struct buf *out, struct err *e)
{
	const struct signer_key *k = find(s, role);
	struct tuf_signature sig;

	if (k == NULL)
		return err_code(e, ERR_NOT_FOUND, "no_online_key",
		                "%s: no key file for this role in the folder "
		                "of online keys",
		                role);
	tuf_sign(&sig, k->secret, buf_str(signed_bytes), signed_bytes->len);
	return tuf_envelope_write(out, buf_str(signed_bytes), signed_bytes->len,
	                          &sig, 1, e);
}

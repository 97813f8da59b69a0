#include "config.h"

#include "lib/tuf/vouched.h"

#include "lib/base/hex.h"

#include <string.h>

/* The threshold and the keys, each hashed over what came before it: short, and
 * without memory that could be missing. */
static void name_quorum(char out[SHA256_HEX_SIZE], const struct tuf_quorum *q)
{
	struct {
		uint8_t before[SHA256_SIZE];
		char id[KEY_ID_SIZE];
		uint8_t material[KEY_MATERIAL_SIZE];
	} link = {{0}, {0}, {0}};

	memcpy(link.before, &q->threshold, sizeof(q->threshold));
	for (size_t i = 0; i < q->n_keyids; i++) {
		memcpy(link.id, q->keyids[i], KEY_ID_SIZE);
		memset(link.material, 0, KEY_MATERIAL_SIZE);
		for (size_t k = 0; k < q->n_keys; k++)
			if (strcmp(q->keys[k].id, q->keyids[i]) == 0) {
				memcpy(link.material, q->keys[k].material,
				       KEY_MATERIAL_SIZE);
				break;
			}
		hash_sha256(link.before, &link, sizeof(link));
	}
	hex_encode(out, link.before, sizeof(link.before));
}

static bool has(const struct tuf_vouched *v, const char *name)
{
	for (size_t i = 0; i < TUF_VOUCHED_MAX; i++)
		if (strcmp(v->by[i], name) == 0)
			return true;
	return false;
}

bool tuf_vouched_has(const struct tuf_vouched *v, const struct tuf_quorum *q)
{
	char name[SHA256_HEX_SIZE];

	name_quorum(name, q);
	return has(v, name);
}

int tuf_vouched_check(struct tuf_vouched *v, const struct tuf_quorum *q,
                      const struct tuf_envelope *env, struct err *e)
{
	char name[SHA256_HEX_SIZE];

	name_quorum(name, q);
	if (has(v, name))
		return 0;
	if (tuf_quorum_check(q, env, e) != 0)
		return -1;
	memcpy(v->by[v->n++ % TUF_VOUCHED_MAX], name, sizeof(name));
	return 0;
}

#include "config.h"

#include "lib/tuf/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void envelope_free(struct tuf_envelope *env)
{
	if (env == NULL)
		return;
	tuf_envelope_fini(env);
	free(env);
}

static struct tuf_envelope *open_envelope(enum tuf_type type, const char *name,
                                          const void *bytes, size_t len,
                                          struct err *e)
{
	struct tuf_envelope *env = calloc(1, sizeof(*env));

	if (env == NULL) {
		(void)err_set(e, ERR_MEMORY, "%s: no memory", name);
		return NULL;
	}
	if (tuf_envelope_parse(env, type, name, bytes, len, e) == 0)
		return env;
	free(env);
	return NULL;
}

struct tuf_doc *tuf_doc_open(enum tuf_type type, const char *name,
                             const void *bytes, size_t len, const char *sha256,
                             struct err *e)
{
	struct tuf_envelope *env = open_envelope(type, name, bytes, len, e);
	struct tuf_doc *d;

	if (env == NULL)
		return NULL;
	d = calloc(1, sizeof(*d));
	if (d == NULL) {
		(void)err_set(e, ERR_MEMORY, "%s: no memory", name);
		envelope_free(env);
		return NULL;
	}
	d->refs = 1;
	d->type = type;
	d->version = env->version;
	d->expires_s = env->expires_s;
	if (sha256 != NULL)
		memcpy(d->sha256, sha256, sizeof(d->sha256));
	d->unproven = env;
	lock_init(&d->lock, LOCK_RANK_LEAF, "document");
	return d;
}

static int read_content(struct tuf_doc *d, const char *name,
                        const struct tuf_envelope *env, struct err *e)
{
	switch (d->type) {
	case TUF_ROOT: return tuf_root_parse(&d->root, env, e);
	case TUF_TIMESTAMP:
	case TUF_SNAPSHOT: return tuf_snapshot_parse(&d->listing, env, e);
	case TUF_TARGETS: break;
	}
	return tuf_targets_parse(&d->targets, name, env, e);
}

/* Of one that nobody else has yet: the tree, several times as large as the
 * file, goes with the last look at it. */
int tuf_doc_read(struct tuf_doc *d, const char *name, struct err *e)
{
	struct tuf_envelope *env = d->unproven;

	if (d->is_read)
		return 0;
	if (read_content(d, name, env, e) != 0)
		return -1;
	d->is_read = true;
	js_fini(&env->doc);
	if (d->vouched.n > 0)
		envelope_free(atomic_exchange(&d->unproven, NULL));
	return 0;
}

static struct tuf_vouched vouched(struct tuf_doc *d)
{
	struct tuf_vouched v;

	lock_take(&d->lock);
	v = d->vouched;
	lock_drop(&d->lock);
	return v;
}

/* Two who find something out at once remember one of both: the other is asked
 * again. */
static void remember(struct tuf_doc *d, const struct tuf_vouched *v)
{
	lock_take(&d->lock);
	d->vouched = *v;
	lock_drop(&d->lock);
}

int tuf_doc_check(struct tuf_doc *d, const char *name,
                  const struct tuf_quorum *q, const void *bytes, size_t len,
                  struct err *e)
{
	struct tuf_vouched v = vouched(d);
	struct tuf_envelope *env;
	int result;

	if (tuf_vouched_has(&v, q))
		return 0;
	/* Whoever takes it has it alone. */
	env = atomic_exchange(&d->unproven, NULL);
	if (env == NULL) {
		env = open_envelope(d->type, name, bytes, len, e);
		if (env == NULL)
			return -1;
		js_fini(&env->doc);
	}
	(void)snprintf(env->doc.name, sizeof(env->doc.name), "%s", name);
	result = tuf_vouched_check(&v, q, env, e);
	if (result == 0)
		remember(d, &v);
	/* Before it is read the tree is needed, and after a no the rest; a root
	 * is asked about by two quorums. */
	if (result != 0 || !d->is_read || d->type == TUF_ROOT)
		env = atomic_exchange(&d->unproven, env);
	envelope_free(env);
	return result;
}

void tuf_doc_settle(struct tuf_doc *d)
{
	if (d->is_read)
		envelope_free(atomic_exchange(&d->unproven, NULL));
}

struct tuf_doc *tuf_doc_ref(struct tuf_doc *d)
{
	d->refs++;
	return d;
}

void tuf_doc_unref(struct tuf_doc *d)
{
	if (d == NULL || --d->refs > 0)
		return;
	envelope_free(d->unproven);
	tuf_root_fini(&d->root);
	tuf_snapshot_fini(&d->listing);
	tuf_targets_fini(&d->targets);
	lock_fini(&d->lock);
	free(d);
}

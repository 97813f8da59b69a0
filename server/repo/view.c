#include "config.h"

#include "server/repo/view.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool holds_set(const struct view *v, const struct set *s)
{
	for (size_t i = 0; i < v->n_sets; i++)
		if (v->sets[i] == s)
			return true;
	return false;
}

struct view *view_new(struct set *set, struct online *online,
                      const struct view *previous)
{
	struct view *v = xcalloc(1, sizeof(*v));

	v->refs = 1;
	v->onlines[v->n_onlines++] = online_ref(online);
	v->sets[v->n_sets++] = set_ref(set);
	if (previous == NULL)
		return v;
	for (size_t i = 0; i < previous->n_sets && v->n_sets < VIEW_SETS; i++)
		if (previous->sets[i] != set)
			v->sets[v->n_sets++] = set_ref(previous->sets[i]);
	/* One whose set is gone leads a client nowhere, and would hold it. */
	for (size_t i = 0;
	     i < previous->n_onlines && v->n_onlines < VIEW_ONLINES; i++)
		if (holds_set(v, previous->onlines[i]->set))
			v->onlines[v->n_onlines++] =
				online_ref(previous->onlines[i]);
	return v;
}

struct view *view_ref(struct view *v)
{
	v->refs++;
	return v;
}

void view_unref(struct view *v)
{
	if (v == NULL || --v->refs > 0)
		return;
	for (size_t i = 0; i < v->n_onlines; i++)
		online_unref(v->onlines[i]);
	for (size_t i = 0; i < v->n_sets; i++)
		set_unref(v->sets[i]);
	free(v);
}

static struct file *in_online(const struct online *o, const char *name)
{
	for (size_t i = 0; i < o->n_files; i++)
		if (strcmp(o->files[i]->name, name) == 0)
			return o->files[i];
	return NULL;
}

struct file *view_metadata(const struct view *v, const char *name)
{
	struct file *f = NULL;

	for (size_t i = 0; f == NULL && i < v->n_onlines; i++)
		f = in_online(v->onlines[i], name);
	for (size_t i = 0; f == NULL && i < v->n_sets; i++)
		f = set_file(v->sets[i], name);
	return f;
}

static bool find_state(const struct online *o, const char *name,
                       struct view_target *out)
{
	for (size_t i = 0; i < o->n_states; i++) {
		const struct state_file *f = &o->states[i];

		if (strcmp(f->name, name) != 0)
			continue;
		memcpy(out->sha256, f->sha256, SHA256_HEX_SIZE);
		out->length = (int64_t)f->len;
		out->bytes = f->bytes;
		return true;
	}
	return false;
}

static bool is_blob(struct view_target *out, const struct tuf_target *t)
{
	memcpy(out->sha256, t->sha256, SHA256_HEX_SIZE);
	out->length = t->length;
	out->bytes = NULL;
	return true;
}

static bool find_listed(struct file *f, const char *name,
                        struct view_target *out)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = file_read(f, NULL);

	for (size_t i = 0; d != NULL && i < d->targets.n_targets; i++) {
		const struct tuf_target *t = &d->targets.targets[i];
		SCOPED(free)
		char *is = set_target_name(t->path, t->sha256);

		if (strcmp(is, name) == 0)
			return is_blob(out, t);
	}
	return false;
}

/* One that was read back at a start has its states as blobs only. Whoever
 * began with it before the stop, or finds nothing newer because nothing can
 * be signed, wants them all the same. */
static bool find_stored_state(const struct online *o, const char *name,
                              struct view_target *out)
{
	if (o->n_states > 0 || strncmp(name, "rollout/", 8) != 0)
		return false;
	for (size_t i = 0; i < o->n_files; i++)
		if (file_type(o->files[i]) == TUF_TARGETS &&
		    find_listed(o->files[i], name, out))
			return true;
	return false;
}

static bool find_target(const struct view *v, const char *name,
                        struct view_target *out)
{
	for (size_t i = 0; i < v->n_onlines; i++)
		if (find_state(v->onlines[i], name, out) ||
		    find_stored_state(v->onlines[i], name, out))
			return true;
	for (size_t i = 0; i < v->n_sets; i++) {
		const struct tuf_target *t = set_target(v->sets[i], name);

		if (t != NULL)
			return is_blob(out, t);
	}
	return false;
}

/* tough asks for HASH.DIR/BASE where TUF 6.2 says DIR/HASH.BASE. */
static bool hash_before_file(char out[TARGET_MAX_LEN + SHA256_HEX_SIZE + 1],
                             const char *name)
{
	const char *path = name + SHA256_HEX_SIZE;
	const char *base = strrchr(name, '/');
	size_t len = strlen(name);

	if (len <= SHA256_HEX_SIZE || len > TARGET_MAX_LEN + SHA256_HEX_SIZE ||
	    base == NULL || base < path ||
	    strspn(name, "0123456789abcdef") != SHA256_HEX_SIZE - 1 ||
	    path[-1] != '.')
		return false;
	base++;
	(void)snprintf(out, TARGET_MAX_LEN + SHA256_HEX_SIZE + 1, "%.*s%.*s%s",
	               (int)(base - path), path, SHA256_HEX_SIZE, name, base);
	return true;
}

bool view_target(const struct view *v, const char *name,
                 struct view_target *out)
{
	char usual[TARGET_MAX_LEN + SHA256_HEX_SIZE + 1];

	return find_target(v, name, out) ||
	       (hash_before_file(usual, name) && find_target(v, usual, out));
}

void view_slot_init(struct view_slot *s)
{
	lock_init(&s->lock, LOCK_RANK_VIEW, "view");
	s->current = NULL;
}

void view_slot_fini(struct view_slot *s)
{
	view_unref(s->current);
	s->current = NULL;
	lock_fini(&s->lock);
}

struct view *view_get(struct view_slot *s)
{
	struct view *v;

	lock_take(&s->lock);
	v = s->current != NULL ? view_ref(s->current) : NULL;
	lock_drop(&s->lock);
	return v;
}

/* Clients are played from what is visible on: of what was before that, the
 * bytes are served, and nobody asks again what they say. */
static void forget_older(const struct view *v)
{
	const struct online *now = view_online(v);

	for (size_t i = 1; i < v->n_onlines; i++)
		for (size_t k = 0; k < v->onlines[i]->n_files; k++) {
			struct file *f = v->onlines[i]->files[k];

			if (online_role(now, f->role) != f)
				file_forget(f);
		}
}

void view_swap(struct view_slot *s, struct view *v)
{
	struct view *old;

	forget_older(v);

	lock_take(&s->lock);
	old = s->current;
	s->current = v;
	lock_drop(&s->lock);
	view_unref(old);
}

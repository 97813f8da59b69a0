#include "config.h"

#include "server/show/watch.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Roles ---- */

static enum watch_level level_of(const struct online_lives *l,
                                 const struct watch_role *r)
{
	if (r->is_online)
		return r->left_s < online_life_s(l, r->role) / 3 ? WATCH_RED
		                                                 : WATCH_FINE;
	return r->left_s < WATCH_RED_S    ? WATCH_RED
	       : r->left_s < WATCH_WARN_S ? WATCH_WARN
	                                  : WATCH_FINE;
}

/* "releases.coat.bin-0a" -> "releases.coat.bin-*". */
static void name_of(char out[TUF_ROLE_MAX], const char *role)
{
	char owner[TUF_ROLE_MAX];

	if (bins_owner(owner, role))
		(void)snprintf(out, TUF_ROLE_MAX, "%.*s.bin-*",
		               TUF_ROLE_MAX - 8, owner);
	else
		(void)snprintf(out, TUF_ROLE_MAX, "%s", role);
}

static void add(struct watch *w, const struct online_lives *l, const char *role,
                bool is_online, int64_t left_s)
{
	struct watch_role r = {.is_online = is_online, .left_s = left_s};

	name_of(r.role, role);
	r.level = level_of(l, &r);
	for (size_t i = 0; i < w->len; i++)
		if (strcmp(w->items[i].role, r.role) == 0) {
			if (left_s < w->items[i].left_s)
				w->items[i] = r;
			return;
		}
	VEC_GROW(w);
	w->items[w->len++] = r;
}

void watch_look(struct watch *w, struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	int64_t now = fleet_now_s(f);
	const struct online_lives *l = &f->config.lives;

	if (v == NULL)
		return;
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);
	add(w, l, "root", false, s->root.expires_s - now);
	for (size_t i = 0; i < s->n_roles; i++)
		add(w, l, s->roles[i].name, false,
		    s->roles[i].targets.expires_s - now);
	for (size_t i = 0; i < o->n_files; i++)
		add(w, l, o->files[i]->role, true,
		    file_expires_s(o->files[i]) - now);
}

void watch_fini(struct watch *w)
{
	free(w->items);
	*w = (struct watch){0};
}

/* ---- Trouble ---- */

static const struct {
	const char *word;
	const char *advice; /* NULL: the roles say it themselves */
} troubles[] = {
	{"nothing_published",
         "nothing is published yet: a release engineer runs `pawlctl publish`"},
	{"disk_full",
         "the disk is full: the administrator makes room; halts still work"},
	{"store",
         "the database refuses to write: the administrator looks at its disk "
         "and at the log"},
	{"journal",
         "the journal cannot be written: the administrator looks at its disk; "
         "a halt may not survive a crash"},
	{"signer",
         "online metadata cannot be signed: the administrator looks at the "
         "online keys and at the log"},
	{"expiry", NULL},
	{"clock",
         "the wall clock jumped, and nothing is renewed by it: the "
         "administrator sets it right, or an operator with scope admin runs "
         "`pawlctl clock confirm`; halts still work"},
	{"brake",
         "there is no pre-signed set that could stop everything without the "
         "keys: the administrator looks at the disk and at the log"},
	{"held",
         "the signer failed and everything is on hold: the administrator "
         "brings the online keys back, and what is true is signed within "
         "seconds; halts still work"},
	{"witness",
         "the witness file and the data directory do not agree, or the file "
         "cannot be written: the administrator looks at the log, restores the "
         "newer of both, or runs `pawld witness accept`"},
	{"export",
         "the static copy is older than what is published: the administrator "
         "looks at export_dir and at the log; who reads it does not see a "
         "halt"},
};

const char *watch_word(unsigned i)
{
	return i < ARRAY_LEN(troubles) ? troubles[i].word : NULL;
}

static unsigned with_expiry(const struct fleet *f, const struct watch *w)
{
	unsigned trouble = f->trouble;

	for (size_t i = 0; i < w->len; i++)
		if (w->items[i].level == WATCH_RED)
			trouble |= TROUBLE_EXPIRY;
	return trouble;
}

unsigned watch_trouble(struct fleet *f)
{
	SCOPED(watch_fini)
	struct watch w = {0};

	watch_look(&w, f);
	return with_expiry(f, &w);
}

void watch_put(struct jw *w, struct fleet *f)
{
	unsigned trouble = watch_trouble(f);

	jw_put_bool(w, "ready", trouble == 0);
	jw_key(w, "trouble");
	jw_array(w);
	for (unsigned i = 0; i < ARRAY_LEN(troubles); i++)
		if (trouble >> i & 1)
			jw_str(w, troubles[i].word);
	jw_end_array(w);
}

/* "plans.coat expires in 6 days: …" */
static void put_role(struct jw *w, const struct watch_role *r)
{
	char when[64];
	SCOPED(free)
	char *text = NULL;

	if (r->left_s < 0)
		(void)snprintf(when, sizeof(when), "has expired");
	else if (r->left_s < 2 * 86400)
		(void)snprintf(when, sizeof(when),
		               "expires in %" PRId64 " hours",
		               r->left_s / 3600);
	else
		(void)snprintf(when, sizeof(when),
		               "expires in %" PRId64 " days",
		               r->left_s / 86400);
	text = xasprintf("%s %s: %s", r->role, when,
	                 r->is_online ? "the server did not renew it; the "
	                                "administrator looks at the log"
	                              : "its key holders sign it anew, and a "
	                                "release engineer publishes it");
	jw_str(w, text);
}

static void put_roles(struct jw *w, const struct watch *roles,
                      enum watch_level level)
{
	for (size_t i = 0; i < roles->len; i++)
		if (roles->items[i].level == level)
			put_role(w, &roles->items[i]);
}

void watch_put_advice(struct jw *w, struct fleet *f)
{
	SCOPED(watch_fini)
	struct watch roles = {0};
	unsigned trouble;

	watch_look(&roles, f);
	trouble = with_expiry(f, &roles);
	jw_key(w, "advice");
	jw_array(w);
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++)
		if ((trouble >> i & 1) && troubles[i].advice != NULL)
			jw_str(w, troubles[i].advice);
	put_roles(w, &roles, WATCH_RED);
	jw_end_array(w);
	jw_key(w, "warnings");
	jw_array(w);
	put_roles(w, &roles, WATCH_WARN);
	jw_end_array(w);
}

void watch_put_expires(struct jw *w, struct fleet *f)
{
	SCOPED(watch_fini)
	struct watch roles = {0};

	watch_look(&roles, f);
	jw_key(w, "expires");
	jw_object(w);
	for (size_t i = 0; i < roles.len; i++)
		jw_put_int(w, roles.items[i].role, roles.items[i].left_s);
	jw_end_object(w);
}

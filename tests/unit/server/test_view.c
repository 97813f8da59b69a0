#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/view.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets and onlines of one file each: a view looks at names alone. */

static struct file *file(const char *role, int64_t version)
{
	SCOPED(free)
	char *name = strcmp(role, "timestamp") == 0
	                     ? xstrdup("timestamp.json")
	                     : xasprintf("%d.%s.json", (int)version, role);
	SCOPED(free)
	char *bytes = xasprintf("%s %d", role, (int)version);
	struct file *f = file_new(name, version, bytes, strlen(bytes), NULL);

	ck_assert_ptr_nonnull(f);
	return f;
}

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Version n of root, and a target of its own. */
static struct set *set(int n)
{
	struct set *s = xcalloc(1, sizeof(*s));
	char *path = xasprintf("fw/%d.bin", n);

	s->refs = 1;
	s->roots = xcalloc(1, sizeof(struct file *));
	s->roots[s->n_roots++] = file("root", n);
	s->roles = xcalloc(1, sizeof(*s->roles));
	s->roles[0].file = file("targets", n);
	s->roles[0].doc = xcalloc(1, sizeof(struct tuf_doc));
	s->roles[0].doc->refs = 1;
	lock_init(&s->roles[0].doc->lock, LOCK_RANK_LEAF, "document");
	tuf_targets_put(&s->roles[0].doc->targets, path, n, HASH, NULL);
	s->roles[0].targets = s->roles[0].doc->targets;
	s->n_roles = 1;
	s->owners = xcalloc(1, sizeof(*s->owners));
	s->n_owners = 1;
	free(path);
	return s;
}

/* Version n of timestamp and snapshot. */
static struct online *online(struct set *s, int n)
{
	struct online *o = xcalloc(1, sizeof(*o));

	o->refs = 1;
	o->set = set_ref(s);
	o->files = xcalloc(2, sizeof(struct file *));
	o->files[o->n_files++] = file("snapshot", n);
	o->files[o->n_files++] = file("timestamp", n);
	o->timestamp_version = n;
	return o;
}

/* View n over this set; `before` is given up. */
static struct view *next(struct set *s, int n, struct view *before)
{
	struct online *o = online(s, n);
	struct view *v = view_new(s, o, before);

	online_unref(o);
	view_unref(before);
	return v;
}

TEST(the_newest_timestamp_is_served_and_earlier_snapshots_stay)
{
	struct set *s = set(1);
	struct view *v = next(s, 1, NULL);

	v = next(s, 2, v);
	ck_assert_int_eq(view_metadata(v, "timestamp.json")->version, 2);
	ck_assert_str_eq(view_metadata(v, "1.snapshot.json")->bytes,
	                 "snapshot 1");
	ck_assert_str_eq(view_metadata(v, "2.snapshot.json")->bytes,
	                 "snapshot 2");
	ck_assert_ptr_nonnull(view_metadata(v, "1.root.json"));
	ck_assert_ptr_null(view_metadata(v, "3.snapshot.json"));
	ck_assert_ptr_null(view_metadata(v, "../1.root.json"));
	ck_assert_uint_eq(v->n_sets, 1);
	view_unref(v);
	set_unref(s);
}

TEST(so_many_earlier_ones_are_kept_and_no_more)
{
	struct set *s = set(1);
	struct view *v = NULL;

	for (int n = 1; n <= VIEW_ONLINES + 10; n++)
		v = next(s, n, v);
	ck_assert_uint_eq(v->n_onlines, VIEW_ONLINES);
	ck_assert_uint_eq(v->n_sets, 1);
	ck_assert_ptr_null(view_metadata(v, "10.snapshot.json"));
	ck_assert_ptr_nonnull(view_metadata(v, "11.snapshot.json"));
	ck_assert_int_eq(view_online(v)->timestamp_version, VIEW_ONLINES + 10);
	view_unref(v);
	set_unref(s);
}

TEST(so_many_earlier_sets_are_kept_and_with_them_what_was_signed_over_them)
{
	struct set *first = set(1);
	struct view *v = next(first, 1, NULL);
	struct view_target t;

	for (int n = 2; n <= 20; n++) {
		struct set *s = set(n);

		v = next(s, n, v);
		set_unref(s);
	}
	ck_assert_uint_eq(v->n_sets, VIEW_SETS);
	ck_assert(view_target(v, "fw/" HASH ".20.bin", &t));
	ck_assert_int_eq(t.length, 20);
	ck_assert_ptr_null(t.bytes);
	ck_assert(view_target(v, "fw/" HASH ".17.bin", &t));
	ck_assert(!view_target(v, "fw/" HASH ".16.bin", &t));
	ck_assert_ptr_nonnull(view_metadata(v, "17.snapshot.json"));
	ck_assert_ptr_null(view_metadata(v, "16.snapshot.json"));
	/* A set is large: nothing in the view holds one that is not served. */
	ck_assert_int_eq(first->refs, 1);
	view_unref(v);
	set_unref(first);
}

TEST(a_view_that_somebody_holds_outlives_the_swap)
{
	struct view_slot slot = {.current = NULL};
	struct set *s = set(1);
	struct view *held;

	view_slot_init(&slot);
	ck_assert_ptr_null(view_get(&slot));
	view_swap(&slot, next(s, 1, NULL));
	held = view_get(&slot);
	for (int n = 2; n < 100; n++) {
		struct view *now = view_get(&slot);
		struct view *then = next(s, n, now);

		view_swap(&slot, then);
	}
	ck_assert_int_eq(view_metadata(held, "timestamp.json")->version, 1);
	view_put(held);
	held = view_get(&slot);
	ck_assert_int_eq(view_metadata(held, "timestamp.json")->version, 99);
	view_put(held);
	view_slot_fini(&slot);
	set_unref(s);
}

/* A listing of thousands of roles is many times as large as its file. */
TEST(what_is_visible_no_longer_is_served_and_not_kept_parsed)
{
	struct view_slot slot = {.current = NULL};
	struct set *s = set(1);
	struct file *was;
	struct tuf_doc *d = xcalloc(1, sizeof(*d));

	d->refs = 1;
	lock_init(&d->lock, LOCK_RANK_LEAF, "document");
	view_slot_init(&slot);
	view_swap(&slot, next(s, 1, NULL));
	was = view_metadata(slot.current, "timestamp.json");
	memcpy(d->sha256, was->sha256, sizeof(d->sha256));
	file_learn(was, d);
	ck_assert_int_eq(d->refs, 2);
	view_swap(&slot, next(s, 1, view_get(&slot)));
	ck_assert_int_eq(d->refs, 1);
	tuf_doc_unref(d);
	view_slot_fini(&slot);
	set_unref(s);
}

#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/set.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

TEST(the_hash_stands_in_front_of_the_last_segment)
{
	SCOPED(free)
	char *deep = set_target_name("fw/coat/2.1.0_coat.bin", "abc");
	SCOPED(free)
	char *flat = set_target_name("x.bin", "abc");

	ck_assert_str_eq(deep, "fw/coat/abc.2.1.0_coat.bin");
	ck_assert_str_eq(flat, "abc.x.bin");
}

/* ---- Whole sets, out of what the fixture signs ---- */

#define FILES 8

struct scene {
	struct tuf_repo *repo;
	struct file *files[FILES];
	size_t n;
	char *plan;
	const struct set *before; /* of the next set */
	int plans_read;
};

static int read_plan(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	struct scene *s = ctx;

	(void)entry;
	(void)e;
	s->plans_read++;
	buf_puts(out, s->plan);
	return 0;
}

static void bring(struct scene *s, const char *name)
{
	const struct tuf_repo_file *f = tuf_repo_served(s->repo, name);
	struct err e;

	ck_assert_ptr_nonnull(f);
	s->files[s->n] = file_new(name, 0, f->bytes, f->len, &e);
	ck_assert_ptr_nonnull(s->files[s->n++]);
}

static void begin(struct scene *s)
{
	static const char *const roles[] = {"root", "targets", "releases.band",
	                                    "plans.band"};
	struct plan p;

	*s = (struct scene){.repo = server_repo_new(test_path("keys"))};
	server_plan(&p, 1);
	server_repo_release(s->repo);
	s->plan = server_repo_plan(s->repo, &p);
	plan_fini(&p);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		SCOPED(free)
		char *name = xasprintf("1.%s.json", roles[i]);

		tuf_repo_publish_as(s->repo, roles[i], 1);
		bring(s, name);
	}
}

static void end(struct scene *s)
{
	for (size_t i = 0; i < s->n; i++)
		file_unref(s->files[i]);
	tuf_repo_free(s->repo);
	free(s->plan);
}

/* Without one of the files. */
static struct set *build(struct scene *s, size_t without, struct err *e)
{
	struct file *some[FILES];
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (i != without)
			some[n++] = s->files[i];
	*e = (struct err){0};
	return set_new(some, n, s->before, read_plan, s, e);
}

TEST(a_set_knows_its_roles_its_targets_and_its_catalog)
{
	struct scene s;
	struct set *set;
	size_t n = 0;
	struct err e;

	begin(&s);
	set = build(&s, FILES, &e);
	ck_assert_msg(set != NULL, "%s", e.msg);
	ck_assert_uint_eq(set->n_roots, 1);
	ck_assert_str_eq(set->roles[0].name, "targets");
	ck_assert_ptr_nonnull(set_role(set, "releases.band"));
	ck_assert_ptr_nonnull(set_role(set, "plans.band"));
	ck_assert_ptr_null(set_role(set, "rollout.band"));
	for (size_t r = 0; r < set->n_roles; r++) {
		const struct tuf_targets *t = &set->roles[r].targets;

		for (size_t i = 0; i < t->n_targets; i++, n++) {
			SCOPED(free)
			char *name = set_target_name(t->targets[i].path,
			                             t->targets[i].sha256);

			ck_assert_ptr_eq(set_target(set, name), &t->targets[i]);
			/* Another hash is another file. */
			*(strrchr(name, '/') + 1) ^= 1;
			ck_assert_ptr_null(set_target(set, name));
		}
	}
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_null(set_target(set, SERVER_FW_PATH));
	ck_assert_ptr_nonnull(catalog_product(&set->catalog, "band"));
	/* The files outlive the set for whoever holds them, and the set the
	 * list it was made of. */
	set_unref(set);
	ck_assert_str_eq(s.files[0]->role, "root");
	end(&s);
}

TEST(a_set_without_one_of_its_roles_is_none)
{
	static const char *const codes[] = {"root_gap", "missing_role",
	                                    "missing_role", "missing_role"};
	struct scene s;
	struct err e;

	begin(&s);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		ck_assert_ptr_null(build(&s, i, &e));
		ck_assert_str_eq(e.code, codes[i]);
		/* It names the one that is missing. */
		ck_assert_ptr_nonnull(strstr(e.msg, s.files[i]->role));
	}
	end(&s);
}

TEST(of_several_versions_the_highest_counts_and_roots_have_no_gap)
{
	struct scene s;
	struct set *set;
	struct err e;

	begin(&s);
	tuf_repo_publish(s.repo, "plans.band");
	bring(&s, "2.plans.band.json");
	set = build(&s, FILES, &e);
	ck_assert_msg(set != NULL, "%s", e.msg);
	ck_assert_int_eq(set_role(set, "plans.band")->file->version, 2);
	set_unref(set);
	tuf_repo_publish(s.repo, "root");
	tuf_repo_publish(s.repo, "root");
	bring(&s, "3.root.json");
	ck_assert_ptr_null(build(&s, FILES, &e));
	ck_assert_str_eq(e.code, "root_gap");
	bring(&s, "2.root.json");
	set = build(&s, FILES, &e);
	ck_assert_msg(set != NULL, "%s", e.msg);
	ck_assert_uint_eq(set->n_roots, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(set->roots[i]->version, (int64_t)i + 1);
	set_unref(set);
	end(&s);
}

TEST(at_most_1024_roots_are_read)
{
	struct scene s;
	struct err e;

	begin(&s);
	tuf_repo_publish_as(s.repo, "root", 1025);
	bring(&s, "1025.root.json");
	ck_assert_ptr_null(build(&s, FILES, &e));
	ck_assert_str_eq(e.code, "root_gap");
	ASSERT_SAYS("versions 1 to 1024 are needed");
	end(&s);
}

TEST(roles_that_delegate_in_a_circle_are_read_once_and_refused)
{
	struct scene s;
	struct err e;

	begin(&s);
	tuf_repo_delegate(s.repo, "targets", "docs", "docs/*", true, 40);
	tuf_repo_delegate(s.repo, "docs", "docs.deep", "docs/*", true, 41);
	tuf_repo_delegate(s.repo, "docs.deep", "docs", "docs/*", true, 40);
	tuf_repo_publish(s.repo, "targets");
	tuf_repo_publish_as(s.repo, "docs", 1);
	tuf_repo_publish_as(s.repo, "docs.deep", 1);
	bring(&s, "2.targets.json");
	bring(&s, "1.docs.json");
	bring(&s, "1.docs.deep.json");
	ck_assert_ptr_null(build(&s, FILES, &e));
	ck_assert_str_eq(e.code, "delegation");
	ASSERT_SAYS("delegates to docs, which another delegation names too");
	end(&s);
}

/* ---- After another set ---- */

static size_t place(const struct set *set, const char *role)
{
	size_t i = 0;

	ck_assert(strmap_get(&set->by_name, role, &i));
	return i;
}

TEST(what_stood_there_before_is_taken_over_unread)
{
	struct scene s;
	struct set *first, *second;
	const struct catalog_product *p;
	struct err e;

	begin(&s);
	first = build(&s, FILES, &e);
	s.before = first;
	second = build(&s, FILES, &e);
	ck_assert_msg(second != NULL, "%s", e.msg);
	for (size_t i = 0; i < second->n_roles; i++) {
		ck_assert(set_is_same(second, i, first));
		ck_assert(!set_is_same(second, i, NULL));
		ck_assert_ptr_eq(second->roles[i].targets.targets,
		                 first->roles[i].targets.targets);
	}
	p = catalog_product(&second->catalog, "band");
	ck_assert_uint_eq(p->n_releases, 1);
	ck_assert_str_eq(p->releases[0].path, SERVER_FW_PATH);
	ck_assert_uint_eq(p->n_plans, 1);
	ck_assert_ptr_eq(p->plans[0].release, &p->releases[0]);
	/* Plans are read every time. */
	ck_assert_int_eq(s.plans_read, 2);
	set_unref(first);
	ck_assert_str_eq(p->releases[0].path, SERVER_FW_PATH);
	set_unref(second);
	end(&s);
}

TEST(what_changed_and_what_is_below_it_is_read_again)
{
	struct scene s;
	struct set *first, *second, *third;
	struct err e;

	begin(&s);
	first = build(&s, FILES, &e);
	tuf_repo_publish_as(s.repo, "releases.band", 2);
	bring(&s, "2.releases.band.json");
	s.before = first;
	second = build(&s, FILES, &e);
	ck_assert_msg(second != NULL, "%s", e.msg);
	ck_assert(set_is_same(second, 0, first));
	ck_assert(!set_is_same(second, place(second, "releases.band"), first));
	ck_assert(set_is_same(second, place(second, "plans.band"), first));
	/* What the one after it has in common with it, is not said of the
	 * first. */
	s.before = second;
	third = build(&s, FILES, &e);
	ck_assert_msg(third != NULL, "%s", e.msg);
	for (size_t i = 0; i < third->n_roles; i++) {
		ck_assert(set_is_same(third, i, second));
		ck_assert(!set_is_same(third, i, first));
	}
	set_unref(third);
	s.before = first;
	set_unref(second);
	tuf_repo_publish_as(s.repo, "targets", 2);
	bring(&s, "2.targets.json");
	second = build(&s, FILES, &e);
	ck_assert_msg(second != NULL, "%s", e.msg);
	for (size_t i = 0; i < second->n_roles; i++)
		ck_assert(!set_is_same(second, i, first));
	set_unref(second);
	set_unref(first);
	end(&s);
}

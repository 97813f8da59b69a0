/*
 * A device before a repository whose bytes somebody else moves: whatever is
 * served or lies in the store, nothing is ever kept, trusted or found whose
 * signed part was not made by the owner of the keys, and after the storm one
 * refresh against the honest repository works.
 */
#include "config.h"

#include "tests/support/fuzz.h"
#include "tests/support/tuf_repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct good {
	char *signed_bytes;
	size_t len;
};

static struct tuf_repo *repo;
#define FILES_MAX 64

static struct tuf_repo_file honest[FILES_MAX];
static struct good good[FILES_MAX];
static size_t n_honest;

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fuzz_trust: %s\n", what);
		abort();
	}
}

/* The canonical signed bytes of a file, or NULL. */
static char *signed_of(size_t *len, const char *bytes, size_t n)
{
	for (int type = TUF_ROOT; type <= TUF_TARGETS; type++) {
		struct tuf_envelope env;
		char *out;

		if (tuf_envelope_parse(&env, (enum tuf_type)type, "fuzz", bytes,
		                       n, NULL) != 0)
			continue;
		*len = env.canonical.len;
		out = buf_take(&env.canonical);
		tuf_envelope_fini(&env);
		return out;
	}
	return NULL;
}

/* Two generations of everything: roots 1 to 3, the others 1 and 2, so that
 * there are old files to replay. */
static void build(void)
{
	static const unsigned keys[] = {10, 11, 12};

	repo = tuf_repo_new();
	tuf_repo_delegate(repo, "targets", "coat", "fw/*", false, 20);
	tuf_repo_delegate(repo, "targets", "vest", "*/*", true, 21);
	tuf_repo_delegate(repo, "coat", "deep", "fw/d*", false, 22);
	tuf_repo_delegate(repo, "vest", "deep", "fw/d*", false, 22);
	/* Bins, below a delegation of their own. */
	tuf_repo_delegate(repo, "targets", "split", "s/*", true, 23);
	tuf_repo_split(repo, "split", "bin", 1, 24);
	tuf_repo_target(repo, "bin-0", "s/0");
	tuf_repo_target(repo, "deep", "fw/deep");
	tuf_repo_target(repo, "coat", "fw/coat");
	tuf_repo_publish_all(repo);
	tuf_repo_set_keys(repo, TUF_ROOT, 2, keys, 3);
	tuf_repo_add_signer(repo, "root", KEY_OF_ROOT);
	tuf_repo_publish(repo, "root");
	tuf_repo_publish(repo, "root");
	tuf_repo_publish_all(repo);
	for (size_t i = 0; i < repo->served.len; i++) {
		const struct tuf_repo_file *f = &repo->served.items[i];

		must(n_honest < FILES_MAX, "more files than expected");
		honest[n_honest].name = strdup(f->name);
		honest[n_honest].bytes = malloc(f->len + 1);
		memcpy(honest[n_honest].bytes, f->bytes, f->len + 1);
		honest[n_honest].len = f->len;
		good[n_honest].signed_bytes =
			signed_of(&good[n_honest].len, f->bytes, f->len);
		must(good[n_honest].signed_bytes != NULL, "a bad good file");
		n_honest++;
	}
}

static void heal(void)
{
	for (size_t i = 0; i < n_honest; i++)
		tuf_repo_serve(repo, honest[i].name, honest[i].bytes,
		               honest[i].len);
}

static void check_stored(const char *role)
{
	const struct tuf_repo_file *f = tuf_repo_stored(repo, role);
	size_t len = 0;
	char *s;
	bool known = false;

	if (f == NULL)
		return;
	s = signed_of(&len, f->bytes, f->len);
	must(s != NULL, "something unreadable was kept");
	for (size_t i = 0; i < n_honest && !known; i++)
		known = good[i].len == len &&
		        memcmp(good[i].signed_bytes, s, len) == 0;
	must(known, "something forged was kept");
	free(s);
}

struct input {
	const uint8_t *p, *end;
};

static unsigned next(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

/* One move of whoever sits between: on the file chosen by the first byte. */
static void disturb(struct input *in)
{
	const struct tuf_repo_file *f = &honest[next(in) % n_honest];
	const struct tuf_repo_file *other = &honest[next(in) % n_honest];
	unsigned what = next(in) % 5;
	size_t at = (next(in) << 8 | next(in)) % f->len;
	char *copy = malloc(f->len + 1);

	memcpy(copy, f->bytes, f->len + 1);
	copy[at] = (char)next(in);
	switch (what) {
	case 0: tuf_repo_serve(repo, f->name, copy, f->len); break;
	case 1: tuf_repo_serve(repo, f->name, copy, at); break;
	case 2: tuf_repo_drop(repo, f->name); break;
	case 3: tuf_repo_serve(repo, other->name, f->bytes, f->len); break;
	default: {
		static const char *const roles[] = {
			"timestamp", "snapshot", "targets", "coat",
			"deep",      "split",    "bin-0"};

		/* Also the store, as a bad flash would. */
		tuf_repo_store(repo, roles[at % 7], f->bytes, f->len);
	}
	}
	free(copy);
}

static void visit(void)
{
	static const struct {
		const char *path, *role;
	} paths[] = {{"fw/coat", "coat"},
	             {"fw/deep", "deep"},
	             {"s/0", "bin-0"},
	             {"fw/none", "nobody"}};
	struct trust_io io = tuf_repo_io(repo);
	struct err e = {0};
	struct trust *t = tuf_repo_client(repo, &e);
	const struct trust_target *found;

	must(t != NULL, e.msg);
	if (trust_refresh(t, &io, &e) == 0) {
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
			if (trust_find(t, &io, paths[i].path, &found, &e) == 0)
				must(strcmp(found->role, paths[i].role) == 0,
				     "found in the wrong role");
	}
	trust_free(t);
	check_stored("root");
}

/* Visits between disturbances, all on one store. */
FUZZ_TARGET(trust)
{
	struct input in = {data, data + size};
	static const char *const roles[] = {"timestamp", "snapshot", "targets",
	                                    "coat",      "vest",     "deep",
	                                    "split",     "bin-0",    "bin-1"};
	struct err e = {0};
	struct trust_io io;
	struct trust *t;

	if (repo == NULL)
		build();
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		tuf_repo_forget(repo, roles[i]);
	for (size_t i = 0; i < n_honest; i++)
		if (strcmp(honest[i].name, "1.root.json") == 0)
			tuf_repo_store(repo, "root", honest[i].bytes,
			               honest[i].len);
	heal();
	for (int visits = 0; visits < 4 && in.p < in.end; visits++) {
		for (unsigned n = next(&in) % 4; n-- > 0;)
			disturb(&in);
		visit();
	}
	heal();
	t = tuf_repo_client(repo, &e);
	must(t != NULL, e.msg);
	io = tuf_repo_io(repo);
	must(trust_refresh(t, &io, &e) == 0, e.msg);
	trust_free(t);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		check_stored(roles[i]);
	(void)tuf_repo_requests(repo);
	(void)tuf_repo_saves(repo);
}

/*
 * Repositories that another implementation wrote: the bytes in static/, which
 * static/make.py made with python-tuf. Each is followed from its first root.
 */
#include "config.h"

#include "get/get.h"
#include "get/store.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <string.h>

#define FOLDER PAWL_SRCDIR "/tests/unit/get/static"

static const struct written {
	const char *name;
	int64_t root;           /* the last one */
	const char *targets[6]; /* one of each role */
} repositories[] = {
	/* clang-format off */
	/* Ed25519, ECDSA and RSA keys, thresholds of two, no consistent
	 * snapshots, roles for a pattern and for a prefix. */
	{"plain", 1, {"readme", "tools/saw", "sum"}},
	/* New root keys, unknown fields everywhere, JSON in no good order. */
	{"untidy", 2, {"readme", "a/b/c"}},
	/* Succinct bins in compact JSON. */
	{"bins", 1, {"one", "two", "three", "eight"}},
	/* clang-format on */
};

/* Where the files of one repository go. */
struct shelf {
	struct tuf_repo *repo;
	char *dir;
};

static int serve_file(void *ctx, const char *name, struct err *e)
{
	struct shelf *shelf = ctx;
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(1 << 20);
	SCOPED(free)
	char *path = fs_join(shelf->dir, name);

	if (fs_read(&bytes, path, e) != 0)
		return -1;
	tuf_repo_serve(shelf->repo, name, bytes.data, bytes.len);
	return 0;
}

/* The file of a target, under both names it may be asked by; with what stands
 * in it instead of "bytes". */
static void serve_target(struct mirror *m, const char *path, const char *bytes)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char hash[SHA256_HEX_SIZE];
	SCOPED(free)
	char *listed = xasprintf("the bytes of %s\n", path);
	SCOPED(free)
	char *content = xasprintf("the %s of %s\n", bytes, path);
	SCOPED(free)
	char *named = NULL;

	hash_sha256_hex(hash, listed, strlen(listed));
	named = xasprintf("%.*s%s.%s", (int)(base - path), path, hash, base);
	mirror_serve(m, path, content);
	mirror_serve(m, named, content);
}

static void serve(struct mirror *m, const struct written *w)
{
	struct tuf_repo_files *served = &m->repo->served;
	struct shelf shelf = {m->repo, test_keep(fs_join(FOLDER, w->name))};
	struct err e = {0};

	while (served->len > 0)
		tuf_repo_drop(m->repo, served->items[0].name);
	ASSERT_OK(fs_list(shelf.dir, serve_file, &shelf, &e));
	for (size_t i = 0; w->targets[i] != NULL; i++)
		serve_target(m, w->targets[i], "bytes");
}

/* A client that starts with the first root and fetches a target of each
 * role. */
static int follow(struct get_versions *v, struct mirror *m,
                  const struct written *w, const char *dir, struct err *e)
{
	struct get g = mirror_client(m, dir);
	size_t n = 0;

	while (w->targets[n] != NULL)
		n++;
	if (get_refresh(v, &g, e) != 0)
		return -1;
	return get_download(&g, w->targets, n, e);
}

TEST(repositories_that_python_tuf_wrote_are_followed_to_every_role)
{
	for (size_t i = 0; i < ARRAY_LEN(repositories); i++) {
		const struct written *w = &repositories[i];
		struct get_versions v = {0};
		struct err e = {0};
		SCOPED(mirror_fini)
		struct mirror m;

		mirror_init(&m);
		serve(&m, w);
		ASSERT_OK(follow(&v, &m, w, test_path(w->name), &e));
		ck_assert_int_eq(v.root, w->root);
		ck_assert_int_eq(v.targets, 1);
	}
}

static const char *own_dir(const struct written *w, size_t k)
{
	return test_keep(xasprintf("%s/%s-%zu", test_dir(), w->name, k));
}

/* Everything is as it was written, but file number k has another year in one
 * place. False when there is no such file. */
static bool refuses_file(const struct written *w, size_t k)
{
	const char *dir = own_dir(w, k);
	struct get_versions v = {0};
	struct err e = {0};
	SCOPED(mirror_fini)
	struct mirror m;
	const struct tuf_repo_file *file;
	bool listed;

	mirror_init(&m);
	serve(&m, w);
	if (k >= m.repo->served.len)
		return false;
	file = &m.repo->served.items[k];
	tuf_repo_edit(m.repo, file->name, "2999", "2998");
	if (strcmp(file->name, "1.root.json") == 0) {
		ASSERT_CODE(store_init(dir, "given.json", file->bytes,
		                       file->len, &e),
		            "threshold");
		return true;
	}
	/* A signature is all that vouches for these two. */
	listed = strcmp(file->name, "2.root.json") != 0 &&
	         strcmp(file->name, "timestamp.json") != 0;
	ASSERT_CODE(follow(&v, &m, w, dir, &e),
	            listed ? "mismatch" : "threshold");
	return true;
}

TEST(one_byte_changed_in_any_file_that_python_tuf_wrote_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(repositories); i++) {
		size_t k = 0;

		while (refuses_file(&repositories[i], k))
			k++;
		ck_assert_uint_gt(k, 4);
	}
}

/* One target is another file of the listed length. */
static void check_target(const struct written *w, size_t k)
{
	const char *dir = own_dir(w, k);
	struct get_versions v = {0};
	struct err e = {0};
	SCOPED(mirror_fini)
	struct mirror m;

	mirror_init(&m);
	serve(&m, w);
	serve_target(&m, w->targets[k], "bites");
	ASSERT_CODE(follow(&v, &m, w, dir, &e), "mismatch");
}

TEST(one_byte_changed_in_any_target_that_python_tuf_listed_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(repositories); i++)
		for (size_t k = 0; repositories[i].targets[k] != NULL; k++)
			check_target(&repositories[i], k);
}

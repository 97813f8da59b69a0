/* Documents that several clients share. The cache of these tests is the worst
 * there is: it goes by names alone. */
#include "config.h"

#include "lib/tuf/doc.h"
#include "tests/unit/tuf/world.h"

#define SHELF_MAX 16

struct shelf {
	struct tuf_repo *repo;
	struct trust_io io; /* of the repository */
	struct {
		char path[TUF_ROLE_MAX];
		struct tuf_doc *doc;
	} items[SHELF_MAX];
	size_t n;
	char asked[TUF_ROLE_MAX]; /* last */
	struct tuf_doc *always;   /* given whatever was asked for, or NULL */
	int learned;
};

static void shelf_fini(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		tuf_doc_unref(s->items[i].doc);
}
DEFINE_SCOPED_PLACE(shelf_fini, struct shelf)

static struct tuf_doc **place(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].path, s->asked) == 0)
			return &s->items[i].doc;
	ck_assert_uint_lt(s->n, SHELF_MAX);
	(void)snprintf(s->items[s->n].path, TUF_ROLE_MAX, "%s", s->asked);
	return &s->items[s->n++].doc;
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	struct shelf *s = ctx;

	(void)snprintf(s->asked, sizeof(s->asked), "%s", path);
	return s->io.fetch(s->io.ctx, path, max_bytes, out, e);
}

static struct tuf_doc *known(void *ctx)
{
	struct shelf *s = ctx;

	return s->always != NULL ? s->always : *place(s);
}

static void learn(void *ctx, struct tuf_doc *d)
{
	struct shelf *s = ctx;
	struct tuf_doc **to = place(s);

	s->learned++;
	tuf_doc_unref(*to);
	*to = tuf_doc_ref(d);
}

/* A client with an empty store over that shelf, refreshed and, when there is
 * such a role, asked for it. */
static int play(struct shelf *s, const char *role, int64_t *targets,
                struct err *e)
{
	const struct trust_io io = {
		.fetch = fetch, .known = known, .learn = learn, .ctx = s};
	const struct tuf_repo_file *root =
		tuf_repo_served(s->repo, "1.root.json");
	SCOPED(trust_free)
	struct trust *t = NULL;

	s->io = tuf_repo_io(s->repo);
	(void)snprintf(s->asked, sizeof(s->asked), "1.root.json");
	t = trust_start(root->bytes, root->len, s->repo->now_s, &io, e);
	if (t == NULL || trust_refresh(t, &io, e) != 0 ||
	    (role != NULL && trust_load_role(t, &io, role, e) != 0))
		return -1;
	*targets = trust_targets(t, role != NULL ? role : "targets")->version;
	return 0;
}

TEST(clients_that_share_documents_trust_what_each_alone_would)
{
	WORLD;
	SCOPED(shelf_fini)
	struct shelf s = {.repo = r};
	int64_t version = 0;
	struct tuf_doc *first;

	ASSERT_OK(play(&s, NULL, &version, &e));
	ck_assert_int_eq(version, 1);
	ck_assert_str_eq(s.asked, "1.targets.json");
	first = *place(&s);
	ASSERT_OK(play(&s, NULL, &version, &e));
	ck_assert_ptr_eq(*place(&s), first); /* it was not read again */
	ck_assert_int_eq(s.learned, 8);
}

TEST(other_bytes_under_the_same_name_are_read_whatever_the_cache_holds)
{
	WORLD;
	SCOPED(shelf_fini)
	struct shelf s = {.repo = r};
	int64_t version = 0;

	ASSERT_OK(play(&s, NULL, &version, &e));
	/* timestamp.json has one name for all its versions. */
	tuf_repo_publish_all(r);
	ASSERT_OK(play(&s, NULL, &version, &e));
	ck_assert_int_eq(version, 2);
	/* And what nobody signed, where something good stood before. */
	tuf_repo_edit(r, "timestamp.json", "\"version\":2", "\"version\":9");
	ASSERT_CODE(play(&s, NULL, &version, &e), "threshold");
}

TEST(a_document_of_another_type_is_not_taken)
{
	WORLD;
	const struct tuf_repo_file *at = tuf_repo_served(r, "timestamp.json");
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = NULL;
	struct shelf s = {.repo = r};
	char sha256[SHA256_HEX_SIZE];
	int64_t version = 0;

	/* It says that it is of the timestamp's bytes. */
	hash_sha256_hex(sha256, at->bytes, at->len);
	at = tuf_repo_served(r, "1.snapshot.json");
	d = tuf_doc_open(TUF_SNAPSHOT, "snapshot", at->bytes, at->len, sha256,
	                 &e);
	ck_assert_ptr_nonnull(d);
	s.always = d;
	ASSERT_OK(play(&s, NULL, &version, &e));
	shelf_fini(&s);
}

TEST(a_role_of_the_same_bytes_is_verified_again_under_new_keys)
{
	WORLD;
	SCOPED(shelf_fini)
	struct shelf s = {.repo = r};
	int64_t version = 0;
	struct tuf_delegation *d =
		tuf_repo_delegate(r, "targets", "coat", "fw/*", false, 7);

	tuf_repo_publish_all(r);
	ASSERT_OK(play(&s, "coat", &version, &e));
	/* The same file, delegated to another key from now on. */
	d->n_keyids = 0;
	tuf_targets_add_key(tuf_repo_role(r, "targets"), d,
	                    tuf_repo_public(r, 8));
	tuf_repo_publish(r, "targets");
	tuf_repo_publish_listings(r);
	ASSERT_CODE(play(&s, "coat", &version, &e), "threshold");
	ck_assert_ptr_nonnull(strstr(e.msg, "by the keys that targets lists"));
	/* With two of them one is not enough. */
	tuf_targets_add_key(tuf_repo_role(r, "targets"), d,
	                    tuf_repo_public(r, 7));
	d->threshold = 2;
	tuf_repo_publish(r, "targets");
	tuf_repo_publish_listings(r);
	ASSERT_CODE(play(&s, "coat", &version, &e), "threshold");
	d->threshold = 1;
	tuf_repo_publish(r, "targets");
	tuf_repo_publish_listings(r);
	ASSERT_OK(play(&s, "coat", &version, &e));
	ck_assert_int_eq(version, 1);
}

TEST(a_shared_document_expires_for_everybody)
{
	WORLD;
	SCOPED(shelf_fini)
	struct shelf s = {.repo = r};
	int64_t version = 0;

	tuf_repo_role(r, "targets")->expires_s = TUF_REPO_NOW + 100;
	tuf_repo_publish_all(r);
	r->now_s = TUF_REPO_NOW + 99;
	ASSERT_OK(play(&s, NULL, &version, &e));
	r->now_s = TUF_REPO_NOW + 100;
	ASSERT_CODE(play(&s, NULL, &version, &e), "expired");
}

/* One document and the quorums it is asked about. */
struct asked {
	const struct tuf_repo_file *file;
	struct tuf_doc *doc;
};

static int ask(const struct asked *a, const struct tuf_quorum *q, struct err *e)
{
	return tuf_doc_check(a->doc, "targets", q, a->file->bytes, a->file->len,
	                     e);
}

TEST(a_yes_is_remembered_for_the_keys_that_gave_it_and_a_no_is_not)
{
	WORLD;
	struct asked a = {.file = tuf_repo_served(r, "1.targets.json")};
	struct tuf_quorum right = tuf_root_quorum(&r->root, TUF_TARGETS);
	struct tuf_quorum wrong = tuf_root_quorum(&r->root, TUF_SNAPSHOT);
	struct tuf_quorum two = right;
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = tuf_doc_open(TUF_TARGETS, "targets", a.file->bytes,
	                                 a.file->len, NULL, &e);

	two.threshold = 2;
	a.doc = d;
	ASSERT_OK(tuf_doc_read(d, "targets", &e));
	for (int i = 0; i < 3; i++) {
		ASSERT_CODE(ask(&a, &wrong, &e), "threshold");
		ASSERT_CODE(ask(&a, &two, &e), "threshold");
		ck_assert_str_eq(e.msg, "targets: 1 of 2 signatures");
		ASSERT_OK(ask(&a, &right, &e));
	}
	/* Settled, it reads the bytes again when it is asked something new. */
	tuf_doc_settle(d);
	ASSERT_CODE(ask(&a, &two, &e), "threshold");
	ck_assert_str_eq(e.msg, "targets: 1 of 2 signatures");
	/* What it remembers it does not compute: these bytes are nothing. */
	ASSERT_OK(tuf_doc_check(d, "targets", &right, "", 0, &e));
}

TEST(a_root_is_remembered_by_its_own_keys_and_by_those_before)
{
	WORLD;
	const unsigned keys[] = {9};
	struct asked a;
	struct tuf_quorum by[2];
	SCOPED(tuf_root_fini)
	struct tuf_root before = {0};

	tuf_root_add_key(&before, TUF_ROOT, tuf_repo_public(r, KEY_OF_ROOT));
	before.roles[TUF_ROOT].threshold = 1;
	tuf_repo_set_keys(r, TUF_ROOT, 1, keys, 1);
	tuf_repo_add_signer(r, "root", KEY_OF_ROOT);
	tuf_repo_publish(r, "root");
	a.file = tuf_repo_served(r, "2.root.json");
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = tuf_doc_open(TUF_ROOT, "root", a.file->bytes,
	                                 a.file->len, NULL, &e);
	a.doc = d;
	ASSERT_OK(tuf_doc_read(d, "root", &e));
	by[0] = tuf_root_quorum(&before, TUF_ROOT);
	by[1] = tuf_root_quorum(&d->root, TUF_ROOT);
	for (int i = 0; i < 2; i++)
		ASSERT_OK(ask(&a, &by[i], &e));
	for (int i = 0; i < 2; i++)
		ASSERT_OK(tuf_doc_check(d, "root", &by[i], "", 0, &e));
}

TEST(keys_that_did_not_sign_are_asked_again_every_time)
{
	WORLD;
	const struct tuf_repo_file *f = tuf_repo_served(r, "1.targets.json");
	struct tuf_quorum right = tuf_root_quorum(&r->root, TUF_TARGETS);
	struct tuf_quorum wrong = tuf_root_quorum(&r->root, TUF_SNAPSHOT);
	struct tuf_vouched v = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	ASSERT_OK(tuf_envelope_parse(&env, TUF_TARGETS, "targets", f->bytes,
	                             f->len, &e));
	for (int i = 0; i < 2; i++) {
		ASSERT_CODE(tuf_vouched_check(&v, &wrong, &env, &e),
		            "threshold");
		ck_assert(!tuf_vouched_has(&v, &wrong));
	}
	ASSERT_OK(tuf_vouched_check(&v, &right, &env, &e));
	ck_assert(tuf_vouched_has(&v, &right));
}

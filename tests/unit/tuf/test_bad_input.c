/* Every role's file, signed by those who may sign it, with something in it
 * that no client may believe. */
#include "config.h"

#include "tests/support/bad_input.h"
#include "tests/unit/tuf/world.h"

static const struct {
	const char *role, *path;
} files[] = {
	{"root", "2.root.json"},         {"timestamp", "timestamp.json"},
	{"snapshot", "2.snapshot.json"}, {"targets", "2.targets.json"},
	{"coat", "1.coat.json"},
};

/* targets delegates fw/ to coat; everything has a second version. */
#define FURNISHED                                                 \
	WORLD;                                                    \
	const struct trust_target *found;                         \
	r->list_hashes = false;                                   \
	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6); \
	tuf_repo_publish_all(r);                                  \
	tuf_repo_publish(r, "root")

static int visit(struct world *w, const struct trust_target **found,
                 struct err *e)
{
	return trust_refresh(w->trust, &w->io, e) != 0
	               ? -1
	               : trust_find(w->trust, &w->io, "fw/x", found, e);
}

TEST(no_role_is_believed_with_a_version_date_or_threshold_that_is_none)
{
	for (size_t n = 0; n < ARRAY_LEN(files) * bad_inputs_n; n++) {
		size_t f = n / bad_inputs_n;
		const struct bad_input *b = &bad_inputs[n % bad_inputs_n];

		if (!bad_input_fits(b, files[f].role) ||
		    strcmp(b->rule, "threshold_unmet") == 0)
			continue;
		FURNISHED;
		bad_input_put(r, files[f].role, files[f].path, b);
		ASSERT_ERR(visit(&w, &found, &e), ERR_INVALID);
		ck_assert_msg(!b->is_json || strstr(e.msg, b->member) != NULL,
		              "%s with %s %s: %s", files[f].path, b->member,
		              b->value, e.msg);
		ck_assert_int_lt(tuf_repo_stored_version(r, files[f].role), 2);
	}
}

/* It can be read; it can never be met, whoever signs. */
TEST(a_threshold_above_the_number_of_keys_is_never_met)
{
	static const struct bad_input high = {"threshold", "99", true, ""};
	static const size_t with_keys[] = {0, 3};

	for (size_t i = 0; i < ARRAY_LEN(with_keys); i++) {
		FURNISHED;
		bad_input_put(r, files[with_keys[i]].role,
		              files[with_keys[i]].path, &high);
		ASSERT_CODE(visit(&w, &found, &e), "threshold");
		ASSERT_SAYS("of 99 signatures");
	}
}

/* The same bytes under an id of their own: a member we do not know makes
 * another id of the same key. */
TEST(a_threshold_of_two_is_not_met_by_one_key_under_two_names)
{
	static const enum tuf_type types[] = {TUF_TIMESTAMP, TUF_SNAPSHOT,
	                                      TUF_TARGETS};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		WORLD;
		unsigned n = 10;
		struct key_public twin = *tuf_repo_public(r, n);
		SCOPED(js_fini)
		struct js_doc doc = {0};
		SCOPED(free)
		char *object = NULL;
		char id[SHA256_HEX_SIZE];
		struct js_at at;

		object = xasprintf("{\"also\":1,%s", twin.object + 1);
		hash_sha256_hex(id, object, strlen(object));
		ASSERT_OK(js_parse(&doc, "key", object, strlen(object), &e));
		at = js_root(&doc);
		ASSERT_OK(key_public_parse(&twin, &at, id, &e));
		r->list_hashes = false;
		tuf_repo_set_keys(r, types[i], 2, &n, 1);
		tuf_root_add_key(&r->root, types[i], &twin);
		tuf_repo_publish(r, "root");
		tuf_repo_publish_all(r);
		/* Its one signature, under both names. */
		for (size_t k = 0; k < r->served.len; k++) {
			struct tuf_repo_file *file = &r->served.items[k];
			const char *sig = strstr(file->bytes, "\"sig\":");
			SCOPED(free)
			char *both = NULL;

			if (strstr(file->bytes, tuf_repo_public(r, n)->id) ==
			            NULL ||
			    strstr(file->name, "root") != NULL)
				continue;
			both = xasprintf("{\"signatures\":[{\"keyid\":\"%s\","
			                 "%.*s},%s",
			                 id, (int)strcspn(sig, "}"), sig,
			                 strchr(file->bytes, '[') + 1);
			tuf_repo_serve(r, file->name, both, strlen(both));
		}
		ASSERT_CODE(trust_refresh(w.trust, &w.io, &e), "threshold");
		ASSERT_SAYS("1 of 2 signatures");
	}
}

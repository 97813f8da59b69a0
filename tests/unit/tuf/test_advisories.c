/*
 * Mistakes other TUF clients made that have no place of their own in the
 * tests beside this one. All of them, with the tests that keep us from each,
 * are listed in tests/advisories.txt.
 */
#include "config.h"

#include "tests/unit/tuf/world.h"

TEST(rust_tuf_275_delegations_of_targets_are_covered_by_its_signatures)
{
	WORLD;
	static const unsigned stranger = 9;

	/* Nobody listed hashes, so signatures are all there is. */
	r->list_hashes = false;
	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6);
	tuf_repo_publish_all(r);
	tuf_repo_edit(r, "2.targets.json", "\"name\":\"coat\"",
	              "\"name\":\"goat\"");
	REFUSED("threshold");
	/* Whole, and by somebody root does not name. */
	tuf_repo_set_signers(r, "targets", &stranger, 1);
	tuf_repo_publish(r, "targets");
	tuf_repo_publish_listings(r);
	REFUSED("threshold");
	ck_assert_ptr_null(tuf_repo_stored(r, "targets"));
}

TEST(tuf_js_781_a_key_id_that_is_there_twice_is_refused_not_merged)
{
	WORLD;
	const char *id = tuf_repo_public(r, KEY_OF_TIMESTAMP)->id;
	SCOPED(free)
	char *key = xasprintf("\"%s\":{", id);
	SCOPED(free)
	char *twice = xasprintf("\"%s\":{},\"%s\":{", id, id);
	SCOPED(free)
	char *listed = xasprintf("[\"%s\"]", id);
	SCOPED(free)
	char *listed_twice = xasprintf("[\"%s\",\"%s\"]", id, id);

	tuf_repo_publish(r, "root");
	tuf_repo_edit(r, "2.root.json", key, twice);
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_INVALID);
	ASSERT_SAYS("duplicate");
	tuf_repo_publish_as(r, "root", 2);
	tuf_repo_edit(r, "2.root.json", listed, listed_twice);
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_INVALID);
	ASSERT_SAYS("listed twice");
}

TEST(NCC_2015_a_signature_does_not_choose_its_algorithm)
{
	WORLD;

	/* A field beside the signature says nothing … */
	tuf_repo_edit(r, "timestamp.json",
	              "\"sig\":", "\"method\":\"none\",\"sig\":");
	REFRESH();
	/* … and helps no other bytes. */
	tuf_repo_publish(r, "timestamp");
	tuf_repo_edit(r, "timestamp.json", "\"sig\":\"",
	              "\"method\":\"none\",\"sig\":\"00");
	restart(&w);
	REFUSED("threshold");
}

TEST(NCC_2015_a_stolen_key_locks_nobody_out_by_the_highest_version)
{
	WORLD;
	static const unsigned fresh[] = {10, 11};

	tuf_repo_publish_as(r, "snapshot", NUM_JSON_MAX);
	tuf_repo_publish_as(r, "timestamp", NUM_JSON_MAX);
	REFRESH();
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, &fresh[0], 1);
	tuf_repo_set_keys(r, TUF_SNAPSHOT, 1, &fresh[1], 1);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "snapshot", 2);
	tuf_repo_publish_as(r, "timestamp", 2);
	restart(&w);
	REFRESH();
	ck_assert_int_eq(trust_timestamp(w.trust)->version, 2);
}

/* The work that parsing costs must not grow faster than the bytes. */
TEST(X41_2022_a_number_of_half_a_million_digits_is_refused_at_once)
{
	WORLD;
	size_t len = TUF_ROOT_MAX;
	SCOPED(free)
	char *bytes = xcalloc(len + 1, 1);
	int head;

	memset(bytes, '9', len);
	head = snprintf(bytes, len,
	                "{\"signatures\":[],\"signed\":{\"version\":");
	bytes[head] = '9';
	memcpy(bytes + len - 2, "}}", 2);
	tuf_repo_serve(r, "2.root.json", bytes, len);
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_INVALID);
}

TEST(a_bomb_of_brackets_members_or_escapes_is_refused_or_read_within_its_bytes)
{
	static const struct {
		const char *open, *again;
	} bombs[] = {
		{"{\"signed\":", "["},
		{"{\"signed\":", "{\"a\":"},
		{"{\"signed\":[0", ",0"},
		{"{\"signed\":\"", "\\u0000"},
		{"{\"signed\":\"", "\\ud83d"},
		{"{\"signatures\":[{\"keyid\":\"\",\"sig\":\"\"}",
	         ",{\"keyid\":\"\",\"sig\":\"\"}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
		WORLD;
		SCOPED(free)
		char *bytes = xcalloc(TUF_TIMESTAMP_MAX + 1, 1);
		size_t n = 0, step = strlen(bombs[i].again);

		n = strlen(bombs[i].open);
		memcpy(bytes, bombs[i].open, n);
		for (; n + step <= TUF_TIMESTAMP_MAX; n += step)
			memcpy(bytes + n, bombs[i].again, step);
		tuf_repo_serve(r, "timestamp.json", bytes, n);
		ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_INVALID);
		ck_assert_ptr_null(tuf_repo_stored(r, "timestamp"));
	}
}

/* The served file with another threshold, signed anew where that is JSON. */
static void set_threshold(struct tuf_repo *r, const char *role,
                          const char *path, const char *threshold, bool sign)
{
	SCOPED(free)
	char *to = xasprintf("\"threshold\":%s", threshold);
	SCOPED(free)
	char *text = NULL;

	tuf_repo_edit(r, path, "\"threshold\":1", to);
	if (!sign)
		return;
	text = xstrdup(strstr(tuf_repo_served(r, path)->bytes, "\"signed\":") +
	               strlen("\"signed\":"));
	text[strlen(text) - 1] = '\0';
	tuf_repo_craft(r, role, path, text);
}

TEST(CVE_2026_23992_no_role_of_any_file_has_a_threshold_below_one)
{
	static const struct {
		const char *text;
		bool is_json; /* as everybody reads it */
	} thresholds[] = {{"0", true},     {"-1", true},
	                  {"\"1\"", true}, {"null", true},
	                  {"1.5", false},  {"1e0", false},
	                  {"01", false},   {"9007199254740992", false}};
	static const struct {
		const char *role, *path;
	} files[] = {{"root", "2.root.json"},
	             {"targets", "2.targets.json"},
	             {"coat", "1.coat.json"}};

	for (size_t n = 0; n < ARRAY_LEN(files) * ARRAY_LEN(thresholds); n++) {
		size_t f = n / ARRAY_LEN(thresholds);
		size_t i = n % ARRAY_LEN(thresholds);
		WORLD;
		const struct trust_target *found;

		r->list_hashes = false;
		tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6);
		tuf_repo_split(r, "coat", "bin", 1, 7);
		tuf_repo_publish_all(r);
		tuf_repo_publish(r, "root");
		set_threshold(r, files[f].role, files[f].path,
		              thresholds[i].text, thresholds[i].is_json);
		if (f < 2)
			ASSERT_ERR(trust_refresh(w.trust, &w.io, &e),
			           ERR_INVALID);
		else
			REFRESH();
		if (f == 2)
			ASSERT_ERR(
				trust_find(w.trust, &w.io, "fw/x", &found, &e),
				ERR_INVALID);
		ASSERT_SAYS(thresholds[i].is_json ? "threshold" : "");
	}
}

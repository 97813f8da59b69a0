#include "config.h"

#include "lib/base/hex.h"
#include "lib/tuf/envelope.h"
#include "tests/unit/tuf/world.h"

static int parse_file(struct tuf_envelope *out, const char *file, struct err *e)
{
	return tuf_envelope_parse(out, TUF_TARGETS, "targets", file,
	                          strlen(file), e);
}

/* Parses only to see the answer. */
static int try_file(const char *file, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	return parse_file(&env, file, e);
}

#define PLAIN "{" TARGETS_HEAD ",\"targets\":{}}"

TEST(canonical_bytes_are_sorted_compact_and_escape_two_characters)
{
	struct err e = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	const char *file =
		"{ \"signatures\" : [ ] , \"signed\" : {\n"
		"  \"version\": 7, \"spec_version\": \"1.0.0\",\n"
		"  \"expires\": \"2030-01-01T00:00:00Z\",\n"
		"  \"_type\": \"targets\",\n"
		"  \"z\": [ 1, -2, true, false, null ],\n"
		"  \"\\u00e9\": \"\\u00e9 \\/ \\\" \\\\ \\n \\u0001\",\n"
		"  \"Z\": { \"b\": \"\", \"a\": {} } } }";

	ASSERT_OK(parse_file(&env, file, &e));
	ck_assert_str_eq(buf_str(&env.canonical),
	                 "{\"Z\":{\"a\":{},\"b\":\"\"},"
	                 "\"_type\":\"targets\","
	                 "\"expires\":\"2030-01-01T00:00:00Z\","
	                 "\"spec_version\":\"1.0.0\",\"version\":7,"
	                 "\"z\":[1,-2,true,false,null],"
	                 "\"\xc3\xa9\":\"\xc3\xa9 / \\\" \\\\ \n \x01\"}");
	ck_assert_int_eq(env.version, 7);
	ck_assert_int_eq(env.expires_s, INT64_C(1893456000));
}

TEST(CVE_2026_23991_an_envelope_of_the_wrong_shape_is_refused)
{
	static const struct {
		const char *file, *says;
	} cases[] = {
		/* clang-format off */
		{"", "targets"},
		{"[]", "an object is needed"},
		{"{\"signatures\":[]}", "'signed' is missing"},
		{"{\"signed\":" PLAIN "}", "'signatures' is missing"},
		{"{\"signatures\":{},\"signed\":" PLAIN "}", "an array is needed"},
		{"{\"signatures\":[],\"signed\":[]}", "an object is needed"},
		{"{\"signatures\":[],\"signed\":" PLAIN "} x", "line 1"},
		{"{\"signatures\":[],\"signed\":" PLAIN ",\"signed\":{}}", "duplicate"},
		{"{\"signatures\":[7],\"signed\":" PLAIN "}", "an object is needed"},
		{"{\"signatures\":[{\"sig\":\"\"}],\"signed\":" PLAIN "}", "'keyid' is missing"},
		{"{\"signatures\":[{\"keyid\":\"\"}],\"signed\":" PLAIN "}", "'sig' is missing"},
		{"{\"signatures\":[{\"keyid\":\"\",\"sig\":1}],\"signed\":" PLAIN "}", "a string is needed"},
		{"{\"signatures\":[],\"signed\":{\"_type\":\"targets\"}}", "'spec_version' is missing"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};

		ASSERT_ERR(try_file(cases[i].file, &e), ERR_INVALID);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(a_file_of_another_type_is_refused)
{
	struct err e = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	ASSERT_CODE(parse_signed(&env, TUF_SNAPSHOT, PLAIN, &e), "wrong_type");
	ASSERT_SAYS("snapshot: _type is 'targets', 'snapshot' is needed");
}

TEST(versions_of_the_specification_below_two_are_read)
{
	static const struct {
		const char *version;
		bool ok;
	} cases[] = {
		{"1.0", true},      {"1.0.0", true}, {"1.0.34", true},
		{"1.1.0", true},    {"1", false},    {"1.", false},
		{"2.0.0", false},   {"10.0", false}, {"1.0.", false},
		{"1.0.0.0", false}, {"1.x", false},  {"1..0", false},
		{"", false},        {" 1.0", false}, {"1.0000000000", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(tuf_envelope_fini)
		struct tuf_envelope env = {0};
		SCOPED(free)
		char *s = xasprintf("{\"_type\":\"targets\"," EXPIRES
		                    "\"version\":1,\"spec_version\":\"%s\"}",
		                    cases[i].version);

		if (cases[i].ok)
			ASSERT_OK(parse_signed(&env, TUF_TARGETS, s, &e));
		else
			ASSERT_CODE(parse_signed(&env, TUF_TARGETS, s, &e),
			            "spec_version");
	}
}

TEST(a_version_is_an_integer_from_one_to_2_53_minus_1)
{
	static const struct {
		const char *version;
		bool ok;
	} cases[] = {
		{"1", true},      {"9007199254740991", true},
		{"0", false},     {"9007199254740992", false},
		{"-1", false},    {"99999999999999999999", false},
		{"1.0", false},   {"1e2", false},
		{"\"1\"", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(tuf_envelope_fini)
		struct tuf_envelope env = {0};
		SCOPED(free)
		char *s = xasprintf("{\"_type\":\"targets\"," EXPIRES SPEC
		                    "\"version\":%s}",
		                    cases[i].version);

		if (cases[i].ok)
			ASSERT_OK(parse_signed(&env, TUF_TARGETS, s, &e));
		else
			ASSERT_ERR(parse_signed(&env, TUF_TARGETS, s, &e),
			           ERR_INVALID);
	}
}

TEST(an_expiry_has_one_spelling)
{
	static const char *const bad[] = {
		"2030-01-01T00:00:00.000Z", "2030-01-01T00:00:00+00:00",
		"2030-01-01 00:00:00Z",     "2030-02-30T00:00:00Z",
		"2030-01-01T24:00:00Z",     "1893456000",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		SCOPED(tuf_envelope_fini)
		struct tuf_envelope env = {0};
		SCOPED(free)
		char *s = xasprintf(
			"{\"_type\":\"targets\",\"expires\":\"%s\"," SPEC
			"\"version\":1}",
			bad[i]);

		ASSERT_ERR(parse_signed(&env, TUF_TARGETS, s, &e), ERR_INVALID);
		ASSERT_SAYS("is not a time");
	}
}

/* A file of `n` signatures with ids 0000…, 0001… and this sig. */
static char *many_signatures(int n, const char *sig)
{
	struct buf b = BUF_INIT(1 << 20);

	buf_puts(&b, "{\"signatures\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s{\"keyid\":\"%064x\",\"sig\":\"%s\"}",
		           i ? "," : "", i, sig);
	buf_puts(&b, "],\"signed\":" PLAIN "}");
	return buf_take(&b);
}

TEST(CVE_2020_6173_more_than_64_signatures_are_refused_unread)
{
	struct err e = {0};
	SCOPED(free)
	char *most = many_signatures(TUF_SIGS_MAX, "00");
	SCOPED(free)
	char *more = many_signatures(TUF_SIGS_MAX + 1, "00");

	ASSERT_OK(try_file(most, &e));
	ASSERT_ERR(try_file(more, &e), ERR_INVALID);
	ASSERT_SAYS("signatures: 65 elements, 0 to 64 are allowed");
}

TEST(CVE_2020_6174_two_signatures_of_one_key_id_are_refused)
{
	struct err e = {0};
	char id[KEY_ID_SIZE];
	SCOPED(free)
	char *file = NULL;

	memset(id, 'a', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	file = xasprintf("{\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"00\"},"
	                 "{\"keyid\":\"%s\",\"sig\":\"01\"}],\"signed\":%s}",
	                 id, id, PLAIN);
	ASSERT_ERR(try_file(file, &e), ERR_INVALID);
	ASSERT_SAYS("has signed twice");
}

/* Keys and a quorum of theirs over PLAIN's canonical bytes. */
struct quorum {
	struct key_secret *secret[3];
	struct key_public keys[4];
	char ids[4][KEY_ID_SIZE];
	struct tuf_quorum q;
	struct tuf_signature sigs[4];
	struct buf canonical;
};

static void quorum_init(struct quorum *s, int64_t threshold)
{
	struct err e = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	key_library_init();
	ASSERT_OK(parse_signed(&env, TUF_TARGETS, PLAIN, &e));
	buf_init(&s->canonical, 4096);
	buf_add(&s->canonical, buf_str(&env.canonical), env.canonical.len);
	for (uint8_t i = 0; i < 3; i++) {
		uint8_t seed[KEY_SEED_SIZE] = {i};

		s->secret[i] = key_secret_from_seed(KEY_ED25519, seed);
		s->keys[i] = *key_secret_public(s->secret[i]);
		memcpy(s->ids[i], s->keys[i].id, KEY_ID_SIZE);
		tuf_sign(&s->sigs[i], s->secret[i], buf_str(&s->canonical),
		         s->canonical.len);
	}
	s->q = (struct tuf_quorum){.keys = s->keys,
	                           .n_keys = 3,
	                           .keyids = s->ids,
	                           .n_keyids = 3,
	                           .threshold = threshold};
}

static void quorum_fini(struct quorum *s)
{
	for (size_t i = 0; i < 3; i++)
		key_secret_free(s->secret[i]);
	buf_fini(&s->canonical);
}
DEFINE_SCOPED_PLACE(quorum_fini, struct quorum)

/* The quorum's answer to a file with these signatures. */
static int ask(const struct quorum *s, const struct tuf_signature *sigs,
               size_t n, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(1 << 16);

	if (tuf_envelope_write(&file, buf_str(&s->canonical), s->canonical.len,
	                       sigs, n, e) != 0 ||
	    parse_file(&env, buf_str(&file), e) != 0)
		return -1;
	return tuf_quorum_check(&s->q, &env, e);
}

TEST(a_threshold_is_met_by_that_many_keys_and_not_by_one_less)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 2);
	ASSERT_OK(ask(&s, s.sigs, 3, &e));
	ASSERT_OK(ask(&s, s.sigs + 1, 2, &e));
	ASSERT_CODE(ask(&s, s.sigs, 1, &e), "threshold");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	ck_assert_str_eq(e.msg, "targets: 1 of 2 signatures");
	ASSERT_CODE(ask(&s, s.sigs, 0, &e), "threshold");
}

TEST(one_flipped_bit_makes_a_signature_worthless)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 1);
	for (size_t bit = 0; bit < 8 * s.sigs[0].len; bit += 37) {
		struct tuf_signature bad = s.sigs[0];

		bad.sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ASSERT_CODE(ask(&s, &bad, 1, &e), "threshold");
	}
}

TEST(a_signature_under_another_keys_id_is_worthless)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 1);
	memcpy(s.sigs[0].keyid, s.keys[1].id, KEY_ID_SIZE);
	ASSERT_CODE(ask(&s, s.sigs, 1, &e), "threshold");
}

TEST(a_key_that_the_role_does_not_list_does_not_count)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 2);
	s.q.n_keyids = 1; /* the file has three keys, the role one */
	ASSERT_CODE(ask(&s, s.sigs, 3, &e), "threshold");
	ASSERT_SAYS("1 of 2");
}

TEST(GHSA_3633_5h82_39pq_one_key_under_two_ids_counts_once)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 2);
	/* The same material with a member more has another id. */
	s.keys[1] = s.keys[0];
	memset(s.keys[1].id, 'a', KEY_ID_SIZE - 1);
	memcpy(s.ids[1], s.keys[1].id, KEY_ID_SIZE);
	s.sigs[1] = s.sigs[0];
	memcpy(s.sigs[1].keyid, s.keys[1].id, KEY_ID_SIZE);
	ASSERT_CODE(ask(&s, s.sigs, 2, &e), "threshold");
	ASSERT_SAYS("1 of 2");
	ASSERT_OK(ask(&s, s.sigs, 3, &e));
}

TEST(CVE_2020_15093_a_key_listed_twice_counts_once)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	/* The parsers refuse such a list; the count does not rely on it. */
	quorum_init(&s, 2);
	s.keys[1] = s.keys[0];
	memcpy(s.ids[1], s.ids[0], KEY_ID_SIZE);
	s.q.n_keyids = s.q.n_keys = 2;
	ASSERT_CODE(ask(&s, s.sigs, 1, &e), "threshold");
	ASSERT_SAYS("1 of 2");
}

TEST(CVE_2026_23992_a_threshold_of_zero_is_never_met)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};

	quorum_init(&s, 0);
	ASSERT_CODE(ask(&s, s.sigs, 3, &e), "threshold");
	s.q.threshold = -1;
	ASSERT_CODE(ask(&s, s.sigs, 3, &e), "threshold");
}

TEST(a_worthless_signature_does_not_spoil_the_good_ones)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};
	static const char *const bad[] = {"", "0", "zz", "ABCD", "not hex"};
	char good[2 * KEY_SIG_MAX + 1];
	char endless[2 * KEY_SIG_MAX + 3];

	quorum_init(&s, 1);
	hex_encode(good, s.sigs[1].sig, s.sigs[1].len);
	memset(endless, '0', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
		SCOPED(tuf_envelope_fini)
		struct tuf_envelope env = {0};
		SCOPED(free)
		char *file = xasprintf(
			"{\"signatures\":["
			"{\"keyid\":\"%s\",\"sig\":\"%s\"},"
			"{\"keyid\":\"one of nobody\",\"sig\":\"00\"},"
			"{\"keyid\":\"%s\",\"sig\":\"%s\"}],\"signed\":%s}",
			s.ids[0], i < ARRAY_LEN(bad) ? bad[i] : endless,
			s.ids[1], good, PLAIN);

		ASSERT_OK(parse_file(&env, file, &e));
		ck_assert_uint_eq(env.n_sigs, 2);
		ck_assert_uint_eq(env.sigs[0].len, 0);
		ck_assert_uint_eq(tuf_quorum_count(&s.q, &env), 1);
	}
}

TEST(unknown_fields_are_covered_by_the_signature)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(4096);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope other = {0};
	const char *with = "{" TARGETS_HEAD ",\"targets\":{},\"x\":[1]}";
	char *at;

	quorum_init(&s, 1);
	ASSERT_OK(parse_signed(&env, TUF_TARGETS, with, &e));
	tuf_sign(&s.sigs[0], s.secret[0], buf_str(&env.canonical),
	         env.canonical.len);
	ASSERT_OK(tuf_envelope_write(&file, buf_str(&env.canonical),
	                             env.canonical.len, s.sigs, 1, &e));
	ASSERT_OK(parse_file(&other, buf_str(&file), &e));
	ASSERT_OK(tuf_quorum_check(&s.q, &other, &e));
	tuf_envelope_fini(&other);
	at = strstr(file.data, "[1]");
	at[1] = '2';
	ASSERT_OK(parse_file(&other, buf_str(&file), &e));
	ASSERT_CODE(tuf_quorum_check(&s.q, &other, &e), "threshold");
}

TEST(control_characters_survive_writing_and_reading)
{
	struct err e = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope again = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(4096);
	const char *s = "{" TARGETS_HEAD
			",\"targets\":{},\"x\\u001f\":\"\\n\\t\\u0001\"}";

	ASSERT_OK(parse_signed(&env, TUF_TARGETS, s, &e));
	ASSERT_OK(tuf_envelope_write(&file, buf_str(&env.canonical),
	                             env.canonical.len, NULL, 0, &e));
	ASSERT_OK(parse_file(&again, buf_str(&file), &e));
	ck_assert_str_eq(buf_str(&env.canonical), buf_str(&again.canonical));
}

TEST(a_written_envelope_keeps_its_signatures_in_order)
{
	struct err e = {0};
	SCOPED(quorum_fini)
	struct quorum s = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(4096);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	quorum_init(&s, 3);
	ASSERT_OK(tuf_envelope_write(&file, buf_str(&s.canonical),
	                             s.canonical.len, s.sigs, 3, &e));
	ck_assert(strncmp(buf_str(&file), "{\"signatures\":[{\"keyid\":\"",
	                  25) == 0);
	ASSERT_OK(parse_file(&env, buf_str(&file), &e));
	ck_assert_uint_eq(env.n_sigs, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(env.sigs[i].keyid, s.ids[i]);
}

TEST(a_file_over_its_bound_is_not_written)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(64);

	ASSERT_ERR(tuf_envelope_write(&file, PLAIN, strlen(PLAIN), NULL, 0, &e),
	           ERR_TOO_LARGE);
}

#include "config.h"

#include "lib/lint/rules.h"

#include "lib/base/mem.h"
#include "lib/tuf/envelope.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *version;
	size_t limits[4]; /* by enum tuf_type */
} clients[LINT_CLIENTS] = {
	/* clang-format off */
	/*                               root, timestamp, snapshot,  targets */
	{"python-tuf", "7.0.0",        { 512000,   16384, 2000000,  5000000}},
	{"go-tuf",     "2.4.2",        { 512000,   16384, 2000000,  5000000}},
	{"tough",      "0.24.0",       {1 << 20, 1 << 20, 1 << 20, 10 << 20}},
	{"tuf-js",     "5.0.1",        { 512000,   16384, 2000000,  5000000}},
	{"rust-tuf",   "2024-02",      { 512000,   16384, 2000000,  5000000}},
	{"pawl",       PACKAGE_VERSION, {TUF_ROOT_MAX, TUF_TIMESTAMP_MAX,
	                                 TUF_SNAPSHOT_MAX, TUF_TARGETS_MAX}},
	/* clang-format on */
};

static size_t index_of(enum lint_client c)
{
	size_t i = 0;

	while (i + 1 < LINT_CLIENTS && (1U << i) != (unsigned)c)
		i++;
	return i;
}

size_t lint_size_limit(enum lint_client c, int type)
{
	return clients[index_of(c)].limits[type];
}

unsigned lint_client_of(const char *name)
{
	for (size_t i = 0; i < LINT_CLIENTS; i++)
		if (strcmp(clients[i].name, name) == 0)
			return 1U << i;
	return 0;
}

void lint_client_list(char *out, size_t size, unsigned mask)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < LINT_CLIENTS && used < size; i++) {
		int put;

		if ((mask & 1U << i) == 0)
			continue;
		put = snprintf(out + used, size - used, "%s%s %s",
		               used > 0 ? ", " : "", clients[i].name,
		               clients[i].version);
		used += put > 0 ? (size_t)put : 0;
	}
}

const struct lint_rule *lint_rule_by_code(const char *code)
{
	for (size_t i = 0; i < LINT_RULES; i++)
		if (strcmp(lint_rules[i].code, code) == 0)
			return &lint_rules[i];
	return NULL;
}

#define PYTHON LINT_PYTHON_TUF
#define GO LINT_GO_TUF
#define TOUGH LINT_TOUGH
#define JS LINT_TUF_JS
#define RUST LINT_RUST_TUF
#define PAWL LINT_PAWL
#define ALL LINT_ALL_CLIENTS

const struct lint_rule lint_rules[LINT_RULES] = {
	/* clang-format off */
[LINT_JSON_SYNTAX] = {"json_syntax", LINT_ERROR, ALL,
	"A file is one JSON value in UTF-8 and nothing more.",
	"RFC 8259; half of a surrogate pair, or bytes that are not UTF-8, are "
	"read differently by each parser.",
	"Write the file anew with pawl-repo."},
[LINT_JSON_DEPTH] = {"json_depth", LINT_ERROR, PAWL,
	"Arrays and objects nest at most 32 deep.",
	"Code: lib/json/js.h; other parsers have limits of their own.",
	"Flatten what stands in custom."},
[LINT_JSON_DUPLICATE] = {"json_duplicate", LINT_ERROR, ALL,
	"No object holds a name twice.",
	"Some parsers take the last, some refuse: one signature, two meanings.",
	"Remove one of them and sign again."},
[LINT_JSON_NUL] = {"json_nul", LINT_ERROR, PAWL,
	"No string holds a NUL character.",
	"Code: parsers in C cut the string there or refuse it.",
	"Remove it and sign again."},
[LINT_JSON_FLOAT] = {"json_float", LINT_ERROR, ALL,
	"Numbers are integers, without fraction, exponent or a minus zero.",
	"Run: 1.0 and 1.5 in custom fail in python-tuf, tuf-js and go-tuf; "
	"canonical JSON knows no other numbers.",
	"Write it as an integer of a smaller unit, or as a string."},
[LINT_JSON_INTEGER] = {"json_integer", LINT_ERROR, JS | GO | PAWL,
	"Integers stay within 2^53 - 1.",
	"Run: tuf-js loses digits above 2^53, so the signature breaks; go-tuf "
	"refuses above 2^63 - 1.",
	"Write it as a string."},
[LINT_KEY_ASTRAL] = {"key_astral", LINT_ERROR, JS,
	"Names in objects (paths, roles, members of custom) hold no character "
	"beyond U+FFFF.",
	"Run: tuf-js sorts by UTF-16 units, everybody else by code points; "
	"U+FFFD beside U+1F600 is rejected by tuf-js.",
	"Keep names in ASCII."},
[LINT_TEXT_NFC] = {"text_nfc", LINT_ERROR, TOUGH,
	"All text is surely in Unicode's form NFC: no combining marks and "
	"nothing that a normaliser rewrites.",
	"Code: tough normalises every string before it verifies "
	"(olpc-cjson).",
	"Use precomposed characters; put text of other scripts into a target "
	"file of its own."},

[LINT_KEYID_MISMATCH] = {"keyid_mismatch", LINT_ERROR, TOUGH | RUST | PAWL,
	"A key's id is the sha256 of its canonical form, in lower-case hex.",
	"Code: tough refuses the whole file, rust-tuf drops the key; TUF 4.3 "
	"says clients must recompute. python-tuf, tuf-js, go-tuf do not look.",
	"Compute the id anew, also after adding a field to a key."},
[LINT_KEY_TWICE] = {"key_twice", LINT_ERROR, GO | PAWL,
	"No public key stands in a file under two ids.",
	"GHSA-3633-5h82-39pq: go-tuf counts it once, others twice, so a "
	"threshold means different things.",
	"Remove one of them."},
[LINT_KEY_TYPE_UNKNOWN] = {"key_type_unknown", LINT_ERROR, PYTHON | GO | PAWL,
	"Every key is ed25519, ecdsa or rsa with a scheme that clients know.",
	"Run: one unknown type, even unused, makes python-tuf reject the file; "
	"used by a role it stops go-tuf too.",
	"Leave such keys out until every client has moved."},
[LINT_KEY_TYPE_NARROW] = {"key_type_narrow", LINT_ERROR, TOUGH | RUST | PAWL,
	"Schemes are ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256.",
	"Code: P-384, P-521 and PKCS #1 v1.5 are unknown to tough and to us, "
	"P-521 to go-tuf and tuf-js too.",
	"Use one of the three."},
[LINT_KEY_NOT_ED25519] = {"key_not_ed25519", LINT_WARNING, RUST,
	"rust-tuf verifies ed25519 only.",
	"Code: crypto.rs of rust-tuf.",
	"Use ed25519 keys where rust-tuf has to follow."},
[LINT_KEY_ED25519_FORM] = {"key_ed25519_form", LINT_ERROR, PYTHON | GO | TOUGH | PAWL,
	"The public part of an ed25519 key is 64 lower-case hex digits.",
	"Code: only tuf-js takes PEM; a key of another length once crashed "
	"go-tuf.",
	"Write the raw 32 bytes as hex."},
[LINT_KEY_PEM_FORM] = {"key_pem_form", LINT_ERROR, PYTHON | GO,
	"The public part of an ecdsa or rsa key is a PEM, BEGIN PUBLIC KEY.",
	"Code: python-tuf and go-tuf read no hex points and no PKCS #1.",
	"Export it with openssl pkey -pubout."},
[LINT_KEY_RSA_SIZE] = {"key_rsa_size", LINT_ERROR, TOUGH | PAWL,
	"RSA keys have 2048 to 8192 bits.",
	"Code: tough verifies no others.",
	"Make a new key."},
[LINT_SIG_FORM] = {"sig_form", LINT_ERROR, ALL,
	"A signature is a keyid and a sig, the sig in lower-case hex or empty.",
	"TUF 4.2.1; run: upper case passes in python-tuf, tuf-js and go-tuf, "
	"ours refuses it.",
	"Write it in lower case."},
[LINT_SIG_DUPLICATE] = {"sig_duplicate", LINT_ERROR, ALL,
	"No keyid stands twice among the signatures.",
	"TUF 4.2.1, CVE-2020-6174; the conformance suite wants the refusal.",
	"Keep one of them."},
[LINT_SIG_COUNT] = {"sig_count", LINT_ERROR, PAWL,
	"A file carries at most 64 signatures.",
	"Code: lib/tuf/envelope.h, against CVE-2020-6173.",
	"Remove those of keys that no role lists."},
[LINT_SIG_SALT] = {"sig_salt", LINT_ERROR, TOUGH,
	"Signatures of rsa keys have a salt of 32 bytes.",
	"Code: tough verifies with RSA_PSS_2048_8192_SHA256 of aws-lc, whose "
	"salt is as long as the digest; python-tuf, go-tuf and we take any.",
	"Sign again; for openssl that is -sigopt rsa_pss_saltlen:digest. A "
	"published version cannot be signed anew: pawl-repo renew ROLE, and "
	"sign that."},
[LINT_SIG_SHORT] = {"sig_short", LINT_ERROR, GO | TOUGH,
	"Signatures of rsa keys are as long as the key's modulus.",
	"Code: crypto/rsa of Go and aws-lc refuse other lengths; run: OpenSSL "
	"takes one whose zeros in front were cut off.",
	"Put the zeros back in front, or sign again. A published version "
	"cannot be changed: pawl-repo renew ROLE, and sign that."},
[LINT_SIG_SALT_OLD] = {"sig_salt_old", LINT_WARNING, TOUGH,
	"In roots below the newest, too, signatures of rsa keys have a salt of "
	"32 bytes.",
	"As sig_salt; a client that begins from a later root never reads them.",
	"A published root can never be changed: give tough a later one to begin "
	"from."},
[LINT_SIG_SHORT_OLD] = {"sig_short_old", LINT_WARNING, GO | TOUGH,
	"In roots below the newest, too, signatures of rsa keys are as long as "
	"the key's modulus.",
	"As sig_short; a client that begins from a later root never reads them.",
	"A published root can never be changed: give go-tuf and tough a later "
	"one to begin from."},
[LINT_KEYID_ABSENT] = {"keyid_absent", LINT_ERROR, GO | PAWL,
	"Every keyid that a role lists is in keys of the same file.",
	"Run: go-tuf refuses the file, python-tuf and tuf-js skip the id.",
	"Remove the id or add the key."},
[LINT_KEYID_TWICE] = {"keyid_twice", LINT_ERROR, ALL,
	"A role lists no keyid twice.",
	"TUF 4.3: clients must ensure that key ids are unique.",
	"Remove one of them."},
[LINT_THRESHOLD_ZERO] = {"threshold_zero", LINT_ERROR, ALL,
	"A threshold is an integer of at least 1.",
	"Run: 0 is rejected by all; GHSA-fphv-w9fq-2525 where it was not.",
	"Set it to 1 or more."},
[LINT_THRESHOLD_UNMET] = {"threshold_unmet", LINT_ERROR, ALL,
	"A threshold is not above the number of the role's keys.",
	"No set of signatures can ever meet it.",
	"Lower it or add keys."},

[LINT_SHAPE] = {"shape", LINT_ERROR, ALL,
	"What TUF 4 wants in a file is there, and of its type.",
	"TUF 4.2 to 4.6; GHSA-846p-jg2w-w324 is a crash where it was not.",
	"Write the file anew with pawl-repo."},
[LINT_TYPE_WRONG] = {"type_wrong", LINT_ERROR, ALL,
	"_type says what the file's name says.",
	"TUF 5.3 to 5.6: each role's type is checked.",
	"Write the file anew with pawl-repo."},
[LINT_FILE_VERSION] = {"file_version", LINT_ERROR, ALL,
	"The version in the file's name is the version in the file.",
	"TUF 5.3.5, 5.5.5, 5.6.4.",
	"Rename the file, or sign the version it should have."},
[LINT_VERSION_RANGE] = {"version_range", LINT_ERROR, ALL,
	"version is an integer from 1 to 2^53 - 1.",
	"Run: a timestamp of 2^53 + 1 fails in tuf-js; TUF 4.3 wants more "
	"than 0.",
	"Count from 1."},
[LINT_EXPIRES_FORM] = {"expires_form", LINT_ERROR, PYTHON | GO | PAWL,
	"expires is written 2026-11-20T20:37:00Z, and nothing else.",
	"Run: .000Z, .123Z and +00:00 break python-tuf; .000Z and +00:00 "
	"break go-tuf, which writes them anew before it verifies.",
	"Whole seconds, a capital Z."},
[LINT_SPEC_VERSION] = {"spec_version", LINT_ERROR, PYTHON | JS | RUST | PAWL,
	"spec_version is 1.N or 1.N.N.",
	"Run: \"1\" and \"2.0.0\" fail in python-tuf and tuf-js.",
	"Write 1.0.0."},
[LINT_SPEC_VERSION_1_0] = {"spec_version_1_0", LINT_WARNING, RUST,
	"rust-tuf accepts the spec_version 1.0 or 1.0.0 only.",
	"Code: metadata.rs of rust-tuf.",
	"Write 1.0.0."},
[LINT_CONSISTENT_MISSING] = {"consistent_missing", LINT_ERROR, JS | GO,
	"root says consistent_snapshot, true or false.",
	"Run: without it tuf-js reports a wrong type and go-tuf a wrong "
	"signature.",
	"Write consistent_snapshot: true."},
[LINT_CONSISTENT_FALSE] = {"consistent_false", LINT_ERROR, ALL,
	"consistent_snapshot is true.",
	"Clients would ask for names without a version, which pawld does not "
	"serve.",
	"Write consistent_snapshot: true."},
[LINT_ROOT_ROLES] = {"root_roles", LINT_ERROR, PYTHON,
	"root has exactly the roles root, snapshot, targets and timestamp.",
	"Run: a mirrors role breaks python-tuf.",
	"Remove the others."},
[LINT_UNKNOWN_FIELD] = {"unknown_field", LINT_WARNING, RUST,
	"Only fields of the specification stand outside custom.",
	"Run: they survive in python-tuf, tuf-js and go-tuf. Code: rust-tuf "
	"drops or refuses many.",
	"Put data of your own into custom."},
[LINT_TERMINATING] = {"terminating", LINT_ERROR, PYTHON | GO | JS | PAWL,
	"Every delegation says terminating, true or false.",
	"Run: without it all three fail, although the specification's own "
	"example leaves it out.",
	"Write it."},
[LINT_PATHS_OR_PREFIXES] = {"paths_or_prefixes", LINT_ERROR, ALL,
	"A delegation has paths or path_hash_prefixes, not both.",
	"TUF 4.5.",
	"Make two delegations."},
[LINT_ROLES_OR_SUCCINCT] = {"roles_or_succinct", LINT_ERROR, ALL,
	"delegations have roles or succinct_roles, not both.",
	"TUF 4.5, TAP 15.",
	"Delegate to a role that then splits into bins."},
[LINT_ROLE_TWICE] = {"role_twice", LINT_ERROR, PYTHON | JS | PAWL,
	"A file delegates to no role twice.",
	"Code: python-tuf and tuf-js keep delegations by name.",
	"Put all paths into one of them."},
[LINT_ROLE_TOP_LEVEL] = {"role_top_level", LINT_ERROR, PYTHON | JS | PAWL,
	"No delegated role has the name of a top-level role.",
	"Run: python-tuf and tuf-js refuse the file; the name would overwrite "
	"the stored root.",
	"Rename it."},
[LINT_ROLE_NAME] = {"role_name", LINT_WARNING, RUST,
	"Role names are [a-z0-9][a-z0-9._-]{0,63}.",
	"Run: a '/' or a blank passes in python-tuf, tuf-js and go-tuf if the "
	"server matches the raw path. Code: rust-tuf splits at '/', and "
	"servers decode before they split.",
	"Use a plain name for new roles."},
[LINT_CUSTOM_OBJECT] = {"custom_object", LINT_ERROR, PYTHON | GO | PAWL,
	"custom is an object, or not there; never null.",
	"Run: null breaks go-tuf, which leaves it out before it verifies.",
	"Leave it out."},
[LINT_META_VERSION] = {"meta_version", LINT_ERROR, ALL,
	"Every entry of meta has a version from 1 to 2^53 - 1.",
	"TUF 4.4 and 4.6.",
	"Write it."},
[LINT_META_UNBOUND] = {"meta_unbound", LINT_WARNING, TOUGH,
	"Entries of meta have length and hashes.",
	"sigstore/root-signing 1251: tough before 0.18 wanted both.",
	"Write them; snapshots of more than 4,000 roles may go without."},
[LINT_META_LENGTH_ZERO] = {"meta_length_zero", LINT_ERROR, GO,
	"No entry of meta has the length 0.",
	"Run: go-tuf leaves a zero out before it verifies.",
	"Leave it out or write the true length."},
[LINT_META_NAME] = {"meta_name", LINT_ERROR, ALL,
	"Names in meta are ROLE.json: no version in front, no percent escape.",
	"TUF 4.4: run with quoted names, no client found the role.",
	"Write the role's name as it is."},
[LINT_TIMESTAMP_META] = {"timestamp_meta", LINT_ERROR, PYTHON | JS | PAWL,
	"meta of a timestamp has snapshot.json and nothing else.",
	"Code: python-tuf and tuf-js read that one entry only, and drop "
	"others before they verify.",
	"Remove the others."},
[LINT_HASHES_EMPTY] = {"hashes_empty", LINT_ERROR, PYTHON | JS | PAWL,
	"hashes lists at least one hash.",
	"Code: python-tuf and tuf-js refuse the file.",
	"Write the sha256."},
[LINT_HASH_FORM] = {"hash_form", LINT_ERROR, ALL,
	"Hashes are lower-case hex of their algorithm's length.",
	"Clients compare text.",
	"Write them in lower case."},
[LINT_HASH_UNKNOWN] = {"hash_unknown", LINT_ERROR, PYTHON | JS | GO | PAWL,
	"Hashes are sha256 or sha512.",
	"TUF 5.7.2: one that can not be computed is a mismatch; the "
	"conformance suite wants the refusal.",
	"Write the sha256 alone."},
[LINT_HASH_SHA256] = {"hash_sha256", LINT_ERROR, TOUGH | PAWL,
	"hashes lists a sha256.",
	"Code: tough's schema wants it; pawld serves files under it.",
	"Write it."},
[LINT_HASH_TWO] = {"hash_two", LINT_ERROR, GO,
	"A target lists one hash.",
	"Run: the hash becomes part of the URL. python-tuf and tuf-js take "
	"the first in the file, go-tuf any; pawld serves the sha256.",
	"Write the sha256 alone."},

[LINT_TARGET_CHARS] = {"target_chars", LINT_ERROR, PYTHON | GO | JS | PAWL,
	"Target paths are made of [A-Za-z0-9._+/-].",
	"Run: no client escapes them, so '#', '?' and '%41' fail in "
	"python-tuf, tuf-js and go-tuf; others work by luck.",
	"Rename the target."},
[LINT_TARGET_SEGMENTS] = {"target_segments", LINT_ERROR, JS | PAWL,
	"No segment of a target path is empty or begins with a dot.",
	"Run: '*' of tuf-js does not match a leading dot; '..' and a leading "
	"'/' are read by luck.",
	"Rename the target."},
[LINT_TARGET_LONG] = {"target_long", LINT_ERROR, PAWL,
	"Target paths have at most 1024 bytes, a folder in one 255, a file 190.",
	"Longer ones pass no file system and few proxies: a file is stored as "
	"HASH.NAME.",
	"Shorten it."},
[LINT_PATTERN_CHARS] = {"pattern_chars", LINT_ERROR, PYTHON | GO | JS,
	"Patterns are made of what target paths are, '*' and '?'.",
	"Run: tuf-js expands {a,b}, takes a leading '!' for a negation (!zzz "
	"authorised app.bin) and '#' for a comment; python-tuf has [!c], "
	"go-tuf [^c] and '\\'.",
	"Use a literal prefix and one '*'."},
[LINT_PATTERN_SEGMENTS] = {"pattern_segments", LINT_ERROR, JS | PAWL,
	"No segment of a pattern is empty or begins with a dot; the last may "
	"be empty.",
	"No target path that all clients read can match it.",
	"Use a literal prefix and one '*'."},
[LINT_PATTERN_GLOB] = {"pattern_glob", LINT_WARNING, RUST,
	"rust-tuf knows no globs, only dir/ as a prefix.",
	"Code: rust-tuf, metadata.rs.",
	"Nothing suits both; give such clients targets without delegation."},
[LINT_PREFIX_FORM] = {"prefix_form", LINT_ERROR, ALL,
	"path_hash_prefixes are 1 to 64 lower-case hex digits.",
	"Clients compare text.",
	"Write them in lower case."},
[LINT_OVERLAP] = {"overlap", LINT_WARNING, PYTHON | GO | TOUGH | JS | PAWL,
	"No path matches the patterns of two delegations of one file.",
	"The order decides then, and CVE-2024-47534 is a client that mixed it "
	"up.",
	"Give each role a folder of its own."},
[LINT_OVERLAP_CROSSING] = {"overlap_crossing", LINT_WARNING, TOUGH,
	"The same holds when '*' also matches a '/'.",
	"Code: tough's globset lets '*' cross '/'.",
	"Give each role a folder of its own, none inside another's."},
[LINT_DELEGATIONS_MANY] = {"delegations_many", LINT_WARNING, PYTHON | GO | JS | RUST | PAWL,
	"No path is a matter of more than 25 delegations of one file.",
	"Code: clients give up after 32 roles in one look-up.",
	"Narrow the patterns, or use bins."},
[LINT_BINS_PREFIX] = {"bins_prefix", LINT_WARNING, GO | RUST,
	"path_hash_prefixes are read by python-tuf, tuf-js, tough and pawl.",
	"Run: go-tuf up to 2.4.2 compares with base64 and never finds the "
	"target (go-tuf PR 783).",
	"Use succinct bins unless tough has to follow."},
[LINT_BINS_SUCCINCT] = {"bins_succinct", LINT_WARNING, TOUGH | RUST,
	"Succinct bins (TAP 15) are read by python-tuf, go-tuf, tuf-js and "
	"pawl.",
	"Run: all three find the target in 256 bins. Code: tough and rust-tuf "
	"have no such field.",
	"Use prefix bins where tough has to follow."},
[LINT_SIZE_OVER] = {"size_over", LINT_ERROR, ALL,
	"No file is above the size that a client reads.",
	"Code: the defaults of each client; ours never lets a listed length "
	"raise them.",
	"Use bins, or remove what is retired."},
[LINT_SIZE_NEAR] = {"size_near", LINT_WARNING, ALL,
	"No file is above 80 % of the size that a client reads.",
	"Code: the defaults of each client.",
	"Plan bins before the limit is reached."},

[LINT_BINS_MIXED] = {"bins_mixed", LINT_WARNING, GO | TOUGH,
	"One repository uses one kind of bins.",
	"go-tuf up to 2.4.2 finds nothing in prefix bins, tough nothing in "
	"succinct ones: neither reads all of this repository.",
	"Choose one kind."},
[LINT_ROLES_MANY] = {"roles_many", LINT_WARNING, TOUGH,
	"A repository has at most 64 delegated roles.",
	"Code: tough loads every role of the tree at each start, one request "
	"each.",
	"Fewer bins where tough has to follow."},
[LINT_DEPTH] = {"depth", LINT_WARNING, RUST,
	"Delegations are at most 8 deep.",
	"Code: rust-tuf follows no more.",
	"Delegate from higher up."},
[LINT_ROOTS_MANY] = {"roots_many", LINT_WARNING, PYTHON | GO | JS | PAWL,
	"A client that knows root 1 is at most 204 rotations behind (80 % of "
	"256).",
	"Code: 256 rotations in one refresh; tough reads 1024.",
	"Give new devices a newer root; rotate less often."},
[LINT_ROLE_UNLISTED] = {"role_unlisted", LINT_ERROR, ALL,
	"The snapshot lists every role that is delegated to.",
	"pingcap/tiup 2728: one missing role stopped every client.",
	"Publish the role, or remove the delegation."},
	/* clang-format on */
};

/*
 * What may stand in a metadata file so that other people's TUF clients read
 * it as we mean it: one row for each rule, with whom breaking it hurts and how
 * that is known. The checks are in the other files of this folder; each names
 * its row by its enum value.
 *
 * "Run" in the evidence: crafted repositories were given to these very
 * versions. "Code": read in the client's source.
 */
#ifndef LIB_LINT_RULES_H
#define LIB_LINT_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum lint_client {
	LINT_PYTHON_TUF = 1,
	LINT_GO_TUF = 2,
	LINT_TOUGH = 4,
	LINT_TUF_JS = 8,
	LINT_RUST_TUF = 16,
	LINT_PAWL = 32, /* our own: always looked at */
};
#define LINT_CLIENTS 6
#define LINT_ALL_CLIENTS ((1U << LINT_CLIENTS) - 1)
/* Those whose refusal stops a publish. rust-tuf has no release since 2024 and
 * refuses much of what the specification allows. */
#define LINT_MAINSTREAM                                                       \
	((unsigned)LINT_PYTHON_TUF | LINT_GO_TUF | LINT_TOUGH | LINT_TUF_JS | \
	 LINT_PAWL)

/* The bit of "python-tuf"; 0 for a name nobody has. */
unsigned lint_client_of(const char *name);
/* "python-tuf 7.0.0, go-tuf 2.4.2": with the versions the rules were found
 * with. */
void lint_client_list(char *out, size_t size, unsigned clients);

enum lint_severity {
	LINT_WARNING, /* one may live with it: lists say so by code */
	LINT_ERROR,   /* a client would refuse, or be misled */
};

enum lint_id {
	/* The text (2.1) */
	LINT_JSON_SYNTAX,
	LINT_JSON_DEPTH,
	LINT_JSON_DUPLICATE,
	LINT_JSON_NUL,
	LINT_JSON_FLOAT,
	LINT_JSON_INTEGER,
	LINT_KEY_ASTRAL,
	LINT_TEXT_NFC,
	/* Keys and signatures (2.2, 2.3) */
	LINT_KEYID_MISMATCH,
	LINT_KEY_TWICE,
	LINT_KEY_TYPE_UNKNOWN,
	LINT_KEY_TYPE_NARROW,
	LINT_KEY_NOT_ED25519,
	LINT_KEY_ED25519_FORM,
	LINT_KEY_PEM_FORM,
	LINT_KEY_RSA_SIZE,
	LINT_SIG_FORM,
	LINT_SIG_DUPLICATE,
	LINT_SIG_COUNT,
	LINT_SIG_SALT,
	LINT_SIG_SHORT,
	LINT_SIG_SALT_OLD,
	LINT_SIG_SHORT_OLD,
	LINT_KEYID_ABSENT,
	LINT_KEYID_TWICE,
	LINT_THRESHOLD_ZERO,
	LINT_THRESHOLD_UNMET,
	/* Fields (2.4) */
	LINT_SHAPE,
	LINT_TYPE_WRONG,
	LINT_FILE_VERSION,
	LINT_VERSION_RANGE,
	LINT_EXPIRES_FORM,
	LINT_SPEC_VERSION,
	LINT_SPEC_VERSION_1_0,
	LINT_CONSISTENT_MISSING,
	LINT_CONSISTENT_FALSE,
	LINT_ROOT_ROLES,
	LINT_UNKNOWN_FIELD,
	LINT_TERMINATING,
	LINT_PATHS_OR_PREFIXES,
	LINT_ROLES_OR_SUCCINCT,
	LINT_ROLE_TWICE,
	LINT_ROLE_TOP_LEVEL,
	LINT_ROLE_NAME,
	LINT_CUSTOM_OBJECT,
	LINT_META_VERSION,
	LINT_META_UNBOUND,
	LINT_META_LENGTH_ZERO,
	LINT_META_NAME,
	LINT_TIMESTAMP_META,
	LINT_HASHES_EMPTY,
	LINT_HASH_FORM,
	LINT_HASH_UNKNOWN,
	LINT_HASH_SHA256,
	LINT_HASH_TWO,
	/* Paths, patterns, sizes (2.5) */
	LINT_TARGET_CHARS,
	LINT_TARGET_SEGMENTS,
	LINT_TARGET_LONG,
	LINT_PATTERN_CHARS,
	LINT_PATTERN_SEGMENTS,
	LINT_PATTERN_GLOB,
	LINT_PREFIX_FORM,
	LINT_OVERLAP,
	LINT_OVERLAP_CROSSING,
	LINT_DELEGATIONS_MANY,
	LINT_BINS_PREFIX,
	LINT_BINS_SUCCINCT,
	LINT_SIZE_OVER,
	LINT_SIZE_NEAR,
	/* Between files (2.4, 2.5) */
	LINT_BINS_MIXED,
	LINT_ROLES_MANY,
	LINT_DEPTH,
	LINT_ROOTS_MANY,
	LINT_ROLE_UNLISTED,
	LINT_RULES
};

struct lint_rule {
	const char *code; /* stable slug */
	enum lint_severity severity;
	unsigned hurts;       /* of enum lint_client */
	const char *rule;     /* one sentence: how it should be */
	const char *evidence; /* how it is known */
	const char *remedy;   /* what to do */
};
extern const struct lint_rule lint_rules[LINT_RULES];
/* NULL when there is no such code. */
const struct lint_rule *lint_rule_by_code(const char *code);

/* Bytes a client reads of a role file when nothing signed says otherwise, by
 * enum tuf_type. */
size_t lint_size_limit(enum lint_client c, int type);

#endif

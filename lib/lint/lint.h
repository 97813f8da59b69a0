/*
 * The interoperability lint: everything about a repository's metadata files
 * that some TUF client would refuse, or read differently from another. It
 * looks at the bytes themselves, since a parser would hide half of it. Who has
 * to sign is lib/tuf/trust.h's business; of a signature it asks only whether
 * it is one that not every client takes.
 *
 *	lint_init(&l, LINT_MAINSTREAM);
 *	lint_file(&l, "targets", 7, bytes, len);  for each file
 *	lint_tree(&l);                            what holds between them
 *	lint_verdict(&l, &e)                      the first error, if any
 *
 * Pure, after key_library_init(). One thread at a time.
 */
#ifndef LIB_LINT_LINT_H
#define LIB_LINT_LINT_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/hash.h"
#include "lib/json/jw.h"
#include "lib/lint/rules.h"
#include "lib/tuf/envelope.h"

#include <stdint.h>

/* More are counted and not kept: one mistake may stand in each of a hundred
 * thousand entries. */
#define LINT_FINDINGS_MAX 200

struct lint_finding {
	const struct lint_rule *rule;
	unsigned hurts; /* the rule's, of those asked about */
	char file[TUF_ROLE_MAX + 32];
	char text[ERR_MSG_MAX]; /* "7.targets.json: signed.expires: …" */
};

/* What lint_tree() looks at. */
struct lint_role {
	char name[TUF_ROLE_MAX];
	char (*delegated)[TUF_ROLE_MAX];
	size_t n_delegated;
	int bits; /* of succinct bins; 0: none */
	bool prefixes;
};

/* One that an rsa key may have made. */
struct lint_signature {
	char file[TUF_ROLE_MAX + 32];
	int64_t root; /* its version; 0: of another role */
	char keyid[KEY_ID_SIZE];
	uint8_t digest[SHA256_SIZE]; /* of what is signed */
	uint8_t sig[KEY_SIG_MAX];
	size_t len;
};

struct lint {
	unsigned clients;
	const char *const
		*accepted; /* codes of warnings; NULL-ended, or NULL */
	struct lint_finding *items;
	size_t len, cap;
	size_t n[2];      /* by severity, also those not kept */
	size_t n_dropped; /* not kept */
	size_t n_files;
	struct {
		struct lint_role *items;
		size_t len, cap;
	} roles;
	struct {
		char (*items)[TUF_ROLE_MAX];
		size_t len, cap;
	} listed; /* in the snapshot */
	struct {
		struct key_public *items;
		size_t len, cap;
	} rsa_keys; /* each once */
	struct {
		struct lint_signature *items;
		size_t len, cap;
	} signatures;
	bool has_snapshot;
	int64_t root_version;         /* the highest */
	char file[TUF_ROLE_MAX + 32]; /* being looked at */
};

/* clients of enum lint_client; LINT_PAWL is always among them. */
void lint_init(struct lint *l, unsigned clients);
void lint_fini(struct lint *l);
DEFINE_SCOPED_PLACE(lint_fini, struct lint)

/* "7.targets.json" or "targets.json" into role and version (0: none). False
 * for other names. */
bool lint_split_name(char role[TUF_ROLE_MAX], int64_t *version,
                     const char *name);

/* One file. version is what its name says; 0: the name has none. */
void lint_file(struct lint *l, const char *role, int64_t version,
               const void *bytes, size_t len);
/* All but its signatures: for one that was published with them, by the keys it
 * is read by now. Nobody can change them, and what was taken is taken still. */
void lint_unchanged(struct lint *l, const char *role, int64_t version,
                    const void *bytes, size_t len);
/* Its size only: for one that was looked at when it came. */
void lint_size(struct lint *l, const char *role, int64_t version, size_t len);
/* Its signatures only: for one that was looked at before its keys were what
 * they are. Nothing is read while no rsa key is known. */
void lint_signatures(struct lint *l, const char *role, int64_t version,
                     const void *bytes, size_t len);
/* Keys of a file that is not looked at, of which one may have signed a file
 * that is. */
void lint_know_keys(struct lint *l, const struct key_public *keys, size_t n);
/* After all files: what holds between them. */
void lint_tree(struct lint *l);

/* 0, or the first error: ERR_INVALID with the rule's code, and who is hurt. */
MUST_USE int lint_verdict(const struct lint *l, struct err *e);
/* An array of {code, text, rule, clients, evidence, remedy} of this
 * severity. */
void lint_write(const struct lint *l, enum lint_severity severity,
                struct jw *w);

#endif

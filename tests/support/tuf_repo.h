/*
 * A whole TUF repository in memory, and the store of one device: built from
 * nothing but numbers, so that every run makes the same bytes.
 *
 *	struct tuf_repo *r = tuf_repo_new();       version 1 of all four roles
 *	struct trust_io io = tuf_repo_io(r);
 *	struct trust *t = tuf_repo_client(r, &e);  starts from the stored root
 *	ASSERT_OK(trust_refresh(t, &io, &e));
 *	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json …");
 *
 * Attacks: edit the public fields and publish, publish under the wrong name
 * (tuf_repo_serve), sign whatever text (tuf_repo_craft), swap bytes.
 * A mistake of the test itself aborts.
 */
#ifndef TESTS_SUPPORT_TUF_REPO_H
#define TESTS_SUPPORT_TUF_REPO_H

#include "lib/tuf/trust.h"

/* 2026-01-01T00:00:00Z: the hour of all tests. */
#define TUF_REPO_NOW INT64_C(1767225600)
#define TUF_REPO_DAY INT64_C(86400)

#define TUF_REPO_KEYS 64
/* Who signs what at first; 4 and above are free. */
enum { KEY_OF_ROOT, KEY_OF_TIMESTAMP, KEY_OF_SNAPSHOT, KEY_OF_TARGETS };

struct tuf_repo_file {
	char *name;
	char *bytes;
	size_t len;
};

struct tuf_repo_files {
	struct tuf_repo_file *items;
	size_t len, cap;
};

struct tuf_repo_role {
	char name[TUF_ROLE_MAX];
	struct tuf_targets targets;
};

struct tuf_repo_signer {
	char role[TUF_ROLE_MAX];
	unsigned key;
};

struct tuf_repo {
	int64_t now_s; /* of the clients made from now on */
	/* Edit, then publish; publishing raises the version by one. */
	struct tuf_root root;
	struct tuf_snapshot timestamp, snapshot;
	/* Length and hash in snapshot and timestamp; true at first. */
	bool list_hashes;

	struct {
		struct tuf_repo_role **items; /* "targets" is the first */
		size_t len, cap;
	} roles;
	struct {
		struct tuf_repo_signer *items;
		size_t len, cap;
	} signers;
	struct key_secret *keys[TUF_REPO_KEYS];
	/* Bytes of salt in what rsa keys sign; 0: as key_sign() has it. */
	int rsa_salt;
	struct tuf_repo_files served; /* by path below the metadata URL */
	struct tuf_repo_files stored; /* by role: the device's */
	struct buf requests, saves;
	/* What the next fetch of this path is refused with; NULL: none. */
	const char *broken_path;
	enum err_kind broken_kind;
	bool save_fails;
};

struct tuf_repo *tuf_repo_new(void);
void tuf_repo_free(struct tuf_repo *r);
DEFINE_SCOPED(tuf_repo_free, struct tuf_repo *)

/* Key number n < TUF_REPO_KEYS, the same in every run. */
const struct key_secret *tuf_repo_key(struct tuf_repo *r, unsigned n);
/* Makes n an rsa key, another in every run: before its first use. */
void tuf_repo_use_rsa(struct tuf_repo *r, unsigned n);
const struct key_public *tuf_repo_public(struct tuf_repo *r, unsigned n);

/* The keys root lists for a role; they also become its signers. */
void tuf_repo_set_keys(struct tuf_repo *r, enum tuf_type role,
                       int64_t threshold, const unsigned *keys, size_t n);
/* Who signs, whatever is listed. */
void tuf_repo_set_signers(struct tuf_repo *r, const char *role,
                          const unsigned *keys, size_t n);
void tuf_repo_add_signer(struct tuf_repo *r, const char *role, unsigned key);

/* "targets" or a delegated one, made when it is not there. Never published by
 * itself. */
struct tuf_targets *tuf_repo_role(struct tuf_repo *r, const char *name);
/* `by` delegates one pattern to `name` with one key, which also signs it.
 * Borrowed until the next delegation of `by`. */
struct tuf_delegation *tuf_repo_delegate(struct tuf_repo *r, const char *by,
                                         const char *name, const char *pattern,
                                         bool terminating, unsigned key);
/* `by` splits into 2^bits bins of one key, all made and signed by it. */
void tuf_repo_split(struct tuf_repo *r, const char *by, const char *prefix,
                    int bits, unsigned key);
/* Entry of a few bytes, whose hash is that of the path. */
void tuf_repo_target(struct tuf_repo *r, const char *role, const char *path);

/* The next version of one role, signed and served under its right name, and
 * listed for the next snapshot or timestamp. */
void tuf_repo_publish(struct tuf_repo *r, const char *role);
/* The same with this version. */
void tuf_repo_publish_as(struct tuf_repo *r, const char *role, int64_t version);
/* All targets roles, snapshot, timestamp. */
void tuf_repo_publish_all(struct tuf_repo *r);
void tuf_repo_publish_listings(struct tuf_repo *r); /* snapshot, timestamp */

/* Any JSON as "signed", made canonical and signed by the role's signers. */
void tuf_repo_craft(struct tuf_repo *r, const char *role, const char *path,
                    const char *signed_json);
void tuf_repo_serve(struct tuf_repo *r, const char *path, const void *bytes,
                    size_t len);
/* Takes it away: 404. */
void tuf_repo_drop(struct tuf_repo *r, const char *path);
/* NULL when it is not served. */
const struct tuf_repo_file *tuf_repo_served(const struct tuf_repo *r,
                                            const char *path);
/* Replaces the first `from` in a served file by `to`, signatures untouched. */
void tuf_repo_edit(struct tuf_repo *r, const char *path, const char *from,
                   const char *to);

/* The device. */
struct trust_io tuf_repo_io(struct tuf_repo *r);
struct trust *tuf_repo_client(struct tuf_repo *r, struct err *e);
const struct tuf_repo_file *tuf_repo_stored(const struct tuf_repo *r,
                                            const char *role);
void tuf_repo_store(struct tuf_repo *r, const char *role, const void *bytes,
                    size_t len);
void tuf_repo_forget(struct tuf_repo *r, const char *role);
/* "version" of what is stored; 0 when nothing is. */
int64_t tuf_repo_stored_version(const struct tuf_repo *r, const char *role);
/* Paths asked for and roles saved since the last call, by blanks. */
const char *tuf_repo_requests(struct tuf_repo *r);
const char *tuf_repo_saves(struct tuf_repo *r);

#endif

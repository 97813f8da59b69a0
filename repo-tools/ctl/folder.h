/*
 * A repository folder as `pawl-repo` leaves it, read for publishing: every
 * root, the newest complete version of every other offline role that is
 * delegated to, and the target files those roles list.
 *
 * Nothing is verified here beyond what makes a folder whole; the server runs
 * the reference client over it and refuses in that client's words.
 */
#ifndef REPO_TOOLS_CTL_FOLDER_H
#define REPO_TOOLS_CTL_FOLDER_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/strmap.h"
#include "lib/crypto/hash.h"

#include <stddef.h>
#include <stdint.h>

struct ctl_folder_file {
	char *name; /* "3.root.json" */
	char *role; /* "root" */
	int64_t version;
	struct buf text;
	bool wanted; /* somebody delegates to it */
};

/* One file's bytes, wherever it is listed; each sha256 once. */
struct ctl_folder_blob {
	char *target; /* "fw/coat/1.2.0_main.bin" */
	char *role;   /* which lists it */
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
};

struct ctl_folder {
	char *dir;
	struct {
		struct ctl_folder_file *items;
		size_t len, cap;
	} files; /* root by root, then by role */
	struct {
		struct ctl_folder_blob *items;
		size_t len, cap;
	} blobs;               /* in the order of sha256 */
	struct strmap by_role; /* while reading: newest file of a role */
	size_t *queue;
	size_t n_queue;
};

/* Roles that the server signs itself (snapshot, timestamp, rollout.*) are
 * passed over. ERR_NOT_FOUND when there is no root; ERR_INVALID, naming the
 * file, for one that is not what its name says. */
MUST_USE int ctl_folder_read(struct ctl_folder *f, const char *dir,
                             struct err *e);
/* Forgets the files of these roles and the blobs they list. */
void ctl_folder_drop(struct ctl_folder *f, const struct strmap *roles);
void ctl_folder_fini(struct ctl_folder *f);
DEFINE_SCOPED_PLACE(ctl_folder_fini, struct ctl_folder)

/* dir/targets/… of a blob, in fresh memory. */
char *ctl_folder_blob_path(const struct ctl_folder *f,
                           const struct ctl_folder_blob *b);
/* Is the file there, and what its role lists? ERR_NOT_FOUND, or ERR_UNTRUSTED
 * with code "mismatch". */
MUST_USE int ctl_folder_check_blob(const struct ctl_folder *f,
                                   const struct ctl_folder_blob *b,
                                   struct err *e);

#endif

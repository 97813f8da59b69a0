/*
 * A repository behind a network that does as it is told: the door that
 * pawl-get's parts speak through, with the metadata of a tuf_repo below
 * http://mirror/m/ and files below http://mirror/t/.
 */
#ifndef TESTS_UNIT_GET_MIRROR_H
#define TESTS_UNIT_GET_MIRROR_H

#include "get/get.h"
#include "lib/base/clock.h"
#include "tests/support/tuf_repo.h"

#include <stdbool.h>

struct mirror {
	struct tuf_repo *repo;
	struct net_door door;
	struct clock_manual clock;
	struct tuf_repo_files files; /* by path below t/ */
	struct buf log; /* "m/2.root.json t/ab.x[5-9] …", see mirror_asked */

	/* Faults of answers below t/. */
	int64_t cut_at;     /* the connection ends after so many bytes; -1 */
	bool no_ranges;     /* answers 200 to a Range */
	int64_t other_from; /* answers with another beginning; -1: no */
	bool at_end;        /* answers 416 to a Range */
	int status;         /* of everything below m/ and t/; 0: as it is */
	/* Called in the middle of an answer below t/, once. */
	void (*during)(struct mirror *m);
	int64_t during_at; /* after so many bytes */
	const char *dir;   /* for `during` */
};

void mirror_init(struct mirror *m);
void mirror_fini(struct mirror *m);
DEFINE_SCOPED_PLACE(mirror_fini, struct mirror)

/* A file of the repository: listed by a role (call publish), and served under
 * every name it may be asked by. */
void mirror_add(struct mirror *m, const char *role, const char *path,
                const char *content);
/* Served alone; content replaces. */
void mirror_serve(struct mirror *m, const char *path, const char *content);
/* Paths asked for since the last call, by blanks. */
const char *mirror_asked(struct mirror *m);

/* A store with root 1 in `dir`/md, files into `dir`/files. */
struct get mirror_client(struct mirror *m, const char *dir);

/* Content of dir/name as a string, kept; NULL when there is none. */
const char *file_text(const char *dir, const char *name);
/* All names in a folder, by blanks, kept. */
const char *names_in(const char *dir);

#endif

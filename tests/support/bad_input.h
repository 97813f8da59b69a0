/*
 * What somebody may write into a signed file and nobody may read: versions,
 * dates and thresholds of every wrong kind. One table for the client (tests
 * of lib/tuf) and for the publish gate (tests of the server): both refuse
 * each row, though it is signed by whoever may sign the file. And for the desk
 * (tests of repo-tools), where it is to be signed and is not.
 */
#ifndef TESTS_SUPPORT_BAD_INPUT_H
#define TESTS_SUPPORT_BAD_INPUT_H

#include "tests/support/tuf_repo.h"

struct bad_input {
	const char *member; /* of the file's own head, or of its first role */
	const char *value;  /* as it stands in the JSON */
	/* JSON with integers, so it can be signed; else it goes out under
	 * the signatures of what it was made from. */
	bool is_json;
	const char *rule; /* the lint's code */
};

extern const struct bad_input bad_inputs[];
extern const size_t bad_inputs_n;

/* Whether this file can hold it: a threshold only stands where keys do. */
bool bad_input_fits(const struct bad_input *b, const char *role);
/* The text of a file with it; the path is for errors, the caller frees. */
char *bad_input_text(const char *file, const char *path,
                     const struct bad_input *b);
/* Writes it into the served file of this role and signs that anew. */
void bad_input_put(struct tuf_repo *r, const char *role, const char *path,
                   const struct bad_input *b);
/* Any text for another, everywhere in the file; signed anew where that can
 * be. */
void bad_input_replace(struct tuf_repo *r, const char *role, const char *path,
                       const char *from, const char *to, bool is_json);

#endif

/*
 * Everything a program asks of the disk below one folder, written down in
 * order: what was made, written, cut, renamed and removed, and what each
 * flush covered. Nobody has to announce a step: the calls themselves are
 * caught, our own and SQLite's, because a program that links this file defines
 * them before the C library does. disk_state_compare() (disk_states.h) proves
 * that none escaped.
 *
 * One thread, but for flushes. SQLite's "-shm" files are left out: they are
 * memory that is made anew by whoever opens the database first.
 */
#ifndef TESTS_SUPPORT_DISK_LOG_H
#define TESTS_SUPPORT_DISK_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum disk_step {
	DISK_CREATE,
	DISK_MKDIR,
	DISK_LINK,
	DISK_RENAME,
	DISK_REMOVE,
	DISK_WRITE,
	DISK_RESIZE,
	DISK_SYNC, /* of a file or of a folder */
};

struct disk_op {
	enum disk_step step;
	int file;   /* the object it is about */
	int folder; /* the one whose entries change; -1: none */
	char *name; /* the entry made or removed, below the root */
	char *from; /* RENAME: the entry that goes */
	off_t at;   /* WRITE; RESIZE: the new length */
	size_t len;
	uint8_t *bytes;
	size_t site; /* SYNC: which place in the code asked for it */
};

/* A place in the code that flushes: the calls from there up to the first
 * function that is no helper of lib/base/fs.c. What SQLite flushes on behalf
 * of one call of ours is one place for each kind of file. */
#define DISK_SITE_DEPTH 24
struct disk_site {
	void *frames[DISK_SITE_DEPTH];
	int n;
	char *label; /* "journal: journal_open": the file, and for whom */
};

/* A file or folder, and what it held when the recording began. */
struct disk_object {
	bool is_folder;
	uint8_t *bytes;
	size_t len;
};

struct disk_name {
	char *path;
	int file;
};

struct disk_names {
	struct disk_name *items;
	size_t len, cap;
};

struct disk_log {
	char *root;
	struct {
		struct disk_op *items;
		size_t len, cap;
	} ops;
	struct {
		struct disk_object *items;
		size_t len, cap;
	} objects; /* the first is the root */
	struct {
		struct disk_site *items;
		size_t len, cap;
	} sites;
	struct disk_names base; /* when the recording began */
	struct disk_names now;
	/* Asked before each step with its number. */
	void (*before)(void *ctx, size_t op);
	void *ctx;
};

/* From now on, below this folder, which exists; symbolic links in its path
 * are resolved. What is open already must not be written to. */
void disk_log_begin(struct disk_log *l, const char *root);
void disk_log_end(void);
/* Goes on behind the first `point` steps, as if the process had been killed
 * there: with what they left in this folder, and what is not covered still
 * not covered. The steps behind are forgotten. */
void disk_log_resume(struct disk_log *l, size_t point, const char *root);
void disk_log_fini(struct disk_log *l);

#endif

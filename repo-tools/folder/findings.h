/*
 * What a verification found, one line each, and the exit code that follows.
 */
#ifndef REPO_TOOLS_FOLDER_FINDINGS_H
#define REPO_TOOLS_FOLDER_FINDINGS_H

#include "cli/cli.h"
#include "lib/json/jw.h"

enum finding_kind {
	FINDING_OK,
	FINDING_PENDING, /* staged, not complete yet */
	FINDING_MISSING, /* not made yet, by whoever has to */
	FINDING_WARNING,
	FINDING_EXPIRED,
	FINDING_BROKEN,
};

struct finding {
	enum finding_kind kind;
	char code[ERR_CODE_MAX];
	char text[ERR_MSG_MAX];
};

struct findings {
	struct finding *items;
	size_t len, cap;
};

void findings_fini(struct findings *f);
DEFINE_SCOPED_PLACE(findings_fini, struct findings)
void findings_add(struct findings *f, enum finding_kind kind, const char *code,
                  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A refusal as a finding of this kind. */
void findings_refusal(struct findings *f, enum finding_kind kind,
                      const struct err *e);
size_t findings_count(const struct findings *f, enum finding_kind kind);

void findings_print(const struct findings *f, const struct cli *c);
/* An array of {kind, code, text}. */
void findings_write(const struct findings *f, struct jw *w);
/* 0 when nothing is broken or expired; else -1 with the first of the worst:
 * ERR_IO for a file that may not be read, ERR_UNTRUSTED or ERR_EXPIRED. */
MUST_USE int findings_verdict(const struct findings *f, struct err *e);

#endif

/*
 * What a change of keys means, in words: who has to sign what, and how
 * clients that know an older root will find their way to it.
 */
#ifndef REPO_TOOLS_FOLDER_REKEY_SAY_H
#define REPO_TOOLS_FOLDER_REKEY_SAY_H

#include "cli/cli.h"
#include "lib/json/jw.h"
#include "repo-tools/folder/rekey.h"

/* How clients walk, for every root they may know (TUF 5.3): which roots they
 * load, what they forget because its keys changed, which roles they load
 * anew. Before anything is staged. */
void rekey_say_walk(const struct cli *c, const struct rekey *k);
/* "walk": [{knows, loads: [versions]}] */
void rekey_write_walk(struct jw *w, const struct rekey *k);

/* After rekey_stage(): every staged role and whose signatures complete it. */
void rekey_say_signers(const struct cli *c, const struct rekey *k);
/* "staged": [{role, version, quorums: [{of, threshold, keys: [{keyid,
 * label}]}]}] */
void rekey_write_signers(struct jw *w, const struct rekey *k);

/* The whole answer of a command that changed keys: signers, and what to do
 * next. */
MUST_USE int rekey_answer(const struct cli *c, const struct rekey *k,
                          const char *schema, size_t dropped, struct err *e);

#endif

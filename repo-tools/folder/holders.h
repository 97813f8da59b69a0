/*
 * holders.json: who holds which key, by the label a key was made with. A help
 * for people who read key ids; signed by nobody, believed by nothing.
 */
#ifndef REPO_TOOLS_FOLDER_HOLDERS_H
#define REPO_TOOLS_FOLDER_HOLDERS_H

#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/workspace.h"

struct holder {
	char keyid[KEY_ID_SIZE];
	char label[SECRETFILE_LABEL_SIZE];
};

struct holders {
	struct holder *items;
	size_t len, cap;
};

/* What the file says, and the key files of ws->keys_dir; what cannot be read
 * is not known. */
void holders_read(struct holders *h, const struct workspace *ws);
void holders_fini(struct holders *h);
DEFINE_SCOPED_PLACE(holders_fini, struct holders)

/* "" when nobody knows. */
const char *holders_label(const struct holders *h, const char *keyid);
/* Ignores an empty label; the first label of a key stays. */
void holders_add(struct holders *h, const char *keyid, const char *label);
/* Keeps what is known, for when the key files are with their holders. Nothing
 * is written when the file says it already. */
MUST_USE int holders_keep(const struct holders *h, const struct workspace *ws,
                          struct err *e);

/* Both: what the key files here say is kept. For whoever made keys. */
MUST_USE int holders_remember(const struct workspace *ws, struct err *e);

/* {"keyid":"label", …}, as the file and a bundle have it. */
void holders_put(struct jw *w, const struct holders *h);
MUST_USE int holders_take(struct holders *h, const struct js_at *at,
                          struct err *e);

#endif

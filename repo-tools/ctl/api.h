/*
 * A conversation with one server's admin API: where it is, who asks (a token
 * from a file nobody else can read, never from the command line), and JSON
 * both ways.
 *
 * An answer is read whole, bounded, and strictly parsed before anybody looks
 * at it. Every refusal is the server's own sentence and code.
 */
#ifndef REPO_TOOLS_CTL_API_H
#define REPO_TOOLS_CTL_API_H

#include "cli/cli.h"
#include "cli/prompt.h"
#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "net/net.h"

/* The largest answer taken: a page of 1,000 devices is a tenth of it. */
#define CTL_ANSWER_MAX ((size_t)8 << 20)
/* The largest request: every role at its full size. */
#define CTL_REQUEST_MAX ((size_t)64 << 20)

struct ctl_api {
	const struct cli *cli;
	char *server; /* "https://pawl.example", without a slash at the end */
	struct passphrase token;
	struct net *net;
	struct net *uploads; /* its own patience; NULL until needed */
};

/* From --server, --token-file and --ca-file, or PAWL_SERVER, PAWL_TOKEN_FILE
 * and PAWL_CA_FILE. Asks nothing yet. Fine to end after a refusal. */
MUST_USE int ctl_api_open(struct ctl_api *a, const struct cli *c,
                          struct err *e);
void ctl_api_fini(struct ctl_api *a);
DEFINE_SCOPED_PLACE(ctl_api_fini, struct ctl_api)

/* A JSON object the server sent. Must not move: places point into it. */
struct ctl_answer {
	struct net_reply reply;
	struct js_doc doc;
	struct js_at root;
};
void ctl_answer_fini(struct ctl_answer *a);
DEFINE_SCOPED_PLACE(ctl_answer_fini, struct ctl_answer)

/* "/v1/admin/NOUN/KEY/VERB" in fresh memory; key and verb may be NULL.
 * ERR_USAGE, naming `what`, for a key that no object can have. */
MUST_USE int ctl_api_path(char **out, const char *noun, const char *key,
                          const char *verb, const char *what, struct err *e);
/* The same words in a query: refuses what would not stand there as itself. */
MUST_USE int ctl_api_check_word(const char *word, const char *what,
                                struct err *e);

/* Each ends with a zeroed or a filled answer; a refusal of the server is -1
 * with its words. */
MUST_USE int ctl_api_get(struct ctl_api *a, struct ctl_answer *out,
                         const char *path, struct err *e);
MUST_USE int ctl_api_post(struct ctl_api *a, struct ctl_answer *out,
                          const char *path, const struct buf *body,
                          struct err *e);
/* A file's bytes, as large as they are. */
MUST_USE int ctl_api_put(struct ctl_api *a, struct ctl_answer *out,
                         const char *path, size_t length, net_source_fn *source,
                         void *ctx, struct err *e);

/* --reason is text that a server takes: to be known before anything is sent. */
MUST_USE int ctl_api_check_reason(const struct cli *c, struct err *e);

/* Begins a request's body: {"reason": …. The reason is --reason, or "". */
MUST_USE int ctl_api_begin_body(struct jw *w, struct buf *body,
                                const struct cli *c, struct err *e);

/* The server's object, for --json. */
MUST_USE int ctl_answer_print(const struct ctl_answer *a, const struct cli *c,
                              struct err *e);

#endif

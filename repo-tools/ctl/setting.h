/*
 * Where the server is and who asks it, out of options and the environment.
 */
#ifndef REPO_TOOLS_CTL_SETTING_H
#define REPO_TOOLS_CTL_SETTING_H

#include "cli/cli.h"
#include "cli/prompt.h"

/* --server or PAWL_SERVER, without slashes at its end, in fresh memory.
 * Refused: what is no http or https URL, one with a user, query or fragment
 * in it, and plain http to another machine (code "plain_http") unless
 * --plain-http says that the way there is safe. */
MUST_USE int ctl_setting_server(char **out, const struct cli *c, struct err *e);

/* The token in the file of --token-file or PAWL_TOKEN_FILE; code
 * "insecure_mode" when others can read that file. The token is in no
 * error. */
MUST_USE int ctl_setting_token(struct passphrase *out, const struct cli *c,
                               struct err *e);

/* --ca-file or PAWL_CA_FILE, or NULL for the system's. */
const char *ctl_setting_ca_file(const struct cli *c);

#endif

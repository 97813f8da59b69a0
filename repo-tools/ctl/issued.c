#include "config.h"

#include "repo-tools/ctl/issued.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"

#include <string.h>

/* More is no token of ours. */
#define TOKEN_MAX 1024

int ctl_issued_check(const struct cli *c, struct err *e)
{
	const char *path = cli_get(c, "out");

	if (path == NULL)
		return 0;
	if (cli_wants_json(c))
		return err_set(e, ERR_USAGE,
		               "--out and --json: with --json the token is in "
		               "the answer");
	if (fs_exists(path))
		return err_set(e, ERR_CONFLICT,
		               "--out: %s is there already, a new file is "
		               "needed",
		               path);
	return 0;
}

/* A token is one word that a shell, a header and a file take as it is. */
static int get_token(const char **out, const struct js_at *root, struct err *e)
{
	const char *p;

	if (js_get_str(out, root, "token", TOKEN_MAX, e) != 0)
		return -1;
	for (p = *out; *p > ' ' && *p <= '~'; p++)
		;
	if (*p != '\0' || p == *out)
		return err_code(e, ERR_INVALID, "bad_answer",
		                "answer: the token is not one printable word");
	return 0;
}

int ctl_issued_show(struct cli *c, const struct js_at *root, struct err *e)
{
	const char *path = cli_get(c, "out"), *token;
	char *line;
	int result;

	if (get_token(&token, root, e) != 0)
		return -1;
	if (path == NULL) {
		cli_print(c, "%s\n", token);
		(void)fflush(cli_world(c)->out);
		cli_say(c, "This token is shown once; keep it safe.\n");
		return 0;
	}
	line = xasprintf("%s\n", token);
	result = fs_create(path, line, strlen(line), 0600, e);
	key_wipe(line, strlen(line));
	free(line);
	if (result != 0) {
		err_context(e, "the token was made and is lost; revoke it");
		return -1;
	}
	cli_say(c, "The token is in %s.\n", path);
	return 0;
}

#include "config.h"

#include "repo-tools/folder/names.h"

#include "lib/base/mem.h"

#include <string.h>

struct reading {
	struct words *out;
	const char *option;
	bool star;
};

static int add_word(void *ctx, const char *part, struct err *e)
{
	struct reading *r = ctx;
	struct words *l = r->out;

	if (!name_is_word(part) && !(r->star && strcmp(part, "*") == 0))
		return err_set(e, ERR_USAGE,
		               "--%s: '%.80s' is no name, "
		               "[a-z0-9][a-z0-9._-]{0,63} is needed%s",
		               r->option, part, r->star ? " (or \"*\")" : "");
	if (words_has(l, part))
		return err_set(e, ERR_USAGE, "--%s: '%s' is given twice",
		               r->option, part);
	if (l->n == WORDS_MAX)
		return err_set(e, ERR_USAGE, "--%s: more than %d names",
		               r->option, WORDS_MAX);
	word_set(l->w[l->n++], part);
	if (words_has(l, "*") && l->n > 1)
		return err_set(e, ERR_USAGE,
		               "--%s: '*' already means all, no name may "
		               "stand beside it",
		               r->option);
	return 0;
}

int names_read(struct words *out, const struct cli *c, const char *option,
               bool star, struct err *e)
{
	struct reading r = {out, option, star};

	out->n = 0;
	return cli_list(c, option, add_word, &r, e);
}

struct cells {
	struct cell *items;
	size_t len, cap;
	const char *option;
};

static int add_cell(void *ctx, const char *part, struct err *e)
{
	struct cells *l = ctx;
	char hw[NAME_MAX_LEN + 1];
	const char *slash = strchr(part, '/');

	if (slash != NULL)
		(void)snprintf(hw, sizeof(hw), "%.*s", (int)(slash - part),
		               part);
	if (slash == NULL || slash - part > NAME_MAX_LEN || !name_is_word(hw) ||
	    !name_is_word(slash + 1))
		return err_set(e, ERR_USAGE,
		               "--%s: '%.130s' is no cell like a7/eu",
		               l->option, part);
	VEC_GROW(l);
	word_set(l->items[l->len].hw, hw);
	word_set(l->items[l->len].region, slash + 1);
	l->len++;
	return 0;
}

int names_read_cells(struct cell **out, size_t *n, const struct cli *c,
                     const char *option, struct err *e)
{
	struct cells l = {.option = option};

	if (cli_list(c, option, add_cell, &l, e) != 0) {
		free(l.items);
		return -1;
	}
	*out = l.items;
	*n = l.len;
	return 0;
}

#include "config.h"

#include "repo-tools/cli.h"
#include "repo-tools/cli_internal.h"

#include <string.h>

/* Help text starts here when what it explains is shorter. */
#define HELP_COLUMN 26
#define HELP_WIDTH 79

/* Columns of UTF-8 text: every byte but those that continue a character. */
static size_t columns(const char *text, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* Words of `text` from `column` on, broken at `HELP_WIDTH`. */
static void wrapped(FILE *out, const char *text, size_t used)
{
	size_t column = used;

	while (*text != '\0') {
		size_t n = strcspn(text, " "), wide = columns(text, n);

		if (column > HELP_COLUMN && column + wide + 1 > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, n, out);
		column += wide;
		text += n + strspn(text + n, " ");
	}
	fputc('\n', out);
}

static void row(FILE *out, const char *left, const char *text)
{
	size_t n = 2 + columns(left, strlen(left));

	fprintf(out, "  %s", left);
	if (n + 1 > HELP_COLUMN)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(out, "%*s", (int)(HELP_COLUMN - n), "");
	wrapped(out, text, HELP_COLUMN);
}

static void option_row(FILE *out, const struct cli_option *o)
{
	static const char *const notes[] = {
		[0] = "",
		[CLI_REQUIRED] = " (needed)",
		[CLI_REPEATS] = " (may be repeated)",
		[CLI_REQUIRED | CLI_REPEATS] = " (needed, may be repeated)"};
	char left[80], letter[8] = "", text[400];

	if (o->letter != 0)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
	               o->value != NULL ? " " : "",
	               o->value != NULL ? o->value : "");
	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", o->help,
	               notes[o->flags & (CLI_REQUIRED | CLI_REPEATS)],
	               o->fallback != NULL ? " (default " : "",
	               o->fallback != NULL ? o->fallback : "",
	               o->fallback != NULL ? ")" : "");
	row(out, left, text);
}

static void option_rows(FILE *out, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		option_row(out, o);
}

void cli_usage_line(char *out, size_t size, const struct cli_program *p,
                    const struct cli_command *cmd)
{
	size_t n;

	if (cmd == NULL) {
		(void)snprintf(out, size, "%s COMMAND … (%s help lists them)",
		               p->name, p->name);
		return;
	}
	n = (size_t)snprintf(out, size, "%s %s%s%s", p->name, cmd->words,
	                     cmd->args[0] != '\0' ? " " : "", cmd->args);
	for (const struct cli_option *o = cmd->options;
	     o != NULL && o->name != NULL && n < size; o++)
		if ((o->flags & CLI_REQUIRED) != 0)
			n += (size_t)snprintf(out + n, size - n, " --%s %s",
			                      o->name, o->value);
	if (n < size && cmd->options != NULL)
		(void)snprintf(out + n, size - n, " [OPTION…]");
}

void cli_help_write(FILE *out, const struct cli_program *p,
                    const struct cli_command *cmd)
{
	char usage[400], left[80];

	cli_usage_line(usage, sizeof(usage), p, cmd);
	fprintf(out, "usage: %s\n\n%s.\n", usage,
	        cmd != NULL ? cmd->help : p->help);
	if (cmd == NULL) {
		fprintf(out, "\nCommands\n");
		for (size_t i = 0; i < p->n_commands; i++) {
			(void)snprintf(left, sizeof(left), "%s%s%s",
			               p->commands[i].words,
			               p->commands[i].args[0] != '\0' ? " "
			                                              : "",
			               p->commands[i].args);
			row(out, left, p->commands[i].help);
		}
	} else if (cmd->options != NULL) {
		fprintf(out, "\nOptions\n");
		option_rows(out, cmd->options);
	}
	fprintf(out, "\nOptions of every command\n");
	option_rows(out, p->common);
	option_rows(out, cli_builtin);
	fprintf(out,
	        "\nExit codes: 0 done, 1 failed, 2 usage, 3 verification "
	        "failed, 4 expired,\n5 conflict, 6 not found, 7 permission, "
	        "8 unreachable.\n");
}

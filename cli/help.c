#include "config.h"

#include "cli/cli.h"
#include "cli/internal.h"

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

/* Words of `text` from the column `indent` on, broken at `HELP_WIDTH`. */
static void wrapped(FILE *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text != '\0') {
		size_t n = strcspn(text, " "), wide = columns(text, n);

		if (column > indent && column + wide + 1 > HELP_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
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

/* "--hw A" stays together: a usage line breaks before an option only. */
static void usage(FILE *out, const char *line)
{
	static const char first[] = "usage: ";
	const size_t indent = sizeof(first) - 1 + 4;
	size_t column = sizeof(first) - 1;

	fputs(first, out);
	while (*line != '\0') {
		const char *next = strstr(line + 1, " -");
		const char *end = strstr(line + 1, " [OPTION");
		size_t n, wide;

		if (next == NULL || (end != NULL && end < next))
			next = end;
		n = next != NULL ? (size_t)(next - line) : strlen(line);
		wide = columns(line, n);
		if (column > indent && column + wide > HELP_WIDTH) {
			fprintf(out, "\n%*s", (int)indent - 1, "");
			column = indent - 1;
		}
		fwrite(line, 1, n, out);
		column += wide;
		line += n;
	}
	fputc('\n', out);
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

void cli_usage_write(FILE *out, const struct cli_program *p,
                     const struct cli_command *cmd)
{
	char line[400];

	cli_usage_line(line, sizeof(line), p, cmd);
	usage(out, line);
}

static void command_row(FILE *out, const struct cli_command *cmd)
{
	char left[80];

	(void)snprintf(left, sizeof(left), "%s%s%s", cmd->words,
	               cmd->args[0] != '\0' ? " " : "", cmd->args);
	row(out, left, cmd->help);
}

/* The commands under their headings; of a noun, those alone. */
static void command_rows(FILE *out, const struct cli_program *p,
                         const char *noun)
{
	const struct cli_group *g = p->groups;

	if (g == NULL || noun[0] != '\0')
		fprintf(out, "\nCommands\n");
	for (size_t i = 0; i < p->n_commands; i++) {
		const struct cli_command *cmd = &p->commands[i];

		if (!cli_starts_command(cmd, noun))
			continue;
		if (g != NULL && noun[0] == '\0' && g->first != NULL &&
		    strcmp(g->first, cmd->words) == 0) {
			fprintf(out, "\n%s\n", g->heading);
			g++;
		}
		command_row(out, cmd);
	}
}

void cli_help_write(FILE *out, const struct cli_program *p, const char *noun,
                    const struct cli_command *cmd)
{
	char text[400];

	cli_usage_write(out, p, cmd);
	(void)snprintf(text, sizeof(text), "%s.",
	               cmd != NULL ? cmd->help : p->help);
	fputc('\n', out);
	wrapped(out, text, 0);
	if (cmd == NULL) {
		command_rows(out, p, noun);
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

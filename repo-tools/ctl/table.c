#include "config.h"

#include "repo-tools/ctl/table.h"

#include "repo-tools/ctl/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All cells of one table; an answer is at most half of it. */
#define TEXT_MAX ((size_t)32 << 20)

/* Words that deserve a look: red stops, yellow waits, green runs. */
static const struct {
	const char *word, *colour;
} paints[] = {
	{"halted", "\033[31m"},      {"HALTED", "\033[31m"},
	{"NOT READY", "\033[31m"},   {"revoked", "\033[31m"},
	{"quarantined", "\033[31m"}, {"paused", "\033[33m"},
	{"superseded", "\033[33m"},  {"running", "\033[32m"},
	{"ready", "\033[32m"},       {"completed", "\033[32m"},
};
#define PLAIN "\033[0m"

bool ctl_table_has_colour(const struct cli *c)
{
	const char *when = cli_get(c, "color");
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	int fd = fileno(cli_world(c)->out);

	if (when != NULL && strcmp(when, "always") == 0)
		return true;
	if (when != NULL && strcmp(when, "never") == 0)
		return false;
	return (no == NULL || *no == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0 && fd >= 0 && isatty(fd);
}

static const char *paint_of(const char *word)
{
	for (size_t i = 0; i < sizeof(paints) / sizeof(paints[0]); i++)
		if (strcmp(paints[i].word, word) == 0)
			return paints[i].colour;
	return NULL;
}

static void put(struct buf *out, const char *word, bool colour)
{
	const char *paint = colour ? paint_of(word) : NULL;

	if (paint != NULL)
		buf_printf(out, "%s%s" PLAIN, paint, word);
	else
		buf_puts(out, word);
}

void ctl_table_word(const struct cli *c, const char *word)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(256);

	put(&out, word, ctl_table_has_colour(c));
	cli_print(c, "%s", buf_str(&out));
}

void ctl_table_init(struct ctl_table *t, const struct cli *c,
                    const char *const *columns)
{
	*t = (struct ctl_table){
		.cli = c,
		.columns = columns,
		.text = BUF_INIT(TEXT_MAX),
	};
	while (columns[t->n_columns] != NULL)
		t->n_columns++;
	assert(t->n_columns > 0 && t->n_columns <= CTL_TABLE_COLUMNS);
}

void ctl_table_fini(struct ctl_table *t)
{
	buf_fini(&t->text);
}

static void end_cell(struct ctl_table *t)
{
	buf_putc(&t->text, '\0');
	t->n_cells++;
}

void ctl_table_add(struct ctl_table *t, const char *text)
{
	ctl_text_clean(&t->text, text);
	end_cell(t);
}

void ctl_table_addf(struct ctl_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ctl_table_add(t, text);
}

void ctl_table_member(struct ctl_table *t, const struct js_at *obj,
                      const char *key)
{
	ctl_text_member(&t->text, obj, key);
	end_cell(t);
}

void ctl_table_members(struct ctl_table *t, const struct js_at *obj, ...)
{
	const char *key;
	va_list ap;

	va_start(ap, obj);
	while ((key = va_arg(ap, const char *)) != NULL)
		ctl_table_member(t, obj, key);
	va_end(ap);
}

void ctl_table_share(struct ctl_table *t, int64_t ppm)
{
	ctl_text_share(&t->text, ppm);
	end_cell(t);
}

static bool is_right(const struct ctl_table *t, size_t column)
{
	return t->columns[column][0] == '>';
}

static const char *title(const struct ctl_table *t, size_t column)
{
	return t->columns[column] + is_right(t, column);
}

static void measure(size_t widths[CTL_TABLE_COLUMNS], const struct ctl_table *t)
{
	const char *cell = buf_str(&t->text);

	for (size_t i = 0; i < t->n_columns; i++)
		widths[i] = strlen(title(t, i));
	for (size_t i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
		size_t width = ctl_text_width(cell);

		if (widths[i % t->n_columns] < width)
			widths[i % t->n_columns] = width;
	}
}

static void put_cell(struct buf *line, const struct ctl_table *t, size_t column,
                     const char *text, size_t width, bool colour)
{
	int fill = (int)(width - ctl_text_width(text));

	if (is_right(t, column))
		buf_printf(line, "%*s", fill, "");
	put(line, text, colour);
	buf_printf(line, "%*s", is_right(t, column) ? 2 : fill + 2, "");
}

/* No line ends in blanks. */
static void end_line(const struct ctl_table *t, struct buf *line)
{
	size_t n = line->len;

	while (n > 0 && line->data[n - 1] == ' ')
		n--;
	buf_cut(line, n);
	cli_print(t->cli, "%s\n", buf_str(line));
	buf_reset(line);
}

static bool has_head(const struct ctl_table *t)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (t->columns[i][0] != '\0')
			return true;
	return false;
}

int ctl_table_print(const struct ctl_table *t, const char *empty, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(TEXT_MAX);
	bool colour = ctl_table_has_colour(t->cli);
	const char *cell = buf_str(&t->text);
	size_t widths[CTL_TABLE_COLUMNS], n = t->n_columns;

	if (buf_failed(&t->text))
		return err_set(e, ERR_TOO_LARGE, "the table is above %zu bytes",
		               TEXT_MAX);
	assert(t->n_cells % n == 0);
	if (t->n_cells == 0) {
		(void)fflush(cli_world(t->cli)->out);
		cli_say(t->cli, "%s\n", empty);
		return 0;
	}
	measure(widths, t);
	if (has_head(t)) {
		for (size_t i = 0; i < n; i++)
			put_cell(&line, t, i, title(t, i), widths[i], false);
		end_line(t, &line);
	}
	for (size_t i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
		put_cell(&line, t, i % n, cell, widths[i % n], colour);
		if ((i + 1) % n == 0)
			end_line(t, &line);
	}
	return 0;
}

/*
 * Our canonical form, to hold beside that of other people's clients: a JSON
 * document a line in, the hex of its canonical bytes a line out.
 */
#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/json/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)

static int show(const char *line, size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc d = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(LINE_MAX_BYTES);
	struct js_at top;

	if (js_parse(&d, "line", line, len, e) != 0)
		return -1;
	top = js_root(&d);
	if (canon_write(&out, &top, e) != 0)
		return -1;
	for (size_t i = 0; i < out.len; i++)
		printf("%02x", (unsigned char)out.data[i]);
	(void)putchar('\n');
	return 0;
}

int main(void)
{
	SCOPED(free)
	char *line = malloc(LINE_MAX_BYTES);
	struct err e;

	if (line == NULL)
		return 1;
	while (fgets(line, (int)LINE_MAX_BYTES, stdin) != NULL)
		if (show(line, strcspn(line, "\n"), &e) != 0) {
			fprintf(stderr, "canon-lines: %s\n", e.msg);
			return 1;
		}
	return 0;
}

/*
 * The file, through libinih. It cuts long lines, continues indented ones and
 * tells no line numbers, so the lines come from a reader of ours that does
 * none of this.
 */
#include "config.h"

#include "server/conf/conf.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#define KEYS_MAX 64

struct source {
	struct conf *conf;
	const char *name;
	const char *at, *end; /* what is left of the text */
	unsigned line;        /* the one that is being parsed */
	unsigned seen_line[KEYS_MAX];
	struct err *e;
	bool failed;
};

static char *refuse(struct source *s, const char *what)
{
	(void)err_set(s->e, ERR_INVALID, "%s:%u: %s", s->name, s->line, what);
	s->failed = true;
	return NULL;
}

/* fgets() over the text: one whole line or none. */
static char *next_line(char *out, int size, void *stream)
{
	struct source *s = stream;
	const char *end;
	size_t n;

	if (s->failed || s->at == s->end)
		return NULL;
	s->line++;
	end = memchr(s->at, '\n', (size_t)(s->end - s->at));
	n = (size_t)((end != NULL ? end : s->end) - s->at);
	if (memchr(s->at, '\0', n) != NULL)
		return refuse(s, "a NUL byte");
	/* An indented line would be read as more of the one before. */
	while (n > 0 && (*s->at == ' ' || *s->at == '\t')) {
		s->at++;
		n--;
	}
	if (n + 2 > (size_t)size) {
		char what[64];

		(void)snprintf(what, sizeof(what),
		               "a line of more than %d bytes", size - 2);
		return refuse(s, what);
	}
	if (n > 0 && *s->at == '[')
		return refuse(s, "sections are not used");
	memcpy(out, s->at, n);
	out[n] = '\n';
	out[n + 1] = '\0';
	s->at += n + (end != NULL);
	return out;
}

static int once(struct source *s, const char *key)
{
	char what[128];

	for (size_t i = 0; conf_keys[i] != NULL && i < KEYS_MAX; i++) {
		if (strcmp(conf_keys[i], key) != 0)
			continue;
		if (s->seen_line[i] == 0) {
			s->seen_line[i] = s->line;
			return 0;
		}
		(void)snprintf(what, sizeof(what),
		               "key '%s' stands already in line %u", key,
		               s->seen_line[i]);
		(void)refuse(s, what);
		return -1;
	}
	return 0; /* unknown: conf_set() will say so */
}

/* 1 to go on, 0 to stop: the library's way. */
static int on_pair(void *user, const char *section, const char *key,
                   const char *value)
{
	struct source *s = user;
	char origin[300];

	(void)section;
	if (s->failed || once(s, key) != 0)
		return 0;
	(void)snprintf(origin, sizeof(origin), "%.200s:%u", s->name, s->line);
	s->failed = conf_set(s->conf, key, value, origin, s->e) != 0;
	return !s->failed;
}

int conf_parse(struct conf *c, const char *name, const char *text, size_t len,
               struct err *e)
{
	struct source s = {
		.conf = c, .name = name, .at = text, .end = text + len, .e = e};
	int bad = ini_parse_stream(next_line, &s, on_pair, &s);

	if (!s.failed && bad != 0) {
		s.line = (unsigned)bad;
		(void)refuse(&s, "neither 'key = value' nor a comment");
	}
	return s.failed ? -1 : 0;
}

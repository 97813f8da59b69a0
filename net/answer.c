#include "config.h"

#include "net/answer.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void net_answer_init(struct net_answer *a)
{
	*a = (struct net_answer){.length = -1};
}

static int refuse(struct err *e, const char *what)
{
	return err_set(e, ERR_UNREACHABLE, "the answer is no HTTP/1.1: %s",
	               what);
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
			return false;
	}
	return n > 0;
}

/* RFC 9110 5.5: visible bytes, blanks and tabs. */
static bool is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < ' ' && c != '\t') || c == 127)
			return false;
	}
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; what it says in words is nobody's business. */
static int read_status(struct net_answer *a, struct err *e)
{
	const char *s = a->line;

	if (a->line_len < 12 || strncmp(s, "HTTP/1.", 7) != 0 ||
	    (s[7] != '0' && s[7] != '1') || s[8] != ' ' ||
	    !(s[9] >= '1' && s[9] <= '9') || !is_digit(s[10]) ||
	    !is_digit(s[11]) || (a->line_len > 12 && s[12] != ' ') ||
	    !is_text(s, a->line_len))
		return refuse(e, "the status line");
	a->status = 100 * (s[9] - '0') + 10 * (s[10] - '0') + (s[11] - '0');
	a->is_old = a->last = s[7] == '0';
	a->state = NET_HEADERS;
	return 0;
}

static int read_length(struct net_answer *a, const char *value, struct err *e)
{
	if (a->length >= 0)
		return refuse(e, "two lengths");
	if (num_i64(&a->length, value, 0, NUM_JSON_MAX, "length", NULL) != 0)
		return refuse(e, "the length");
	return 0;
}

static int read_coding(struct net_answer *a, const char *value, struct err *e)
{
	if (a->is_chunked)
		return refuse(e, "two codings");
	if (strcasecmp(value, "chunked") != 0)
		return refuse(e, "another coding than chunked");
	a->is_chunked = true;
	return 0;
}

/* A list of options (RFC 9110 7.6.1). */
static int read_connection(struct net_answer *a, const char *value,
                           struct err *e)
{
	(void)e;
	while (*value != '\0') {
		size_t n;

		value += strspn(value, " \t,");
		n = strcspn(value, " \t,");
		if (n == 5 && strncasecmp(value, "close", n) == 0)
			a->last = true;
		value += n;
	}
	return 0;
}

/* The first one counts, as in libcurl; one that is too long says nothing that
 * its reader would take. */
static void keep(char out[NET_VALUE_MAX], const char *value)
{
	if (out[0] == '\0' && strlen(value) < NET_VALUE_MAX)
		(void)snprintf(out, NET_VALUE_MAX, "%s", value);
}

static int read_range(struct net_answer *a, const char *value, struct err *e)
{
	(void)e;
	keep(a->content_range, value);
	return 0;
}

static int read_retry(struct net_answer *a, const char *value, struct err *e)
{
	(void)e;
	keep(a->retry_after, value);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct net_answer *a, const char *value, struct err *e);
} headers[] = {
	{"content-length", read_length}, {"transfer-encoding", read_coding},
	{"connection", read_connection}, {"content-range", read_range},
	{"retry-after", read_retry},
};

/* Splits the line into name and value, without the blanks around it. */
static int split(char **value, struct net_answer *a, struct err *e)
{
	char *colon = memchr(a->line, ':', a->line_len), *end;

	if (a->line[0] == ' ' || a->line[0] == '\t')
		return refuse(e, "a folded header");
	if (colon == NULL || !is_token(a->line, (size_t)(colon - a->line)))
		return refuse(e, "a header without a name");
	if (!is_text(colon, a->line_len - (size_t)(colon - a->line)))
		return refuse(e, "a header with control bytes");
	*colon = '\0';
	*value = colon + 1 + strspn(colon + 1, " \t");
	end = a->line + a->line_len;
	while (end > *value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return 0;
}

static int read_header(struct net_answer *a, struct err *e)
{
	char *value;

	if (split(&value, a, e) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		if (strcasecmp(headers[i].name, a->line) == 0)
			return headers[i].read(a, value, e);
	return 0;
}

/* Interim answers (RFC 9110 15.2) pass by; nobody asked to switch. */
static int next_answer(struct net_answer *a, struct err *e)
{
	size_t head_bytes = a->head_bytes;

	if (a->status == 101)
		return refuse(e, "another protocol, which nobody asked for");
	net_answer_init(a);
	a->head_bytes = head_bytes;
	return 0;
}

/* RFC 9112 6.3 */
static int end_head(struct net_answer *a, struct err *e)
{
	if (a->status < 200)
		return next_answer(a, e);
	if (a->is_chunked && (a->length >= 0 || a->is_old))
		return refuse(e, "a coding where a length is to be");
	a->has_head = true;
	if (a->status == 204 || a->status == 304) {
		a->state = NET_ANSWERED;
	} else if (a->is_chunked) {
		a->state = NET_CHUNK_SIZE;
	} else if (a->length >= 0) {
		a->left = a->length;
		a->state = a->left > 0 ? NET_BODY_OF_LENGTH : NET_ANSWERED;
	} else {
		a->last = true;
		a->state = NET_BODY_TO_THE_END;
	}
	return 0;
}

/* RFC 9112 7.1: hex, then perhaps an extension, which means nothing here. */
static int read_chunk_size(struct net_answer *a, struct err *e)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	size_t digits = strspn(a->line, hex);
	const char *rest = a->line + digits;

	rest += strspn(rest, " \t");
	/* 13 digits are below 2^52. */
	if (digits < 1 || digits > 13 || (*rest != '\0' && *rest != ';') ||
	    !is_text(a->line, a->line_len))
		return refuse(e, "the size of a chunk");
	a->left = (int64_t)strtoll(a->line, NULL, 16);
	a->state = a->left > 0 ? NET_CHUNK_BODY : NET_TRAILERS;
	return 0;
}

/* One line, without its CR LF. */
static int read_line(struct net_answer *a, struct err *e)
{
	char *unused;

	switch (a->state) {
	case NET_STATUS_LINE: return read_status(a, e);
	case NET_HEADERS:
		return a->line_len == 0 ? end_head(a, e) : read_header(a, e);
	case NET_CHUNK_SIZE: return read_chunk_size(a, e);
	case NET_CHUNK_END:
		if (a->line_len > 0)
			return refuse(e, "a chunk longer than its size");
		a->state = NET_CHUNK_SIZE;
		return 0;
	case NET_TRAILERS:
		if (a->line_len > 0)
			return split(&unused, a, e);
		a->state = NET_ANSWERED;
		return 0;
	case NET_BODY_OF_LENGTH:
	case NET_BODY_TO_THE_END:
	case NET_CHUNK_BODY:
	case NET_ANSWERED: break;
	}
	return err_set(e, ERR_INTERNAL, "no line is due");
}

static bool is_head(const struct net_answer *a)
{
	return a->state == NET_STATUS_LINE || a->state == NET_HEADERS ||
	       a->state == NET_TRAILERS;
}

/* One byte of a line; read when it is whole. */
static int add_to_line(struct net_answer *a, char c, struct err *e)
{
	size_t max = is_head(a) ? NET_LINE_MAX : NET_CHUNK_LINE_MAX;

	if (is_head(a) && ++a->head_bytes > NET_HEAD_MAX)
		return refuse(e, "headers without end");
	if (c != '\n') {
		if (a->line_len == max - 1)
			return refuse(e, "a line without end");
		a->line[a->line_len++] = c;
		return 0;
	}
	if (a->line_len == 0 || a->line[a->line_len - 1] != '\r')
		return refuse(e, "a line that ends without CR LF");
	a->line[--a->line_len] = '\0';
	if (read_line(a, e) != 0)
		return -1;
	a->line_len = 0;
	return 0;
}

static bool is_body(const struct net_answer *a)
{
	return a->state == NET_BODY_OF_LENGTH || a->state == NET_CHUNK_BODY ||
	       a->state == NET_BODY_TO_THE_END;
}

/* How many of n bytes are of the body; it moves past them. */
static size_t take_body(struct net_answer *a, size_t n)
{
	if (a->state == NET_BODY_TO_THE_END)
		return n;
	if ((uint64_t)a->left < n)
		n = (size_t)a->left;
	a->left -= (int64_t)n;
	if (a->left == 0)
		a->state = a->state == NET_CHUNK_BODY ? NET_CHUNK_END
		                                      : NET_ANSWERED;
	return n;
}

int net_answer_read(struct net_answer *a, const char *bytes, size_t n,
                    size_t *read, const char **body, size_t *body_len,
                    struct err *e)
{
	size_t i = 0;

	*body_len = 0;
	*read = 0;
	while (i < n && a->state != NET_ANSWERED && !is_body(a)) {
		bool had_head = a->has_head;

		if (add_to_line(a, bytes[i++], e) != 0)
			return -1;
		if (a->has_head && !had_head) {
			*read = i;
			return 0;
		}
	}
	if (i < n && is_body(a)) {
		*body = bytes + i;
		*body_len = take_body(a, n - i);
	}
	*read = i + *body_len;
	return 0;
}

int net_answer_end(struct net_answer *a, struct err *e)
{
	if (a->state == NET_BODY_TO_THE_END)
		a->state = NET_ANSWERED;
	if (a->state == NET_ANSWERED)
		return 0;
	return err_set(e, ERR_UNREACHABLE, "the connection ended %s",
	               a->has_head         ? "within the answer"
	               : a->head_bytes > 0 ? "within the headers"
	                                   : "without an answer");
}

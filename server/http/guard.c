#include "config.h"

#include "server/http/guard.h"

#include "server/http/percent.h"

#include <string.h>
#include <strings.h>

/* What may stand where; a byte without a bit may stand nowhere. */
#define IN_TOKEN 1u  /* RFC 9110 5.6.2: method, header name */
#define IN_PATH 2u   /* RFC 3986 3.3: pchar and '/', without '%' */
#define IN_QUERY 4u  /* RFC 3986 3.4 */
#define IN_HOST 8u   /* RFC 3986 3.2.2 and a port, without userinfo */
#define IN_VALUE 16u /* RFC 9110 5.5: visible, blank, tab, obs-text */

#define UNRESERVED (IN_TOKEN | IN_PATH | IN_QUERY | IN_HOST | IN_VALUE)
#define IN_URI (IN_PATH | IN_QUERY | IN_VALUE)

static const unsigned char classes[256] = {
	/* clang-format off */
	['\t'] = IN_VALUE,
	[' '] = IN_VALUE, ['"'] = IN_VALUE, ['\\'] = IN_VALUE,
	['<'] = IN_VALUE, ['>'] = IN_VALUE,
	['{'] = IN_VALUE, ['}'] = IN_VALUE,
	[0x80 ... 0xff] = IN_VALUE,
	['a' ... 'z'] = UNRESERVED,
	['A' ... 'Z'] = UNRESERVED,
	['0' ... '9'] = UNRESERVED,
	['-'] = UNRESERVED, ['.'] = UNRESERVED, ['_'] = UNRESERVED,
	['~'] = IN_TOKEN | IN_URI,
	['!'] = IN_TOKEN | IN_URI, ['$'] = IN_TOKEN | IN_URI,
	['&'] = IN_TOKEN | IN_URI, ['\''] = IN_TOKEN | IN_URI,
	['*'] = IN_TOKEN | IN_URI, ['+'] = IN_TOKEN | IN_URI,
	['('] = IN_URI, [')'] = IN_URI, [','] = IN_URI, [';'] = IN_URI, ['='] = IN_URI,
	['@'] = IN_URI, ['/'] = IN_URI,
	[':'] = IN_URI | IN_HOST,
	['?'] = IN_QUERY | IN_VALUE,
	['['] = IN_HOST | IN_VALUE, [']'] = IN_HOST | IN_VALUE,
	['#'] = IN_TOKEN | IN_VALUE, ['^'] = IN_TOKEN | IN_VALUE,
	['`'] = IN_TOKEN | IN_VALUE, ['|'] = IN_TOKEN | IN_VALUE,
	['%'] = IN_TOKEN | IN_VALUE,
	/* clang-format on */
};

static bool is_all(const char *s, unsigned class)
{
	while (classes[(unsigned char)*s] & class)
		s++;
	return *s == '\0';
}

static int bad_uri(struct err *e, const char *what)
{
	return err_code(e, ERR_INVALID, "bad_uri", "request target: %s", what);
}

/* A byte of the path that was percent-encoded must mean the same whether or
 * not somebody decoded it earlier. */
static int check_escape(int byte, struct err *e)
{
	if (byte < 0)
		return bad_uri(e, "a '%' without two hex digits");
	if (byte < 0x20 || byte >= 0x7f)
		return bad_uri(e, "an encoded byte that is not printable "
		                  "ASCII");
	if (byte == '/' || byte == '\\' || byte == '%')
		return bad_uri(e, "an encoded '/', '\\' or '%'");
	return 0;
}

/* The path up to `end`; dots count encoded or not. */
static int check_path(const char *p, const char *end, struct err *e)
{
	size_t chars = 0, dots = 0; /* of this segment */

	if (*p != '/')
		return bad_uri(e, "an absolute path is needed");
	if (end - p > GUARD_PATH_MAX)
		return bad_uri(e, "a path of more than 2048 bytes");
	for (p++; p < end; p++) {
		int byte = (unsigned char)*p;

		if (byte == '/') {
			if (chars == 0)
				return bad_uri(e, "an empty segment");
			if (chars == dots && dots <= 2)
				return bad_uri(e, "a dot segment");
			chars = dots = 0;
			continue;
		}
		if (byte == '%') {
			byte = percent_byte(p);
			if (check_escape(byte, e) != 0)
				return -1;
			p += 2;
		} else if (!(classes[byte] & IN_PATH)) {
			return bad_uri(e, "a byte that no path may have");
		}
		chars++;
		dots += byte == '.';
	}
	if (chars > 0 && chars == dots && dots <= 2)
		return bad_uri(e, "a dot segment");
	return 0;
}

static int check_query(const char *p, struct err *e)
{
	if (strlen(p) > GUARD_QUERY_MAX)
		return bad_uri(e, "a query of more than 2048 bytes");
	for (; *p != '\0'; p++) {
		if (*p == '%') {
			if (percent_byte(p) <= 0)
				return bad_uri(e, "a '%' without two hex "
				                  "digits, or %00");
			p += 2;
		} else if (!(classes[(unsigned char)*p] & IN_QUERY)) {
			return bad_uri(e, "a byte that no query may have");
		}
	}
	return 0;
}

static int check_uri(const char *uri, struct err *e)
{
	const char *end = strchrnul(uri, '?');

	if (check_path(uri, end, e) != 0)
		return -1;
	return *end == '?' ? check_query(end + 1, e) : 0;
}

struct seen {
	unsigned host;
	unsigned length;
	unsigned coding;
};

static int bad_header(struct err *e, const char *name, const char *what)
{
	return err_code(e, ERR_INVALID, "bad_header", "header %.40s: %s", name,
	                what);
}

static int ambiguous(struct err *e, const char *what)
{
	return err_code(e, ERR_INVALID, "ambiguous_length", "%s", what);
}

static int check_header(struct seen *seen, const struct header *h,
                        struct err *e)
{
	/* A blank before the colon is here too: it belongs to the name. */
	if (*h->name == '\0' || !is_all(h->name, IN_TOKEN))
		return err_code(e, ERR_INVALID, "bad_header",
		                "header: a name that is no token");
	if (!is_all(h->value, IN_VALUE))
		return bad_header(e, h->name, "a control byte in its value");
	if (strcasecmp(h->name, "Host") == 0) {
		seen->host++;
		if (!is_all(h->value, IN_HOST))
			return bad_header(e, h->name, "not a host and port");
	} else if (strcasecmp(h->name, "Content-Length") == 0) {
		seen->length++;
	} else if (strcasecmp(h->name, "Transfer-Encoding") == 0) {
		seen->coding++;
		if (strcasecmp(h->value, "chunked") != 0)
			return ambiguous(e, "Transfer-Encoding: exactly "
			                    "'chunked' is needed");
	}
	return 0;
}

/* RFC 9112 6.3 lets a server guess; we refuse. */
static int check_length(const struct seen *seen, bool old, struct err *e)
{
	if (seen->length > 1)
		return ambiguous(e, "Content-Length: stands there more than "
		                    "once");
	if (seen->coding > 1)
		return ambiguous(e, "Transfer-Encoding: stands there more "
		                    "than once");
	if (seen->length > 0 && seen->coding > 0)
		return ambiguous(e, "both Content-Length and "
		                    "Transfer-Encoding");
	if (old && seen->coding > 0)
		return ambiguous(e, "Transfer-Encoding in HTTP/1.0");
	if (seen->host > 1 || (seen->host == 0 && !old))
		return bad_header(e, "Host", "exactly one is needed");
	return 0;
}

/* "M U V\r\n", "name" gap "value\r\n" each, "\r\n". */
static size_t shown_bytes(const struct guard_head *h)
{
	size_t sum = strlen(h->method) + 1 + strlen(h->uri) + 1 +
	             strlen(h->version) + 2 + h->gap_bytes + 2;

	for (size_t i = 0; i < h->n_headers; i++)
		sum += strlen(h->headers[i].name) +
		       strlen(h->headers[i].value) + 2;
	return sum;
}

int guard_check(const struct guard_head *h, struct err *e)
{
	bool old = strcmp(h->version, "HTTP/1.0") == 0;
	struct seen seen = {0};

	if (!old && strcmp(h->version, "HTTP/1.1") != 0)
		return err_code(e, ERR_INVALID, "bad_version",
		                "request: HTTP/1.1 or HTTP/1.0 is needed");
	if (method_parse(h->method) < 0)
		return err_code(e, ERR_INVALID, "bad_method",
		                "request: a method that is not spoken here");
	if (check_uri(h->uri, e) != 0)
		return -1;
	if (h->n_headers > GUARD_HEADERS_MAX)
		return err_code(e, ERR_INVALID, "bad_header",
		                "header: more than 64 of them");
	for (size_t i = 0; i < h->n_headers; i++)
		if (check_header(&seen, &h->headers[i], e) != 0)
			return -1;
	if (h->head_bytes != 0 && h->head_bytes != shown_bytes(h))
		return err_code(e, ERR_INVALID, "bad_header",
		                "header: a folded line, a bare line feed or a "
		                "NUL");
	return check_length(&seen, old, e);
}

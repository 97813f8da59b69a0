#include "config.h"

#include "server/http/request.h"

#include "lib/base/num.h"
#include "server/http/percent.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static const char *const names[METHOD_COUNT] = {
	"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

int method_parse(const char *text)
{
	for (int i = 0; i < METHOD_COUNT; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

const char *method_name(enum method m)
{
	return names[m];
}

const char *request_param(const struct request *q, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < q->n_params; i++)
		if (q->params[i].name_len == n &&
		    memcmp(q->params[i].name, name, n) == 0)
			return q->params[i].value;
	assert(false); /* the route's pattern has no such parameter */
	return "";
}

/* The library keeps the blanks that RFC 9110 5.5 lets end a value. */
static const char *without_blanks(const struct request *q, const char *value)
{
	size_t n = strlen(value);

	if (n == 0 || (value[n - 1] != ' ' && value[n - 1] != '\t'))
		return value;
	while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	return arena_memdup(q->arena, value, n);
}

const char *request_header(const struct request *q, const char *name)
{
	for (size_t i = 0; i < q->n_headers; i++)
		if (strcasecmp(q->headers[i].name, name) == 0)
			return without_blanks(q, q->headers[i].value);
	return NULL;
}

/* The value of `name` from *at on; *at moves behind it, NULL at the end. */
static const char *next_value(const char **at, size_t *len, const char *name)
{
	size_t n = strlen(name);

	while (*at != NULL) {
		const char *p = *at, *end = strchrnul(p, '&');

		*at = *end == '&' ? end + 1 : NULL;
		if (strncmp(p, name, n) != 0 || (p + n != end && p[n] != '='))
			continue;
		p += n + (p[n] == '=');
		*len = (size_t)(end - p);
		return p;
	}
	return NULL;
}

int request_query(const char **out, const struct request *q, const char *name,
                  struct err *e)
{
	const char *at = q->query;
	size_t len = 0, again = 0;
	const char *raw = next_value(&at, &len, name);
	char *text;

	*out = NULL;
	if (raw == NULL)
		return 0;
	if (next_value(&at, &again, name) != NULL)
		return err_set(e, ERR_INVALID,
		               "query: '%s' stands there more than once", name);
	text = arena_alloc(q->arena, len + 1);
	if (text == NULL)
		return err_set(e, ERR_MEMORY, "query: no memory for '%s'",
		               name);
	if (percent_decode_query(text, raw, len) != 0)
		return err_set(e, ERR_INVALID,
		               "query: '%s' has a '%%' without two hex digits",
		               name);
	*out = text;
	return 0;
}

int request_query_int(int64_t *out, const struct request *q, const char *name,
                      int64_t fallback, int64_t min, int64_t max, struct err *e)
{
	const char *text;

	if (request_query(&text, q, name, e) != 0)
		return -1;
	if (text == NULL) {
		*out = fallback;
		return 0;
	}
	return num_i64(out, text, min, max, name, e);
}

bool request_id_is_valid(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                      "abcdefghijklmnopqrstuvwxyz"
	                      "0123456789._-");

	return n >= 1 && n <= REQUEST_ID_MAX && id[n] == '\0';
}

/* RFC 9457 problems: what an error looks like to a client. */
#include "config.h"

#include "lib/base/utf8.h"
#include "lib/json/jw.h"
#include "server/http/reply.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Room for every err: 400 bytes of sentence, each escaped as \u00XX. */
#define PROBLEM_MAX 4096
/* Told to whom we could not serve just now, unless the handler knows better:
 * long enough to matter, short enough for a person to wait. */
#define RETRY_AFTER_S 5

/* Codes whose status says more than their kind. */
static const struct {
	const char *code;
	unsigned status;
} special[] = {
	/* clang-format off */
	{"method_not_allowed", 405},
	{"precondition_failed", 412},
	{"unsupported_media_type", 415},
	{"range_not_satisfiable", 416},
	{"mismatch", 422},
	{"seq_too_far", 422},
	{"precondition_required", 428},
	{"rate_limited", 429},
	{"head_too_large", 431},
	/* clang-format on */
};

static unsigned status_of_kind(enum err_kind kind)
{
	switch (kind) {
	case ERR_INVALID:
	case ERR_USAGE: return 400;
	case ERR_UNAUTHENTICATED: return 401;
	case ERR_FORBIDDEN: return 403;
	case ERR_NOT_FOUND: return 404;
	/* Well-formed and authorised, but not acceptable as things stand. */
	case ERR_CONFLICT:
	case ERR_UNTRUSTED:
	case ERR_EXPIRED: return 409;
	case ERR_TOO_LARGE: return 413;
	case ERR_UNREACHABLE: return 502;
	case ERR_BUSY: return 503;
	case ERR_NO_SPACE: return 507;
	case ERR_NONE:
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_INTERNAL: return 500;
	}
	return 500;
}

unsigned reply_status_of(const struct err *e)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].code, e->code) == 0)
			return special[i].status;
	return status_of_kind(e->kind);
}

static const char *title_of(unsigned status)
{
	switch (status) {
	case 400: return "Bad request";
	case 401: return "Not authenticated";
	case 403: return "Not allowed";
	case 404: return "Not found";
	case 405: return "Method not allowed";
	case 409: return "Not acceptable as things stand";
	case 412: return "Precondition failed";
	case 413: return "Too large";
	case 415: return "Unsupported media type";
	case 416: return "Range not satisfiable";
	case 422: return "Does not fit";
	case 428: return "Precondition required";
	case 429: return "Too many requests";
	case 431: return "Head too large";
	case 502: return "Upstream unreachable";
	case 503: return "Busy";
	case 507: return "Disk full";
	default: return "Server error";
	}
}

void reply_problem(struct reply *r, const char *request_id, const struct err *e)
{
	unsigned status = reply_status_of(e);
	struct buf b = BUF_INIT(PROBLEM_MAX);
	struct err text = *e;
	char type[sizeof(e->code) + 32];
	struct jw w;

	utf8_mend(text.msg);
	(void)snprintf(type, sizeof(type), "urn:pawl:problem:%s", text.code);
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "type", type);
	jw_put_str(&w, "title", title_of(status));
	jw_put_int(&w, "status", status);
	jw_put_str(&w, "detail", text.msg);
	jw_put_str(&w, "code", text.code);
	jw_put_str(&w, "instance", request_id);
	jw_end_object(&w);
	assert(!buf_failed(&b));

	size_t len = b.len;
	char *bytes = buf_take(&b);
	reply_shared(r, status, "application/problem+json", bytes, len, free,
	             bytes);
	r->etag = NULL;
	r->cache_control = CACHE_NEVER;
	if ((status == 429 || status == 503) && r->retry_after_s == 0)
		r->retry_after_s = RETRY_AFTER_S;
}

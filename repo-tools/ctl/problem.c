#include "config.h"

#include "repo-tools/ctl/problem.h"

#include "lib/json/js.h"

#include <stdio.h>
#include <string.h>

/* What a check of signatures calls itself (lib/tuf); the status alone, 409,
 * would make a conflict of it. */
static const char *const untrusted[] = {
	"missing",   "mismatch",     "not_listed", "rollback",
	"threshold", "unknown_hash", "wrong_role",
};

static enum err_kind kind_of_status(int status)
{
	switch (status) {
	case 401: return ERR_UNAUTHENTICATED;
	case 403: return ERR_FORBIDDEN;
	case 404: return ERR_NOT_FOUND;
	case 409:
	case 412: return ERR_CONFLICT;
	case 413: return ERR_TOO_LARGE;
	case 422: return ERR_UNTRUSTED;
	case 429:
	case 503: return ERR_BUSY;
	case 502:
	case 504: return ERR_UNREACHABLE;
	case 507: return ERR_NO_SPACE;
	default: return status >= 500 ? ERR_INTERNAL : ERR_INVALID;
	}
}

/* A code is more exact than a status: several kinds share 409. */
static enum err_kind kind_of(int status, const char *code)
{
	for (enum err_kind k = ERR_UNAUTHENTICATED; k <= ERR_INTERNAL; k++)
		if (strcmp(err_kind_name(k), code) == 0)
			return k;
	for (size_t i = 0; i < sizeof(untrusted) / sizeof(untrusted[0]); i++)
		if (strcmp(untrusted[i], code) == 0)
			return ERR_UNTRUSTED;
	return kind_of_status(status);
}

static bool is_slug(const char *code)
{
	size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n < ERR_CODE_MAX && code[n] == '\0';
}

/* A gateway's page, a foreign server, a redirect. */
static int no_problem(struct err *e, const char *url, int status)
{
	if (status >= 300 && status < 400)
		return err_code(e, ERR_INVALID, "redirect",
		                "%s: answers with a redirect (%d), which is "
		                "not followed; the server's own address is "
		                "needed",
		                url, status);
	if (status == 404 || status == 405)
		return err_code(e, ERR_INVALID, "not_pawl",
		                "%s: %d without a reason; no Pawl server "
		                "seems to be there",
		                url, status);
	return err_set(e, kind_of_status(status), "%s: %d without a reason",
	               url, status);
}

int ctl_problem_read(struct err *e, const char *url, int status,
                     const char *body, size_t len)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	const char *code, *detail;

	if (js_parse(&doc, "problem", body, len, NULL) != 0)
		return no_problem(e, url, status);
	struct js_at root = js_root(&doc);
	if (js_get_str(&code, &root, "code", ERR_CODE_MAX, NULL) != 0 ||
	    !is_slug(code))
		return no_problem(e, url, status);
	if (js_get_str(&detail, &root, "detail", SIZE_MAX, NULL) != 0 &&
	    js_get_str(&detail, &root, "title", SIZE_MAX, NULL) != 0)
		return no_problem(e, url, status);
	return err_code(e, kind_of(status, code), code, "%s", detail);
}

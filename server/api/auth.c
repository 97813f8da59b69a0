#include "config.h"

#include "lib/json/js.h"
#include "server/api/deps.h"
#include "server/store/tokens.h"

#include <stdio.h>
#include <string.h>

const char *const scope_names[SCOPES + 1] = {
	"read", "publish", "rollout", "halt", "fleet", "admin", NULL};

int auth_scopes(unsigned *out, const struct js_at *list, struct err *e)
{
	size_t n;

	*out = 0;
	if (js_array(&n, list, 1, SCOPES, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(list, i);
		int scope;

		if (js_as_enum(&scope, &at, scope_names, e) != 0)
			return -1;
		*out |= ACCESS_SCOPE << scope;
	}
	if (*out & SCOPE_ADMIN)
		*out |= SCOPE_PUBLISH | SCOPE_ROLLOUT | SCOPE_HALT |
		        SCOPE_FLEET;
	*out |= SCOPE_READ;
	return 0;
}

/* The token after "Bearer "; NULL without one. */
static const char *bearer(const struct request *q)
{
	const char *h = request_header(q, "Authorization");

	if (h == NULL || strncmp(h, "Bearer ", 7) != 0 || h[7] == '\0')
		return NULL;
	return h + 7;
}

/* What anybody may read is in memory and costs less than counting it. */
int auth_admit(struct deps *d, const struct request *q, int64_t *retry_after_s,
               struct err *e)
{
	if (q->route->access == ANYONE && q->route->method == GET)
		return 0;
	return limits_address(&d->limits, q->peer,
	                      clock_mono_ms(d->fleet->clock), retry_after_s, e);
}

static int check_device(struct deps *d, const uint8_t hash[SHA256_SIZE],
                        struct who *who, int64_t *retry_after_s, struct err *e)
{
	struct device_rec r;

	if (!index_by_token(&d->fleet->index, hash, &who->device, &r))
		return err_code(e, ERR_UNAUTHENTICATED, "device_token",
		                "the device token is not known");
	if (r.revoked)
		return err_code(e, ERR_UNAUTHENTICATED, "device_revoked",
		                "the device was revoked");
	return limits_device(&d->limits, r.key, clock_mono_ms(d->fleet->clock),
	                     retry_after_s, e);
}

static int find_token(struct token_row *out, struct deps *d,
                      const uint8_t hash[SHA256_SIZE], struct err *e)
{
	int result;

	lock_take(&d->reader_lock);
	result = tokens_find(out, d->reader, hash, e);
	lock_drop(&d->reader_lock);
	return result;
}

static int check_operator(struct deps *d, const struct request *q,
                          const uint8_t hash[SHA256_SIZE], struct who *who,
                          int64_t *retry_after_s, struct err *e)
{
	unsigned wants = q->route->access & ~(ACCESS_SCOPE - 1);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct token_row row;
	struct err why = {0};
	struct js_at root;

	if (find_token(&row, d, hash, &why) != 0) {
		if (why.kind != ERR_NOT_FOUND) {
			*e = why;
			return -1;
		}
		return err_code(e, ERR_UNAUTHENTICATED, "operator_token",
		                "the operator token is not known");
	}
	if (row.revoked_ms > 0 || fleet_now_ms(d->fleet) >= row.expires_ms)
		return err_code(e, ERR_UNAUTHENTICATED, "operator_token",
		                "operator token %s has %s", row.id,
		                row.revoked_ms > 0 ? "been revoked"
		                                   : "expired");
	if (js_parse(&doc, "scopes", row.scopes, strlen(row.scopes), e) != 0)
		return -1;
	root = js_root(&doc);
	if (auth_scopes(&who->scopes, &root, e) != 0)
		return -1;
	(void)snprintf(who->token_id, sizeof(who->token_id), "%s", row.id);
	for (int i = 0; i < SCOPES; i++)
		if ((wants & ~who->scopes) >> 8 >> i & 1)
			return err_code(e, ERR_FORBIDDEN, "scope",
			                "operator token %s: the scope '%s' is "
			                "needed for %s",
			                row.id, scope_names[i],
			                q->route->pattern);
	return limits_operator(&d->limits, row.key,
	                       clock_mono_ms(d->fleet->clock), retry_after_s,
	                       e);
}

int auth_check(struct deps *d, const struct request *q, void **out,
               int64_t *retry_after_s, struct err *e)
{
	const char *token = bearer(q);
	uint8_t hash[SHA256_SIZE];
	struct who *who;

	if (token == NULL)
		return err_code(e, ERR_UNAUTHENTICATED, "no_token",
		                "%s: a header Authorization: Bearer is needed",
		                q->route->pattern);
	who = arena_alloc(q->arena, sizeof(*who));
	if (who == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a request");
	*out = who;
	hash_sha256(hash, token, strlen(token));
	if ((q->route->access & (ACCESS_SCOPE - 1)) == DEVICE)
		return check_device(d, hash, who, retry_after_s, e);
	return check_operator(d, q, hash, who, retry_after_s, e);
}

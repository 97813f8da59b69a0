/*
 * How long what is signed from now on lives. Kept in pawl.json; signs nothing.
 */
#include "config.h"

#include "lib/base/num.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/text.h"

#include <string.h>

#define DAY_S INT64_C(86400)

/* Shorter, and people would meet more often than they can; longer, and a
 * thief of the keys would have that long (trust.md, Roles and the threat
 * table: E is the earliest expiry of all of them). */
static const struct bounds {
	const char *prefix;
	int64_t min_s, max_s;
} all_bounds[] = {
	{"root", 30 * DAY_S, 730 * DAY_S},
	{"plans.", 7 * DAY_S, 180 * DAY_S},
	{"", 14 * DAY_S, 365 * DAY_S},
};

static const struct bounds *bounds_of(const char *role)
{
	const struct bounds *b = all_bounds;

	while (strncmp(role, b->prefix, strlen(b->prefix)) != 0)
		b++;
	return b;
}

/* A role that outlives the one above it is not trusted any longer for it. */
static int check_order(const struct workspace *ws, const char *role,
                       int64_t life_s, struct err *e)
{
	char life[TEXT_SIZE], other[TEXT_SIZE];

	for (size_t i = 1; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		const char *above = ws->roles[r->delegator].name;
		bool high = strcmp(above, role) == 0;
		bool low = strcmp(r->name, role) == 0;
		int64_t above_s =
			high ? life_s : workspace_role_life_s(ws, above);
		int64_t below_s =
			low ? life_s : workspace_role_life_s(ws, r->name);

		if ((high || low) && !r->bin && below_s > above_s)
			return err_code(e, ERR_INVALID, "life_order",
			                "%s: would live %s, longer than %s, "
			                "which names its keys and lives %s",
			                r->name, text_duration(life, below_s),
			                above, text_duration(other, above_s));
	}
	return 0;
}

static int check(const struct workspace *ws, const char *role, int64_t life_s,
                 struct err *e)
{
	const struct bounds *b = bounds_of(role);
	struct workspace_role *r;
	char least[TEXT_SIZE], most[TEXT_SIZE];

	if (describe_is_online(role))
		return err_code(e, ERR_INVALID, "online_role",
		                "%s: is signed by the server, whose "
		                "configuration says for how long",
		                role);
	if (workspace_find_role(&r, ws, role, e) != 0)
		return -1;
	if (r->bin)
		return err_code(e, ERR_INVALID, "life",
		                "%s: is a bin of %s and lives as long as that",
		                role, ws->roles[r->delegator].name);
	if (life_s < b->min_s || life_s > b->max_s)
		return err_code(e, ERR_INVALID, "life",
		                "%s: may live from %s to %s", role,
		                text_duration(least, b->min_s),
		                text_duration(most, b->max_s));
	return check_order(ws, role, life_s, e);
}

int cmd_expiry(struct cli *c, struct err *e)
{
	const char *role = cli_arg(c, 0);
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(4096);
	char life[TEXT_SIZE];
	struct jw w;
	int64_t s;

	if (cli_as_usage(num_seconds(&s, cli_arg(c, 1), 1, 3650 * DAY_S,
	                             "DURATION", e),
	                 e) != 0 ||
	    workspace_open_to_change(&ws, c, e) != 0 ||
	    check(&ws, role, s, e) != 0)
		return -1;
	workspace_set_life(&ws, role, s);
	if (workspace_save(&ws, e) != 0)
		return -1;
	if (cli_wants_json(c)) {
		jw_init(&w, &json);
		jw_object(&w);
		jw_put_str(&w, "schema", "pawl-repo-expiry/1");
		jw_put_str(&w, "role", role);
		jw_put_int(&w, "life_s", s);
		jw_end_object(&w);
		return cli_print_json(c, &json, e);
	}
	cli_print(c, "%s: lives %s from its next version on\n", role,
	          text_duration(life, s));
	cli_say(c, "Next: pawl-repo renew %s, when it is to begin now\n", role);
	return 0;
}

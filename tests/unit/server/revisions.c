#include "config.h"

#include "tests/unit/server/revisions.h"

#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void revisions_resume_eu(struct plan *p)
{
	/* plan_fini() frees it. */
	p->resumes = xcalloc(1, sizeof(*p->resumes));
	p->resumes[0] = (struct cell){"a7", "eu"};
	p->n_resumes = 1;
}

void revisions_resume_nothing(struct plan *p)
{
	free(p->resumes);
	p->resumes = NULL;
	p->n_resumes = 0;
}

void revisions_withdraw(struct server *s)
{
	struct tuf_targets *role = tuf_repo_role(s->repo, "plans.band");
	char path[TARGET_MAX_LEN + 1], name[64];
	const char *names[] = {name, NULL};
	struct err e;

	plan_path(path, &s->plan);
	(void)tuf_targets_remove(role, path);
	tuf_repo_publish(s->repo, "plans.band");
	(void)snprintf(name, sizeof(name), "%" PRId64 ".plans.band.json",
	               role->version);
	ASSERT_OK(server_publish(s, names, &e));
}

bool revisions_is_halted(struct server *s, const char *region)
{
	const struct state_rule *rule = server_rule(s, 0);
	int cell = plan_cell_index(&server_newest(s)->plan->plan, "a7", region);
	bool told = cells_match(rule->halted, rule->n_halted, "a7", region);

	ck_assert_int_eq(told,
	                 engine_cell_halted(server_newest(s)->engine, cell));
	return told;
}

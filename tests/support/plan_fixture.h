/*
 * A valid release manifest, plan and state that belong together: three
 * hardware revisions × three regions, two channels, three stages a day apart.
 * Tests change what they are about and leave the rest.
 */
#ifndef TESTS_SUPPORT_PLAN_FIXTURE_H
#define TESTS_SUPPORT_PLAN_FIXTURE_H

#include "lib/rollout/fw.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state_doc.h"

#define FIXTURE_REPO "00112233445566778899aabbccddeeff"
#define FIXTURE_PRODUCT "band"
/* The first stage's not_before: 2026-11-20T00:00:00Z. */
#define FIXTURE_T0_S INT64_C(1795132800)
#define FIXTURE_DAY_S INT64_C(86400)
/* sha256 of "release 2.1.0", and of images before it. */
#define FIXTURE_RELEASE \
	"a4864efd52d222ea6f836ede31ee482011991a0d93b82dcae0a613519ef4663b"
#define FIXTURE_RUNNING \
	"1111111111111111111111111111111111111111111111111111111111111111"

/* fw/band/2.1.0_app.bin for hw a7, b2, c1 everywhere; counter 3. */
void fixture_fw(struct fw *f);
/* plan/band/spring.1.json: channels canary and production, hw a7, b2, c1 in
 * eu, jp, us; stages of 1 %, 10 % and all with one hour of soak; p0 2 %, α
 * 5 %, silence 10 %. plan_fini() as usual. */
void fixture_plan(struct plan *p);
/* p narrowed to its first n_hw hardware revisions and n_regions regions. */
void fixture_narrow(struct plan *p, size_t n_hw, size_t n_regions);
/* rollout/band/production.json with one rule: p at this stage, go. The
 * plan's sha256 is taken from p. */
void fixture_state(struct state_doc *s, const struct plan *p, int stage);

/* Their bytes, in fresh memory. fixture_plan_text() also fills p->sha256. */
char *fixture_fw_text(const struct fw *f);
char *fixture_plan_text(struct plan *p);
char *fixture_state_text(const struct state_doc *s);

#endif

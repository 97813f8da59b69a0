#include "config.h"

#include "tests/support/plan_fixture.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void words(struct words *l, const char *const *w)
{
	for (l->n = 0; w[l->n] != NULL; l->n++)
		word_set(l->w[l->n], w[l->n]);
}

#define WORDS(l, ...) words(l, (const char *const[]){__VA_ARGS__, NULL})

static void text(char *out, size_t size, const char *s)
{
	(void)snprintf(out, size, "%s", s);
}

#define TEXT(field, s) text(field, sizeof(field), s)

static void head(struct doc_head *h)
{
	TEXT(h->repo, FIXTURE_REPO);
	TEXT(h->product, FIXTURE_PRODUCT);
}

void fixture_fw(struct fw *f)
{
	*f = (struct fw){
		.counter = 3,
		.built_s = FIXTURE_T0_S - FIXTURE_DAY_S,
		.consent = FW_AUTO,
		.confirm_tries = 3,
		.confirm_deadline_s = 600,
		.confirm_on_fail = FW_REVERT,
	};
	head(&f->head);
	TEXT(f->component, "app");
	TEXT(f->version, "2.1.0");
	WORDS(&f->hw, "a7", "b2", "c1");
	WORDS(&f->regions, "*");
}

void fixture_plan(struct plan *p)
{
	static const int32_t ppm[] = {10000, 100000, PPM};

	*p = (struct plan){
		.rev = 1,
		.kind = PLAN_INSTALL,
		.release_length = 4096,
		.counter_max = 3,
		.n_stages = ARRAY_LEN(ppm),
		.max_ppm = 50000,
		.expires_s = FIXTURE_T0_S + 30 * FIXTURE_DAY_S,
		.offline_after_s = -1,
		.gate = {.p0_ppm = 20000,
	                 .alpha_ppm = 50000,
	                 .p_silent_ppm = 100000,
	                 .alpha_silent_ppm = 50000,
	                 .p1_ppm = 20000,
	                 .beta_ppm = 50000,
	                 .soft_s = 3600,
	                 .hard_s = 21600,
	                 .in_flight = 500,
	                 .min_confirmed = 20,
	                 .weight_cells = PLAN_WEIGHT_DEFAULT,
	                 .weight_hw = PLAN_WEIGHT_DEFAULT,
	                 .weight_regions = PLAN_WEIGHT_DEFAULT,
	                 .weight_pooled = PLAN_WEIGHT_DEFAULT},
	};
	head(&p->head);
	TEXT(p->id, "spring");
	TEXT(p->release_path, "fw/band/2.1.0_app.bin");
	TEXT(p->release_sha256, FIXTURE_RELEASE);
	WORDS(&p->channels, "canary", "production");
	WORDS(&p->hw, "a7", "b2", "c1");
	WORDS(&p->regions, "eu", "jp", "us");
	for (size_t i = 0; i < p->n_stages; i++)
		p->stages[i] = (struct plan_stage){
			.ppm = ppm[i],
			.not_before_s =
				FIXTURE_T0_S + (int64_t)i * FIXTURE_DAY_S,
			.soak_s = 3600,
		};
}

void fixture_narrow(struct plan *p, size_t n_hw, size_t n_regions)
{
	p->hw.n = n_hw;
	p->regions.n = n_regions;
}

void fixture_state(struct state_doc *s, const struct plan *p, int stage)
{
	struct state_rule *r = &s->rules[0];

	*s = (struct state_doc){.n_rules = 1};
	head(&s->head);
	TEXT(s->channel, "production");
	plan_path(r->plan_path, p);
	TEXT(r->plan_sha256, p->sha256);
	r->stage = stage;
}

static char *taken(struct buf *b, int result, const struct err *e)
{
	if (result != 0) {
		fprintf(stderr, "fixture: %s\n", e->msg);
		abort();
	}
	return buf_take(b);
}

char *fixture_fw_text(const struct fw *f)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FW_CUSTOM_MAX);
	struct err e = {0};
	int r = fw_write(&b, f, &e);

	return taken(&b, r, &e);
}

char *fixture_plan_text(struct plan *p)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PLAN_BYTES_MAX);
	struct err e = {0};
	int r = plan_write(&b, p, &e);

	hash_sha256_hex(p->sha256, buf_str(&b), b.len);
	return taken(&b, r, &e);
}

char *fixture_state_text(const struct state_doc *s)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(STATE_BYTES_MAX);
	struct err e = {0};
	int r = state_doc_write(&b, s, &e);

	return taken(&b, r, &e);
}

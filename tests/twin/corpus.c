#include "config.h"

#include "tests/twin/corpus.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const corpus_channels[CORPUS_CHANNELS] = {"canary", "production",
                                                      "lab"};

/* In SemVer's order, not in the alphabet's. */
static const char *const versions[CORPUS_RELEASES] = {
	"1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.0.1", "3.0.0"};
/* What else may run. */
static const char *const other_versions[] = {"0.9.0", "1.0.0-rc.2", "1.9.9",
                                             "2.0.0+build.7", "10.0.0"};
static const char *const hws[] = {"a7", "b2", "c1", "d4"};
static const char *const regions[] = {"eu", "jp", "us"};
#define OLD_IMAGES 4

static uint64_t below(struct corpus *c, uint64_t bound)
{
	return rng_below(&c->rng.rng, bound);
}

/* True so often in a hundred. */
static bool chance(struct corpus *c, unsigned percent)
{
	return below(c, 100) < percent;
}

/* Images that no release of the corpus is. */
static void old_image(char out[SHA256_HEX_SIZE], uint64_t i)
{
	memset(out, (int)('1' + i), SHA256_HEX_SIZE - 1);
	out[SHA256_HEX_SIZE - 1] = '\0';
}

int64_t corpus_moment(size_t i)
{
	return FIXTURE_T0_S + 600 * (int64_t)(i / 3 + 1) + (int64_t)(i % 3) - 1;
}

static int64_t date(uint64_t i)
{
	return corpus_moment(3 * (size_t)i + 1);
}

/* Some of the words, at least one, in their order. */
static void some(struct corpus *c, struct words *out, const struct words *from,
                 unsigned percent)
{
	out->n = 0;
	for (size_t i = 0; i < from->n; i++)
		if (chance(c, percent))
			word_set(out->w[out->n++], from->w[i]);
	if (out->n == 0)
		word_set(out->w[out->n++], from->w[below(c, from->n)]);
}

static void all(struct words *out, const char *const *from, size_t n)
{
	out->n = n;
	for (size_t i = 0; i < n; i++)
		word_set(out->w[i], from[i]);
}

static void make_device(struct corpus *c, struct corpus_device *d)
{
	uint8_t id[16];

	rng_fill(&c->rng.rng, id, sizeof(id));
	hex_encode(d->id, id, sizeof(id));
	word_set(d->hw, hws[below(c, ARRAY_LEN(hws))]);
	word_set(d->region, regions[below(c, ARRAY_LEN(regions))]);
	word_set(d->channel, corpus_channels[chance(c, 95) ? below(c, 2) : 2]);
}

static bool is_in_scope(const struct plan *p, const struct corpus_device *d)
{
	return words_has(&p->channels, d->channel) &&
	       words_has(&p->hw, d->hw) && words_has(&p->regions, d->region);
}

/* One of a plan's cells and channels, where there is one. */
static size_t device_of(struct corpus *c, const struct plan *p)
{
	size_t first = below(c, CORPUS_DEVICES);

	for (size_t i = 0; i < CORPUS_DEVICES; i++)
		if (is_in_scope(p, &c->devices[(first + i) % CORPUS_DEVICES]))
			return (first + i) % CORPUS_DEVICES;
	return first;
}

/* One that a share of the plan ends at, else any of its own. */
static size_t device_at_edge(struct corpus *c, const struct plan *p)
{
	size_t first = below(c, CORPUS_DEVICES);

	for (size_t i = 0; i < CORPUS_DEVICES; i++) {
		size_t at = (first + i) % CORPUS_DEVICES;
		int64_t place = bucket_of(p->release_sha256, c->devices[at].id);

		if (!is_in_scope(p, &c->devices[at]))
			continue;
		if (llabs(place - p->max_ppm) <= 1)
			return at;
		for (size_t k = 0; k < p->n_stages; k++)
			if (llabs(place - p->stages[k].ppm) <= 1)
				return at;
	}
	return device_of(c, p);
}

static void make_release(struct corpus *c, size_t i)
{
	struct fw *f = &c->releases[i];
	struct words w;

	fixture_fw(f);
	(void)snprintf(f->version, sizeof(f->version), "%s", versions[i]);
	(void)snprintf(c->paths[i], sizeof(c->paths[i]), "fw/band/%s_app.bin",
	               versions[i]);
	c->images[i] = xasprintf("release %s", versions[i]);
	f->counter = 2 + (uint32_t)below(c, 3);
	all(&w, hws, ARRAY_LEN(hws));
	some(c, &f->hw, &w, 80);
	if (chance(c, 50)) {
		all(&w, regions, ARRAY_LEN(regions));
		some(c, &f->regions, &w, 80);
	}
	if (i > 0 && chance(c, 25)) {
		size_t from = below(c, i);

		f->has_from = true;
		(void)snprintf(f->from_min, sizeof(f->from_min), "%s",
		               versions[from]);
		(void)snprintf(f->from_max, sizeof(f->from_max), "%s",
		               versions[from + below(c, i - from)]);
	}
	f->battery_pct = chance(c, 40) ? 50 : 0;
	f->flash_free_bytes = chance(c, 40) ? 1000 : 0;
	f->consent = chance(c, 25) ? FW_OPT_IN : FW_AUTO;
	f->has_window = chance(c, 25);
	/* The corpus lives in the first hours of a day. */
	f->window_start_s = chance(c, 50) ? 0 : 43200;
	f->window_end_s = f->window_start_s + 21600;
	f->window_days = 127;
}

/* A share that ends at, before or behind some device's place. */
static int32_t edge(struct corpus *c, const struct plan *p)
{
	const struct corpus_device *d = &c->devices[device_of(c, p)];
	int64_t ppm = (int64_t)bucket_of(p->release_sha256, d->id) - 1 +
	              (int64_t)below(c, 3);

	return ppm < 1 ? 1 : ppm > PPM ? PPM : (int32_t)ppm;
}

static int by_ppm(const void *a, const void *b)
{
	const struct plan_stage *x = a, *y = b;

	return (x->ppm > y->ppm) - (x->ppm < y->ppm);
}

static void make_stages(struct corpus *c, struct plan *p)
{
	uint64_t at = 0;

	p->n_stages = 2 + below(c, 3);
	for (size_t i = 0; i < p->n_stages; i++)
		p->stages[i] = (struct plan_stage){
			.ppm = i == 0 ? PPM : edge(c, p), .soak_s = 60};
	qsort(p->stages, p->n_stages, sizeof(p->stages[0]), by_ppm);
	for (size_t i = p->n_stages; i-- > 1;)
		if (p->stages[i - 1].ppm >= p->stages[i].ppm)
			p->stages[i - 1].ppm = p->stages[i].ppm - 1;
	for (size_t i = 0; i < p->n_stages; i++) {
		if (i > 0 && chance(c, 40) && at < CORPUS_DATES - 1)
			at++;
		p->stages[i].not_before_s =
			at == 0 && chance(c, 60) ? FIXTURE_T0_S : date(at);
		if (i > 0 &&
		    p->stages[i].not_before_s < p->stages[i - 1].not_before_s)
			p->stages[i].not_before_s =
				p->stages[i - 1].not_before_s;
	}
	p->expires_s = FIXTURE_T0_S + FIXTURE_DAY_S;
	if (at < CORPUS_DATES - 1 && chance(c, 60))
		p->expires_s = date(at + 1 + below(c, CORPUS_DATES - 1 - at));
}

/* One cell with all of its devices from the first stage on. */
static void make_small_cell(struct corpus *c, struct plan *p)
{
	struct cell cell = plan_cell_at(p, (int)below(c, plan_n_cells(p)));

	for (size_t i = 0; i < p->n_stages; i++) {
		struct plan_stage *s = &p->stages[i];

		s->cells = xcalloc(1, sizeof(*s->cells));
		s->cells[0] = (struct plan_cell){.cell = cell, .ppm = PPM};
		s->n_cells = 1;
	}
}

static void make_members(struct corpus *c, struct plan *p)
{
	p->n_members = 1;
	p->members = xcalloc(1, sizeof(*p->members));
	bucket_member(p->members[0], p->release_sha256,
	              c->devices[device_of(c, p)].id);
}

static void make_plan(struct corpus *c, size_t i)
{
	struct plan *p = &c->plans[i];
	bool recall = i >= CORPUS_RELEASES;
	size_t k = recall ? i - CORPUS_RELEASES : i;
	const struct fw *f = &c->releases[k];
	struct words w;

	fixture_plan(p);
	(void)snprintf(p->id, sizeof(p->id), "plan-%zu", i);
	memcpy(p->release_path, c->paths[k], sizeof(p->release_path));
	hash_sha256_hex(p->release_sha256, c->images[k], strlen(c->images[k]));
	p->release_length = (int64_t)strlen(c->images[k]);
	p->counter_max = f->counter + (uint32_t)below(c, 2);
	all(&w, corpus_channels, 2);
	some(c, &p->channels, &w, 75);
	some(c, &p->hw, &f->hw, 75);
	if (strcmp(f->regions.w[0], "*") == 0)
		all(&w, regions, ARRAY_LEN(regions));
	else
		w = f->regions;
	some(c, &p->regions, &w, 75);
	if (recall) {
		p->kind = PLAN_RECALL;
		p->n_from = 2;
		old_image(p->from[0], 2 * k);
		old_image(p->from[1], 2 * k + 1);
	}
	make_stages(c, p);
	p->max_ppm = edge(c, p);
	p->gate.promote_by_hand = true;
	if (chance(c, 30))
		make_small_cell(c, p);
	if (chance(c, 40))
		make_members(c, p);
	c->plan_texts[i] = fixture_plan_text(p);
}

void corpus_init(struct corpus *c, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	rng_seeded_init(&c->rng, seed);
	for (size_t i = 0; i < CORPUS_DEVICES; i++)
		make_device(c, &c->devices[i]);
	for (size_t i = 0; i < CORPUS_RELEASES; i++)
		make_release(c, i);
	for (size_t i = 0; i < CORPUS_PLANS; i++)
		make_plan(c, i);
}

void corpus_fini(struct corpus *c)
{
	for (size_t i = 0; i < CORPUS_RELEASES; i++)
		free(c->images[i]);
	for (size_t i = 0; i < CORPUS_PLANS; i++) {
		plan_fini(&c->plans[i]);
		free(c->plan_texts[i]);
	}
}

/* ---- States ---- */

static void add_excluded(struct corpus *c, struct state_rule *r,
                         const struct plan *p)
{
	size_t first = device_of(c, p);

	r->n_exclude = 2;
	r->exclude = xcalloc(r->n_exclude, sizeof(*r->exclude));
	for (size_t i = 0; i < r->n_exclude; i++)
		bucket_member(r->exclude[i], p->release_sha256,
		              c->devices[(first + i) % CORPUS_DEVICES].id);
}

static void add_rule(struct corpus *c, struct state_doc *s,
                     const struct plan *p)
{
	struct state_rule *r = &s->rules[s->n_rules++];

	plan_path(r->plan_path, p);
	memcpy(r->plan_sha256, p->sha256, SHA256_HEX_SIZE);
	r->stage = chance(c, 40) ? (int)p->n_stages - 1
	                         : (int)below(c, p->n_stages);
	if (chance(c, 12))
		r->stage = (int)p->n_stages;
	r->hold = chance(c, 10);
	if (chance(c, 30)) {
		struct cell cell =
			plan_cell_at(p, (int)below(c, plan_n_cells(p)));

		state_rule_halt(r, chance(c, 20) ? "*" : cell.hw,
		                chance(c, 20) ? "*" : cell.region);
	}
	if (chance(c, 25))
		add_excluded(c, r, p);
	/* What the approvers did not sign, or signed with other bytes. */
	if (chance(c, 2))
		(void)snprintf(r->plan_path, sizeof(r->plan_path),
		               "plan/band/unknown.1.json");
	else if (chance(c, 2))
		r->plan_sha256[0] = r->plan_sha256[0] == '0' ? '1' : '0';
}

void corpus_state(struct state_doc *out, struct corpus *c, const char *channel)
{
	size_t order[CORPUS_PLANS], n = 1 + below(c, 4);

	*out = (struct state_doc){0};
	(void)snprintf(out->head.repo, sizeof(out->head.repo), FIXTURE_REPO);
	(void)snprintf(out->head.product, sizeof(out->head.product),
	               FIXTURE_PRODUCT);
	word_set(out->channel, channel);
	for (size_t i = 0; i < CORPUS_PLANS; i++)
		order[i] = i;
	for (size_t i = CORPUS_PLANS; i-- > 1;) {
		size_t k = below(c, i + 1), other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
	if (strcmp(channel, corpus_channels[0]) == 0)
		c->n_named = 0;
	for (size_t i = 0; i < CORPUS_PLANS && out->n_rules < n; i++) {
		const struct plan *p = &c->plans[order[i]];

		/* A plan for other channels decides nothing. */
		if (!words_has(&p->channels, channel) && !chance(c, 5))
			continue;
		add_rule(c, out, p);
		c->named[c->n_named++] = order[i];
	}
}

/* ---- Questions ---- */

/* Mostly what the plan is for, sometimes what it is not. */
static void run_something(struct corpus_case *out, struct corpus *c,
                          const struct plan *p)
{
	size_t k = (size_t)(p - c->plans) % CORPUS_RELEASES;
	const struct fw *f = &c->releases[k];

	if (chance(c, 50))
		out->running_version = f->has_from ? f->from_max : "0.9.0";
	else if (chance(c, 70))
		out->running_version = versions[below(c, CORPUS_RELEASES)];
	else
		out->running_version =
			other_versions[below(c, ARRAY_LEN(other_versions))];
	if (p->kind == PLAN_RECALL && chance(c, 70))
		memcpy(out->running_sha256, p->from[below(c, p->n_from)],
		       SHA256_HEX_SIZE);
	else if (chance(c, 80))
		old_image(out->running_sha256, below(c, OLD_IMAGES));
	else
		memcpy(out->running_sha256,
		       c->plans[below(c, CORPUS_RELEASES)].release_sha256,
		       SHA256_HEX_SIZE);
	out->counter =
		chance(c, 30) ? 1 : f->counter - 1 + (uint32_t)below(c, 3);
}

void corpus_ask(struct corpus_case *out, struct corpus *c)
{
	/* Of a state where there is one: it shall come to a decision. */
	const struct plan *p =
		&c->plans[c->n_named > 0 && chance(c, 90)
	                          ? c->named[below(c, c->n_named)]
	                          : below(c, CORPUS_PLANS)];

	*out = (struct corpus_case){
		.device = chance(c, 50)   ? device_at_edge(c, p)
	                  : chance(c, 80) ? device_of(c, p)
	                                  : below(c, CORPUS_DEVICES),
		.has_clock = !chance(c, 15),
		.special = chance(c, 35),
		.battery_pct = -1,
		.flash_free_bytes = -1,
		.consent = true,
		.any_plan = p,
	};
	run_something(out, c, p);
	if (!out->special)
		return;
	out->battery_pct = chance(c, 50) ? 49 + (int)below(c, 2) : -1;
	out->flash_free_bytes = chance(c, 50) ? 999 + (int)below(c, 2) : -1;
	out->consent = chance(c, 50);
	if (chance(c, 30))
		out->latched = p;
	if (chance(c, 30))
		out->confirmed = p;
}

#include "config.h"

#include "lib/rollout/plan.h"

#include "lib/rollout/bucket.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_fini(struct plan *p)
{
	for (size_t i = 0; i < p->n_stages; i++)
		free(p->stages[i].cells);
	free(p->resumes);
	free(p->members);
	*p = (struct plan){0};
}

void plan_path(char out[TARGET_MAX_LEN + 1], const struct plan *p)
{
	(void)snprintf(out, TARGET_MAX_LEN + 1, "plan/%s/%s.%" PRId64 ".json",
	               p->head.product, p->id, p->rev);
}

int plan_check_path(const struct plan *p, const char *path, struct err *e)
{
	char wanted[TARGET_MAX_LEN + 1];

	plan_path(wanted, p);
	if (strcmp(wanted, path) != 0)
		return err_code(e, ERR_INVALID, "wrong_path",
		                "%.200s: holds the plan that belongs at %.100s",
		                path, wanted);
	return 0;
}

/* The bytes a plan approves are exactly those that the release's signers
 * signed (trust.md check 2). */
static int check_target(const struct plan *p, const char *path,
                        const char *sha256, int64_t length, struct err *e)
{
	if (strcmp(p->release_path, path) != 0)
		return err_code(e, ERR_INVALID, "wrong_release",
		                "plan %s.%" PRId64 ": release.path is %.100s, "
		                "%.100s is needed",
		                p->id, p->rev, p->release_path, path);
	if (strcmp(p->release_sha256, sha256) != 0)
		return err_code(e, ERR_INVALID, "wrong_release",
		                "plan %s.%" PRId64 ": release.sha256 is %s, "
		                "the signed target has %.64s",
		                p->id, p->rev, p->release_sha256, sha256);
	if (p->release_length != length)
		return err_code(e, ERR_INVALID, "wrong_release",
		                "plan %s.%" PRId64
		                ": release.length is %" PRId64
		                ", the signed target has %" PRId64,
		                p->id, p->rev, p->release_length, length);
	return 0;
}

static int check_heads(const struct plan *p, const struct fw *f, struct err *e)
{
	if (strcmp(p->head.repo, f->head.repo) != 0)
		return err_code(e, ERR_INVALID, "wrong_repo",
		                "plan %s.%" PRId64 ": is of repository %s, its "
		                "release of %s",
		                p->id, p->rev, p->head.repo, f->head.repo);
	if (strcmp(p->head.product, f->head.product) != 0)
		return err_code(e, ERR_INVALID, "wrong_product",
		                "plan %s.%" PRId64 ": is for product %s, its "
		                "release for %s",
		                p->id, p->rev, p->head.product,
		                f->head.product);
	return 0;
}

int plan_check_release(const struct plan *p, const struct fw *f,
                       const char *path, const char *sha256, int64_t length,
                       struct err *e)
{
	const char *missing;

	if (check_target(p, path, sha256, length, e) != 0 ||
	    check_heads(p, f, e) != 0)
		return -1;
	if (!words_within(&p->hw, &f->hw, &missing))
		return err_code(e, ERR_INVALID, "wrong_hardware",
		                "plan %s.%" PRId64 ": names hardware %s, which "
		                "release %s does not list",
		                p->id, p->rev, missing, f->version);
	for (size_t i = 0; i < p->regions.n; i++)
		if (!fw_allows_region(f, p->regions.w[i]))
			return err_code(e, ERR_INVALID, "wrong_region",
			                "plan %s.%" PRId64 ": names region %s, "
			                "which release %s does not list",
			                p->id, p->rev, p->regions.w[i],
			                f->version);
	if (f->counter > p->counter_max)
		return err_code(e, ERR_INVALID, "counter_high",
		                "plan %s.%" PRId64 ": counter_max is %" PRIu32
		                ", release %s has counter %" PRIu32,
		                p->id, p->rev, p->counter_max, f->version,
		                f->counter);
	/* rollout-rules.md, Hold-back. */
	if (p->gate.holdback_ppm > 0 && fw_is_urgent(f))
		return err_code(e, ERR_INVALID, "holdback_urgent",
		                "plan %s.%" PRId64 ": keeps %" PRId32
		                " ppm back, and release %s is of urgency %s: "
		                "nobody is kept from that",
		                p->id, p->rev, p->gate.holdback_ppm, f->version,
		                fw_urgency_word(f->urgency));
	return 0;
}

bool plan_holds_back(const struct plan *p, const char *device_id)
{
	return p->gate.holdback_ppm > 0 && !plan_has_member(p, device_id) &&
	       bucket_of(p->release_sha256, device_id) >=
	               (uint32_t)(PPM - p->gate.holdback_ppm);
}

int plan_check_holdback(const struct plan *p, int64_t devices, struct err *e)
{
	if (p->gate.holdback_ppm == 0 || devices >= PLAN_HOLDBACK_DEVICES_MIN)
		return 0;
	return err_code(e, ERR_INVALID, "holdback_small",
	                "plan %s.%" PRId64 ": keeps %" PRId32
	                " ppm back of %" PRId64 " devices in its scope, too "
	                "few to compare with; %d are needed",
	                p->id, p->rev, p->gate.holdback_ppm, devices,
	                PLAN_HOLDBACK_DEVICES_MIN);
}

static bool words_meet(const struct words *a, const struct words *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (words_has(b, a->w[i]))
			return true;
	return false;
}

bool plan_overlaps(const struct plan *a, const struct plan *b)
{
	return a->kind == PLAN_INSTALL && b->kind == PLAN_INSTALL &&
	       strcmp(a->release_sha256, b->release_sha256) == 0 &&
	       words_meet(&a->channels, &b->channels) &&
	       words_meet(&a->hw, &b->hw) &&
	       words_meet(&a->regions, &b->regions);
}

static int word_index(const struct words *l, const char *w)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->w[i], w) == 0)
			return (int)i;
	return -1;
}

int plan_cell_index(const struct plan *p, const char *hw, const char *region)
{
	int h = word_index(&p->hw, hw), r = word_index(&p->regions, region);

	return h < 0 || r < 0 ? -1 : h * (int)p->regions.n + r;
}

size_t plan_n_cells(const struct plan *p)
{
	return p->hw.n * p->regions.n;
}

struct cell plan_cell_at(const struct plan *p, int index)
{
	struct cell c;

	word_set(c.hw, p->hw.w[(size_t)index / p->regions.n]);
	word_set(c.region, p->regions.w[(size_t)index % p->regions.n]);
	return c;
}

int32_t plan_ppm(const struct plan *p, size_t stage, const char *hw,
                 const char *region)
{
	const struct plan_stage *s = &p->stages[stage];

	for (size_t i = 0; i < s->n_cells; i++)
		if (strcmp(s->cells[i].cell.hw, hw) == 0 &&
		    strcmp(s->cells[i].cell.region, region) == 0)
			return s->cells[i].ppm;
	return s->ppm;
}

int32_t plan_ppm_starting(const struct plan *p, size_t stage, const char *hw,
                          const char *region)
{
	int32_t ppm = plan_ppm(p, stage, hw, region);
	int32_t most = PPM - p->gate.holdback_ppm;

	return ppm < most ? ppm : most;
}

bool plan_has_member(const struct plan *p, const char *device_id)
{
	char member[MEMBER_SIZE];

	if (p->n_members == 0)
		return false;
	bucket_member(member, p->release_sha256, device_id);
	for (size_t i = 0; i < p->n_members; i++)
		if (strcmp(p->members[i], member) == 0)
			return true;
	return false;
}

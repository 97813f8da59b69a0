#include "config.h"

#include "tests/atomic/crashes.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS "it breaks without this flush"
/* Steps after a kill and a new beginning within which what was found is gone
 * by; later ones are flushed for reasons of their own. */
#define SOON 12

/* Flushes that no crash of this act needs, and why they stay. */
static const struct {
	const char *act, *label, *why;
} needless[] = {
	/* clang-format off */
	{"rejected", "folder root: get_download", "the folder was there; "
	 "needed in `download`"},
	{"release add", "folder r: workspace_open_to_change", "this command writes "
	 "its own names anew; needed in `sign`"},
	{"sign", "folder staged: stage_batch_commit", "what is signed in full "
	 "is promoted at once; needed in `import`"},
	{"rotate root", "folder r: rekey_stage", "the journal of one file, "
	 "without which it is staged or is not; needed in `rotate`"},
	{"rotate", "folder staged: stage_put_text", "what is to be signed "
	 "again is staged behind it; needed in `rotate root`"},
	{"update", "slot.N: slots_erase", "the slot is empty in this act; old "
	 "bytes that come back are hashed and refused, but told as a fault"},
	{"update", "folder device: records_save", "the outbox, in the same "
	 "folder, flushes it at each power-on; a state must not count on that"},
	{"update", "folder device: agent_open", "the metadata's folder: what "
	 "is lost of it is fetched again, what was seen stands in the state"},
	{"update", "timestamp.json.N.tmp: trust_refresh", "the same"},
	{"update", "folder metadata: trust_refresh", "the same"},
	/* clang-format on */
};

/* Where it is listed, or one behind the list. */
static size_t listed_at(const char *act, const char *label)
{
	size_t i = 0;

	while (i < ARRAY_LEN(needless) &&
	       (strcmp(needless[i].act, act) != 0 ||
	        strcmp(needless[i].label, label) != 0))
		i++;
	return i;
}

bool crashes_answered(const struct crashes *c, size_t point)
{
	return point == c->log->ops.len;
}

/* ---- One crash ---- */

static size_t moment_of(void *ctx, size_t point)
{
	const struct crashes *c = ctx;

	return c->moment != NULL ? c->moment(c, point)
	                         : crashes_answered(c, point);
}

static int judge_once(void *ctx, const char *folder, size_t point,
                      struct err *e)
{
	const struct crashes *c = ctx;

	return c->judge(c, folder, point, e);
}

static struct disk_crash once(struct crashes *c, const char *scratch)
{
	struct disk_crash d = {.log = c->log,
	                       .first = c->first,
	                       .limits = crashes_limits.once,
	                       .judge = judge_once,
	                       .moment = moment_of,
	                       .ctx = c,
	                       .scratch = scratch};

	d.limits.stride *= c->stride > 0 ? c->stride : 1;
	return d;
}

/* ---- A kill, and then a power cut ---- */

/* Each kill is one of its own: what is not covered differs. */
static size_t each_point(void *ctx, size_t point)
{
	(void)ctx;
	return point;
}

/* When all is over, or soon after the new beginning. */
static bool breaks_without(const struct crashes *c, struct disk_crash *second,
                           size_t point)
{
	size_t end = c->log->ops.len;

	second->limits.without = 8;
	second->first = end;
	if (disk_crash_without(second, c->without))
		return true;
	second->limits.without = 2 * SOON;
	second->first = point;
	second->last = point + SOON < end ? point + SOON : end;
	return disk_crash_without(second, c->without);
}

static int judge_twice(void *ctx, const char *folder, size_t point,
                       struct err *e)
{
	struct crashes *c = ctx;
	SCOPED(free)
	char *scratch = fs_join(folder, "../twice");
	struct disk_crash second = once(c, scratch);

	disk_log_resume(c->log, point, folder);
	if (c->again(c, folder, point, e) != 0) {
		err_context(e, "begun again");
		return -1;
	}
	disk_log_end();
	disk_state_compare(c->log);
	second.first = c->every_step ? point : c->log->ops.len;
	second.limits.stride = c->every_step ? 3 : 1;
	second.limits.singles = 1;
	second.limits.chances = 0;
	if (c->without != DISK_NEVER)
		return breaks_without(c, &second, point)
		               ? err_set(e, ERR_INTERNAL, BREAKS)
		               : 0;
	disk_crash_run(&second);
	return second.broken == 0 ? 0
	                          : err_set(e, ERR_INTERNAL, "%s", second.why);
}

static struct disk_crash twice(struct crashes *c)
{
	struct disk_crash d = once(c, test_path("crashed"));

	d.judge = judge_twice;
	d.moment = each_point;
	return d;
}

/* Of an act of so few steps each kill is tried, whatever the limits say. */
#define FEW_STEPS 100

/* A kill behind a flush leaves no more open than one before it. */
static bool is_new_kill(const struct crashes *c, size_t point)
{
	return point == c->first ||
	       c->log->ops.items[point - 1].step != DISK_SYNC;
}

static void survive_twice(struct crashes *c)
{
	struct disk_crash d = twice(c);
	size_t points = 0, kills = crashes_limits.kills;

	if (c->log->ops.len - c->first <= FEW_STEPS)
		kills = 1;
	else if (c->stride > 1)
		kills *= c->stride;
	for (size_t p = c->first; p <= c->log->ops.len; p += kills) {
		if (!is_new_kill(c, p))
			continue;
		c->every_step = crashes_limits.every_step > 0 &&
		                points % crashes_limits.every_step == 0;
		points++;
		ck_assert_msg(disk_crash_at(&d, p),
		              "%s: killed before step %zu, and then: %s",
		              c->name, p, d.why);
	}
	printf("%s: %zu kills, each with the power cut later, 0 broken\n",
	       c->name, points);
	(void)fflush(stdout);
	disk_crash_fini(&d);
}

/* ---- Each flush ---- */

static bool flushes_since(const struct crashes *c, size_t site)
{
	for (size_t i = c->first; i < c->log->ops.len; i++)
		if (c->log->ops.items[i].step == DISK_SYNC &&
		    c->log->ops.items[i].site == site)
			return true;
	return false;
}

static bool is_needed_twice(struct crashes *c, size_t site)
{
	struct disk_crash d = twice(c);
	bool needed = false;

	c->without = site;
	c->every_step = false;
	for (size_t p = c->first; p <= c->log->ops.len && !needed; p++)
		needed = is_new_kill(c, p) && !disk_crash_at(&d, p) &&
		         strcmp(d.why, BREAKS) == 0;
	c->without = DISK_NEVER;
	disk_crash_fini(&d);
	return needed;
}

/* Of the places under a name that is listed one is needless. */
static size_t count_listed_and_needed(const struct crashes *c,
                                      const bool is_needless[])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(needless); i++) {
		if (strcmp(needless[i].act, c->name) != 0 || is_needless[i])
			continue;
		printf("%s: flush %s: LISTED, and needed or not there\n",
		       c->name, needless[i].label);
		n++;
	}
	return n;
}

static void flushes_are_needed(struct crashes *c)
{
	struct disk_crash d = once(c, test_path("crashed"));
	/* Also: of those that are not listed. */
	bool is_needless[ARRAY_LEN(needless) + 1] = {false};
	size_t bad;

	for (size_t i = 0; i < c->log->sites.len; i++) {
		const char *label = c->log->sites.items[i].label;
		size_t listed = listed_at(c->name, label);
		bool needed;

		if (!flushes_since(c, i))
			continue;
		needed = disk_crash_without(&d, i) || is_needed_twice(c, i);
		printf("%s: flush %s: %s\n", c->name, label,
		       needed ? "needed"
		       : listed < ARRAY_LEN(needless)
		               ? "not needed here, and listed"
		               : "NEEDLESS");
		(void)fflush(stdout);
		is_needless[listed] = is_needless[listed] || !needed;
	}
	bad = (size_t)is_needless[ARRAY_LEN(needless)] +
	      count_listed_and_needed(c, is_needless);
	(void)fflush(stdout);
	ck_assert_msg(bad == 0,
	              "%s: flushes that no crash needs, or that are listed "
	              "so and needed: remove them, or say why they stay",
	              c->name);
	disk_crash_fini(&d);
}

void crashes_survived(struct crashes *c)
{
	struct disk_crash d = once(c, test_path("crashed"));

	disk_log_end();
	disk_state_compare(c->log);
	c->without = DISK_NEVER;
	disk_crash_run(&d);
	printf("%s: %zu points of crash, %zu states of the disk, %zu broken\n",
	       c->name, d.points, d.states, d.broken);
	(void)fflush(stdout);
	ck_assert_msg(d.broken == 0, "%s: %s", c->name, d.why);
	disk_crash_fini(&d);
	survive_twice(c);
	if (crashes_limits.flushes && !c->same_flushes)
		flushes_are_needed(c);
}

#include "config.h"

#include "repo-tools/ctl/rollout_show.h"

#include "lib/base/mem.h"
#include "lib/rollout/words.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/table.h"
#include "repo-tools/ctl/text.h"

#include <inttypes.h>
#include <string.h>

/* One line of a rollout; a server's own words are cut there. */
#define SHOWN_MAX ((size_t)16384)

/* The stage under way, of how many, and its share; -1 when not known. */
static int stage_of(int64_t *stage, size_t *n, int64_t *ppm,
                    const struct js_at *at)
{
	struct js_at stages, one;

	if (js_get_array(&stages, n, at, "stages", 1, SIZE_MAX, NULL) != 0 ||
	    js_get_int(stage, at, "stage", 0, (int64_t)*n - 1, NULL) != 0)
		return -1;
	one = js_element(&stages, (size_t)*stage);
	return js_get_int(ppm, &one, "ppm", 0, 1000000, NULL);
}

void ctl_rollout_show_stage(struct buf *out, const struct js_at *at)
{
	int64_t stage, ppm;
	size_t n;

	if (stage_of(&stage, &n, &ppm, at) != 0) {
		buf_putc(out, '-');
		return;
	}
	buf_printf(out, "%" PRId64 "/%zu ", stage + 1, n);
	ctl_text_share(out, ppm);
}

void ctl_rollout_show_line(struct buf *out, const struct js_at *at)
{
	static const char *const keys[] = {"confirmed", "failed", "open",
	                                   "silent"};
	struct js_at counts;
	int64_t stage, ppm;
	size_t n;

	ctl_text_member(out, at, "state");
	if (stage_of(&stage, &n, &ppm, at) == 0) {
		buf_printf(out, ", stage %" PRId64 " of %zu (", stage + 1, n);
		ctl_text_share(out, ppm);
		buf_putc(out, ')');
	}
	if (js_get(&counts, at, "counts", NULL) != 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		buf_printf(out, ", %s ", keys[i]);
		ctl_text_member(out, &counts, keys[i]);
	}
}

static void add_counts(struct ctl_table *t, const struct js_at *at)
{
	struct js_at counts;

	if (js_get(&counts, at, "counts", NULL) == 0) {
		ctl_table_members(t, &counts, "confirmed", "failed", "open",
		                  "silent", NULL);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		ctl_table_add(t, "-");
}

int ctl_rollout_show_table(const struct cli *c, const struct js_at *list,
                           size_t limit, struct err *e)
{
	static const char *const columns[] = {
		"KEY",   "PRODUCT",    "VERSION", "PLAN",  ">REV",    "STATE",
		"STAGE", ">CONFIRMED", ">FAILED", ">OPEN", ">SILENT", NULL,
	};
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};
	SCOPED(buf_fini)
	struct buf stage = BUF_INIT(64);
	size_t n = js_count(list);

	ctl_table_init(&t, c, columns);
	for (size_t i = 0; i < n && i < limit; i++) {
		struct js_at at = js_element(list, i);

		ctl_table_members(&t, &at, "key", "product", "version",
		                  "plan_id", "rev", "state", NULL);
		buf_reset(&stage);
		ctl_rollout_show_stage(&stage, &at);
		ctl_table_add(&t, buf_str(&stage));
		add_counts(&t, &at);
	}
	return ctl_table_print(
		&t, "no rollouts; pawlctl rollout start begins one", e);
}

/* What the server says of it in one sentence. */
static void print_text(const struct cli *c, const struct js_at *at)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);

	if (!ctl_text_has(at, "text"))
		return;
	ctl_text_member(&line, at, "text");
	cli_print(c, "  %s\n", buf_str(&line));
}

/* "4 failures in 10 trials; the bound is 4 (p0 2%, alpha 5%, weight 25%)" */
static void print_evidence(const struct cli *c, const struct js_at *at)
{
	static const char *const shares[][2] = {{"p0", "p0_ppm"},
	                                        {"alpha", "alpha_ppm"},
	                                        {"weight", "weight_ppm"}};
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);
	int64_t ppm;

	ctl_text_member(&line, at, "failures");
	buf_puts(&line, " failures in ");
	ctl_text_member(&line, at, "trials");
	if (js_has(at, "units")) {
		buf_puts(&line, " trials; of those kept back ");
		ctl_text_member(&line, at, "units_silent");
		buf_puts(&line, " in ");
		ctl_text_member(&line, at, "units");
	} else {
		buf_puts(&line, " trials; the bound is ");
		ctl_text_member(&line, at, "bound");
	}
	buf_puts(&line, " (");
	ctl_text_member(&line, at, "crossed");
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		if (js_get_int(&ppm, at, shares[i][1], 0, 1000000, NULL) == 0) {
			buf_printf(&line, ", %s ", shares[i][0]);
			ctl_text_share(&line, ppm);
		}
	cli_print(c, "  %s)\n", buf_str(&line));
	if (!ctl_text_has(at, "first_devices"))
		return;
	buf_reset(&line);
	ctl_text_member(&line, at, "first_devices");
	cli_print(c, "  first devices: %s\n", buf_str(&line));
}

/* "a7/eu", or the words for more than a cell. */
static void put_where(struct buf *line, const struct js_at *at)
{
	const char *hw, *region;
	char where[CELL_TEXT_SIZE];

	if (js_get_str(&hw, at, "hw", NAME_MAX_LEN, NULL) == 0 &&
	    js_get_str(&region, at, "region", NAME_MAX_LEN, NULL) == 0)
		ctl_text_clean(line, cell_text(where, hw, region));
}

static void print_halt(const struct cli *c, const struct js_at *at)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);
	bool by_hand = false;
	struct js_at evidence;

	buf_putc(&line, ' ');
	put_where(&line, at);
	buf_puts(&line, " at ");
	ctl_text_member(&line, at, "at");
	if (js_get_bool(&by_hand, at, "by_hand", NULL) == 0 && by_hand) {
		buf_puts(&line, " by ");
		ctl_text_member(&line, at, ctl_text_who(at, "actor"));
	} else {
		buf_puts(&line, " by itself");
	}
	ctl_table_word(c, "halted");
	cli_print(c, "%s\n", buf_str(&line));
	if (!ctl_text_has(at, "evidence") ||
	    js_get(&evidence, at, "evidence", NULL) != 0)
		return;
	print_text(c, &evidence);
	if (!by_hand)
		print_evidence(c, &evidence);
}

int ctl_rollout_show_halts(const struct cli *c, const struct js_at *at,
                           size_t skip, struct err *e)
{
	struct js_at halts;
	size_t n;

	if (js_get_array(&halts, &n, at, "halts", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = skip; i < n; i++) {
		struct js_at halt = js_element(&halts, i);

		print_halt(c, &halt);
	}
	return 0;
}

/* "kept back: 120 to compare with, 100 heard of again, 3 silent, 17 wait" */
static void print_kept_back(const struct cli *c, const struct js_at *at)
{
	static const char *const parts[][2] = {{"units", " to compare with, "},
	                                       {"heard", " heard of again, "},
	                                       {"silent", " silent, "},
	                                       {"waiting", " wait\n"}};
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);
	struct js_at kept;

	if (!js_has(at, "kept_back") ||
	    js_get(&kept, at, "kept_back", NULL) != 0 || js_is_null(&kept))
		return;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		ctl_text_member(&line, &kept, parts[i][0]);
		buf_puts(&line, parts[i][1]);
	}
	cli_print(c, "\nkept back: %s", buf_str(&line));
}

/* "on hold a7/eu since 2026-…", and why. A server of before had none. */
static void print_holds(const struct cli *c, const struct js_at *at)
{
	struct js_at holds;
	size_t n;

	if (js_get_array(&holds, &n, at, "holds", 0, SIZE_MAX, NULL) != 0)
		return;
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf line = BUF_INIT(SHOWN_MAX);
		struct js_at hold = js_element(&holds, i);

		buf_putc(&line, ' ');
		ctl_text_member(&line, &hold, "hw");
		buf_putc(&line, '/');
		ctl_text_member(&line, &hold, "region");
		buf_puts(&line, " since ");
		ctl_text_member(&line, &hold, "since");
		cli_print(c, "%s", i == 0 ? "\n" : "");
		ctl_table_word(c, "on hold");
		cli_print(c, "%s\n", buf_str(&line));
		print_text(c, &hold);
	}
}

static int show_stages(const struct cli *c, const struct js_at *at,
                       struct err *e)
{
	static const char *const columns[] = {"",      ">STAGE",     ">SHARE",
	                                      ">SOAK", "NOT BEFORE", NULL};
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};
	int64_t now = -1, ppm, soak_s;
	struct js_at stages;
	size_t n;

	if (js_get_array(&stages, &n, at, "stages", 0, SIZE_MAX, e) != 0)
		return -1;
	if (js_get_int(&now, at, "stage", 0, INT64_MAX, NULL) != 0)
		now = -1;
	ctl_table_init(&t, c, columns);
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf soak = BUF_INIT(64);
		struct js_at one = js_element(&stages, i);

		if (js_get_int(&ppm, &one, "ppm", 0, 1000000, e) != 0 ||
		    js_get_int(&soak_s, &one, "soak_s", 0, NUM_JSON_MAX, e) !=
		            0)
			return -1;
		ctl_text_span(&soak, soak_s);
		ctl_table_add(&t, (int64_t)i == now ? ">" : "");
		ctl_table_addf(&t, "%zu", i + 1);
		ctl_table_share(&t, ppm);
		ctl_table_add(&t, buf_str(&soak));
		ctl_table_member(&t, &one, "not_before");
	}
	cli_print(c, "\n");
	return ctl_table_print(&t, "no stages", e);
}

static void cell_row(struct ctl_table *t, const struct js_at *at)
{
	bool halted = false, held = false;

	(void)!js_get_bool(&halted, at, "halted", NULL);
	(void)!js_get_bool(&held, at, "held", NULL);
	ctl_table_members(t, at, "hw", "region", "trials", "open", "confirmed",
	                  "failed", "bound", "overdue", "silent", NULL);
	ctl_table_add(t, halted ? "HALTED" : held ? "ON HOLD" : "");
}

static int show_cells(const struct cli *c, const struct js_at *at,
                      struct err *e)
{
	static const char *const columns[] = {
		"HW",         "REGION",  ">TRIALS", ">OPEN",
		">CONFIRMED", ">FAILED", ">BOUND",  ">OVERDUE",
		">SILENT",    "",        NULL,
	};

	cli_print(c, "\n");
	return ctl_ask_rows(c, at, "cells", columns, cell_row, "no cells", e);
}

static void print_head(const struct cli *c, const struct js_at *at)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);

	buf_puts(&line, "rollout ");
	ctl_text_member(&line, at, "key");
	buf_puts(&line, ": ");
	ctl_text_member(&line, at, "product");
	buf_putc(&line, ' ');
	ctl_text_member(&line, at, "version");
	buf_puts(&line, " (");
	ctl_text_member(&line, at, "kind");
	buf_puts(&line, "), ");
	ctl_text_member(&line, at, "plan");
	cli_print(c, "%s\n", buf_str(&line));
	buf_reset(&line);
	ctl_rollout_show_line(&line, at);
	cli_print(c, "%s\n", buf_str(&line));
}

/* "takes 15 devices of rollout 6, which has not ended" */
static int show_overlaps(const struct cli *c, const struct js_at *at,
                         const char *key, struct err *e)
{
	bool takes = strcmp(key, "takes") == 0;
	struct js_at list;
	size_t n;

	if (!js_has(at, key))
		return 0;
	if (js_get_array(&list, &n, at, key, 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at one = js_element(&list, i);
		int64_t rollout, devices;

		if (js_get_int(&rollout, &one, "rollout", 1, NUM_JSON_MAX, e) !=
		            0 ||
		    js_get_int(&devices, &one, "devices", 0, NUM_JSON_MAX, e) !=
		            0)
			return -1;
		cli_print(c,
		          "%s %" PRId64 " devices %s rollout %" PRId64 ", %s\n",
		          key, devices, takes ? "of" : "to", rollout,
		          takes ? "which has not ended"
		                : "which stands above it");
	}
	return 0;
}

/* When it ends, or who has to act. */
static int show_eta(struct cli *c, const struct js_at *at, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(SHOWN_MAX);
	struct js_at eta;

	if (!ctl_text_has(at, "eta"))
		return 0;
	if (js_get(&eta, at, "eta", e) != 0)
		return -1;
	ctl_text_member(&line, &eta, "text");
	cli_print(c, "%s%s\n", ctl_text_has(&eta, "at") ? "ends " : "",
	          buf_str(&line));
	return 0;
}

static void print_recall(const struct cli *c, const struct js_at *at)
{
	SCOPED(buf_fini)
	struct buf rollout = BUF_INIT(64);

	if (!ctl_text_has(at, "recalled_by"))
		return;
	ctl_text_member(&rollout, at, "recalled_by");
	cli_print(c, "recalled by rollout %s\n", buf_str(&rollout));
}

int ctl_rollout_show_all(struct cli *c, const struct js_at *at, struct err *e)
{
	const char *const fields[] = {
		"waits for",   "waits_for",   "begun",
		"began",       "by",          ctl_text_who(at, "created_by"),
		"stage since", "stage_since", "ended",
		"ended",       "left out",    "excluded",
		NULL,
	};
	struct js_at halts;
	size_t n;

	print_head(c, at);
	print_recall(c, at);
	if (show_overlaps(c, at, "takes", e) != 0 ||
	    show_overlaps(c, at, "loses", e) != 0)
		return -1;
	if (show_eta(c, at, e) != 0 || ctl_ask_fields(c, at, fields, e) != 0 ||
	    show_stages(c, at, e) != 0 || show_cells(c, at, e) != 0 ||
	    js_get_array(&halts, &n, at, "halts", 0, SIZE_MAX, e) != 0)
		return -1;
	print_kept_back(c, at);
	print_holds(c, at);
	if (n > 0)
		cli_print(c, "\n");
	return ctl_rollout_show_halts(c, at, 0, e);
}

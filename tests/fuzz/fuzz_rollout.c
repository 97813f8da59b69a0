#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/fw.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state_doc.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* What is read can be written, and what is written reads as the same bytes. */
static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

FUZZ_TARGET(plan)
{
	SCOPED(plan_fini)
	struct plan p = {0}, q = {0};
	SCOPED(buf_fini)
	struct buf a = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PLAN_BYTES_MAX);

	if (plan_parse(&p, "plan", data, size, NULL) != 0)
		return;
	must(plan_write(&a, &p, NULL) == 0);
	must(plan_parse(&q, "again", a.data, a.len, NULL) == 0);
	must(plan_write(&b, &q, NULL) == 0);
	must(same(&a, &b));
	for (int c = 0; c < (int)plan_n_cells(&p); c++) {
		struct cell cell = plan_cell_at(&p, c);

		for (size_t k = 1; k < p.n_stages; k++)
			must(plan_ppm(&p, k, cell.hw, cell.region) >=
			     plan_ppm(&p, k - 1, cell.hw, cell.region));
	}
}

FUZZ_TARGET(state_doc)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	SCOPED(buf_fini)
	struct buf a = BUF_INIT(STATE_BYTES_MAX);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(STATE_BYTES_MAX);

	if (state_doc_parse(&s, "state", data, size, NULL) != 0)
		return;
	must(state_doc_write(&a, &s, NULL) == 0);
	must(state_doc_parse(&t, "again", a.data, a.len, NULL) == 0);
	must(state_doc_write(&b, &t, NULL) == 0);
	must(same(&a, &b));
}

FUZZ_TARGET(fw)
{
	SCOPED(buf_fini)
	struct buf a = BUF_INIT(FW_CUSTOM_MAX);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FW_CUSTOM_MAX);
	SCOPED(free)
	char *text = xcalloc(size + 1, 1);
	struct fw f, g;

	memcpy(text, data, size);
	if (fw_parse(&f, "fw/p/1.0.0_x", text, NULL) != 0)
		return;
	must(fw_write(&a, &f, NULL) == 0);
	must(fw_parse(&g, "again", buf_str(&a), NULL) == 0);
	must(fw_write(&b, &g, NULL) == 0);
	must(same(&a, &b));
}

#include "config.h"

#include "tests/unit/sim/export.h"

#include "lib/base/mem.h"
#include "lib/json/jw.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MS (FIXTURE_T0_S * 1000)
#define TRIALS 8

static void put_trial(struct jw *w, int64_t i)
{
	/* Every other one fails, a minute after its grant. */
	jw_object(w);
	jw_put_int(w, "device", i);
	jw_put_int(w, "cell", 0);
	jw_put_bool(w, "counted", true);
	jw_put_str(w, "step", i % 2 == 0 ? "failed" : "confirmed");
	jw_put_int(w, "granted_ms", FIRST_MS + i * 1000);
	jw_put_int(w, "step_ms", FIRST_MS + i * 1000 + 60000);
	jw_put_int(w, "stood_still_ms", 0);
	jw_put_int(w, "poll_after_s", 300);
	jw_end_object(w);
}

static void put_head(struct jw *w, const char *plan)
{
	jw_key(w, "head");
	jw_object(w);
	jw_put_str(w, "product", "band");
	jw_put_str(w, "plan_path", "plan/band/spring.1.json");
	jw_put_str(w, "plan", plan);
	jw_put_int(w, "epoch", 0);
	jw_put_str(w, "state", "running");
	jw_put_int(w, "stage", 0);
	jw_put_int(w, "began_ms", FIRST_MS);
	jw_put_int(w, "stage_since_ms", FIRST_MS);
	jw_put_int(w, "time_ms", FIRST_MS + 400000);
	jw_key(w, "halts");
	jw_array(w);
	jw_raw(w, EXPORT_HALT, strlen(EXPORT_HALT));
	jw_end_array(w);
	jw_key(w, "holds");
	jw_array(w);
	jw_end_array(w);
	jw_end_object(w);
}

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert(at != NULL);
	return test_keep(xasprintf("%.*s%s%s", (int)(at - text), text, to,
	                           at + strlen(from)));
}

char *export_text(const char *from, const char *to)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *plan = NULL;
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct jw w;

	fixture_plan(&p);
	plan = fixture_plan_text(&p);
	jw_init(&w, &out);
	jw_object(&w);
	jw_put_str(&w, "schema", "rollout-export/1");
	jw_put_int(&w, "rollout", 3);
	jw_put_str(&w, "plan_sha256", p.sha256);
	put_head(&w, plan);
	jw_put_int(&w, "first", 0);
	jw_key(&w, "trials");
	jw_array(&w);
	for (int64_t i = 0; i < TRIALS; i++)
		put_trial(&w, i);
	jw_end_array(&w);
	jw_put_null(&w, "next");
	jw_end_object(&w);
	return *from == '\0' ? test_keep(xstrdup(buf_str(&out)))
	                     : replaced(buf_str(&out), from, to);
}

char *export_page(const char *format)
{
	SCOPED(plan_fini)
	struct plan p = {0};

	fixture_plan(&p);
	free(fixture_plan_text(&p));
	return replaced(format, "%s", p.sha256);
}

#include "config.h"

#include "device/explain.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fake_server.h"
#include "tests/unit/device/fakes.h"

#include <stdlib.h>
#include <string.h>

static struct fake_server *f;
static struct fake_device d;

/* The server's tree as a folder, as a mirror has it. */
static void mirror(void)
{
	struct err e;

	ASSERT_OK(fs_mkdirs(test_path("mirror/metadata"), 0700, &e));
	for (size_t i = 0; i < f->repo->served.len; i++) {
		const struct tuf_repo_file *file = &f->repo->served.items[i];
		SCOPED(free)
		char *path = xasprintf("%s/metadata/%s", test_path("mirror"),
		                       file->name);

		ASSERT_OK(fs_write(path, file->bytes, file->len, 0600, &e));
	}
	for (size_t i = 0; i < f->targets.len; i++) {
		const struct fake_target *t = &f->targets.items[i];
		SCOPED(free)
		char *path =
			xasprintf("%s/targets/%s", test_path("mirror"), t->url);
		SCOPED(free)
		char *dir = xstrdup(path);

		*strrchr(dir, '/') = '\0';
		ASSERT_OK(fs_mkdirs(dir, 0700, &e));
		ASSERT_OK(fs_write(path, t->bytes, t->len, 0600, &e));
	}
}

static void begin(void)
{
	f = fake_server_new();
	fake_server_publish(f);
	fake_device_new(&d, f);
	mirror();
}

static void end(void)
{
	fake_device_free(&d);
	fake_server_free(f);
}

/* The answer for a new device with these facts. */
static const char *explained(const char *facts_text, int result, struct err *e)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	SCOPED(free)
	struct facts *facts = xcalloc(1, sizeof(*facts));
	struct buf out = BUF_INIT(65536);
	struct err bad = {0};

	if (facts_parse(facts, "facts", facts_text, strlen(facts_text), &bad) !=
	    0)
		ck_abort_msg("%s", bad.msg);
	state_init(&s, &d.p);
	facts_apply(&s, facts);
	*e = (struct err){0};
	ck_assert_int_eq(explain(&out, &d.p, &s, facts, test_path("mirror"),
	                         facts->has_now ? facts->now_s : FAKE_NOW_S, e),
	                 result);
	return test_keep(buf_take(&out));
}

static void assert_has(const char *json, const char *part)
{
	ck_assert_msg(strstr(json, part) != NULL, "no %s in %s", part, json);
}

TEST(a_decision_on_paper_says_yes_and_names_plan_and_release)
{
	const char *json;
	struct err e;

	begin();
	json = explained("{}", 0, &e);
	assert_has(json, "\"yes\":true,\"code\":\"yes\"");
	assert_has(json, "\"path\":\"plan/band/spring.1.json\"");
	assert_has(json, "\"path\":\"fw/band/2.1.0_app.bin\"");
	assert_has(json, "\"version\":\"2.1.0\"");
	assert_has(json, "\"step\":\"start\"");
	assert_has(json, "\"ppm\":1000000");
	end();
}

TEST(a_decision_on_paper_says_no_and_why)
{
	static const struct {
		const char *facts, *part;
	} rows[] = {
		{"{\"now\":\"2026-11-20T00:00:01Z\"}",
	         "\"code\":\"not_yet\",\"check\":3,\"defers\":false"},
		{"{\"counter\":9}", "\"code\":\"counter_low\",\"check\":4"},
		{"{\"latches\":[{\"plan\":\"spring\",\"rev\":1}]}",
	         "\"code\":\"latched\",\"check\":5"},
		{"{\"running\":{\"sha256\":\"" FIXTURE_RUNNING
	         "\",\"version\":\"3.0.0\"}}",
	         "\"code\":\"not_newer\""},
	};
	const char *json;
	struct err e;

	begin();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json = explained(rows[i].facts, 0, &e);
		assert_has(json, "\"yes\":false");
		assert_has(json, rows[i].part);
	}
	end();
}

TEST(a_decision_on_paper_tells_what_the_metadata_is_refused_for)
{
	const char *json;
	struct err e;

	begin();
	json = explained("{\"now\":\"2027-11-20T00:00:00Z\"}", -1, &e);
	ck_assert_int_eq(e.kind, ERR_EXPIRED);
	assert_has(json, "\"yes\":false,\"code\":\"expired\"");
	end();
}

/* The same facts, the same documents: paper and agent agree. */
TEST(a_decision_on_paper_is_the_agents_own)
{
	struct agent_view v;
	const char *json;
	struct err e;

	f = fake_server_new();
	f->fw.battery_pct = 50;
	fake_server_publish(f);
	fake_device_new(&d, f);
	mirror();
	d.facts.battery_pct = 20;
	fake_device_run(&d);
	v = fake_device_look(&d);
	json = explained("{\"battery_pct\":20}", 0, &e);
	assert_has(json, v.offer.text);
	assert_has(json, "\"code\":\"battery\",\"check\":0,\"defers\":true");
	end();
}

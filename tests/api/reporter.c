#include "config.h"

#include "tests/api/reporter.h"

#include "device/identity.h"
#include "device/wire.h"
#include "lib/base/mem.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const struct buf *b)
{
	return test_keep(xstrdup(buf_str(b)));
}

static const char *file(const char *what, int number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s.%d", what, number);
	return test_path(name);
}

void reporter_init(struct reporter *r, int number, const char *id,
                   const char *batch_token, struct rng *rng)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct err e;

	*r = (struct reporter){.p = {.product = "band",
	                             .hw = "a7",
	                             .region = "eu",
	                             .channel = "production",
	                             .repo = FIXTURE_REPO,
	                             .batch_token = xstrdup(batch_token)},
	                       .key_path = file("key", number)};
	(void)snprintf(r->p.id, sizeof(r->p.id), "%s", id);
	ASSERT_OK(outbox_open(&r->outbox, file("outbox", number), 0, &e));
	ASSERT_OK(identity_ensure(&k, r->key_path, &r->p, rng, &e));
}

void reporter_fini(struct reporter *r)
{
	outbox_free(r->outbox);
	provision_fini(&r->p);
}

const char *reporter_enrol_body(const struct reporter *r)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(WIRE_BODY_MAX);
	struct err e;

	ASSERT_OK(identity_read(&k, r->key_path, &r->p, &e));
	ASSERT_OK(wire_enrol_body(&body, &r->p, identity_public(k), &e));
	return text_of(&body);
}

const char *reporter_body(struct reporter *r, const struct reporter *signer)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(REPORT_BODY_MAX);
	struct report_item item = {.step = REPORT_REFUSED, .counter = 3};
	struct err e;
	size_t n;

	(void)snprintf(item.plan, SHA256_HEX_SIZE, FIXTURE_RUNNING);
	(void)snprintf(item.image, SHA256_HEX_SIZE, FIXTURE_RUNNING);
	(void)snprintf(item.running, SHA256_HEX_SIZE, FIXTURE_RUNNING);
	(void)snprintf(item.code, sizeof(item.code), "latched");
	ASSERT_OK(outbox_add(r->outbox, &item, &e));
	ASSERT_OK(outbox_body(&body, &n, r->outbox, r->p.id, REPORT_BATCH_MAX,
	                      &e));
	if (signer == NULL)
		return text_of(&body);
	ASSERT_OK(identity_read(&k, signer->key_path, &signer->p, &e));
	ASSERT_OK(identity_sign_report(&body, k, &e));
	return text_of(&body);
}

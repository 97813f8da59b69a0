#include "config.h"

#include "device/identity.h"
#include "device/report.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fake_server.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct fake_server *f;
static struct fake_device d;

static const char *key_path(void)
{
	return test_keep(fs_join(d.dir, IDENTITY_FILE));
}

static void begin(void)
{
	f = fake_server_new();
	fake_server_publish(f);
	fake_device_new(&d, f);
}

static void end(void)
{
	fake_device_free(&d);
	fake_server_free(f);
}

static const char *public_of(const char *path)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct err e;

	ASSERT_OK(identity_read(&k, path, &d.p, &e));
	ck_assert_ptr_nonnull(k);
	return test_keep(xstrdup(identity_public(k)));
}

TEST(a_device_makes_a_key_enrols_it_and_signs_each_report)
{
	struct stat st;

	begin();
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_uint_eq(strlen(f->key), 64);
	ck_assert_str_eq(f->key, public_of(key_path()));
	ck_assert_int_eq(stat(key_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_gt(f->signed_reports, 0);
	ck_assert_int_eq(f->unsigned_reports, 0);
	end();
}

/* Secrets of the seed's first key would be in the file's hex alone. */
TEST(the_secret_half_is_in_no_request)
{
	SCOPED(free)
	char *file = NULL;
	char secret[65];
	const char *at;

	begin();
	fake_device_run(&d);
	file = fake_content(key_path());
	at = strstr(file, "\"clear\":\"");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(secret, sizeof(secret), "%s", at + 9);
	ck_assert_str_ne(secret, f->key);
	ck_assert_ptr_null(strstr(buf_str(&f->bodies), secret));
	ck_assert_ptr_nonnull(strstr(buf_str(&f->bodies), f->key));
	end();
}

static int fail_key_sync(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	return op == FS_SYNC && strstr(path, IDENTITY_FILE) != NULL ? EIO : 0;
}

TEST(a_key_that_is_not_on_the_disk_is_told_to_nobody)
{
	struct err e;
	int64_t next;
	int result = 0;

	begin();
	fs_set_hook(fail_key_sync, NULL);
	for (int i = 0; i < 10 && result == 0; i++) {
		e = (struct err){0};
		result = agent_poll(d.agent, &next, &e);
	}
	fs_set_hook(NULL, NULL);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_eq(f->enrols, 0);
	fake_device_restart(&d);
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_str_eq(f->key, public_of(key_path()));
	end();
}

TEST(a_lost_answer_a_power_cut_and_a_new_store_keep_the_key)
{
	const char *first;
	struct err e;

	begin();
	f->api_status = 500;
	fake_device_run(&d);
	first = public_of(key_path());
	fake_device_restart(&d);
	f->api_status = 0;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_str_eq(f->key, first);
	/* Made anew in its place: the store goes, the key stays. */
	agent_free(d.agent);
	ASSERT_OK(fs_remove(test_keep(fs_join(d.dir, "state.0")), &e));
	ASSERT_OK(fs_remove(test_keep(fs_join(d.dir, "state.1")), &e));
	ASSERT_OK(agent_open(&d.agent, &d.p, d.dir, &d.host, &e));
	f->key[0] = '\0';
	fake_device_run(&d);
	ck_assert_int_eq(f->enrols, 2);
	ck_assert_str_eq(f->key, first);
	end();
}

TEST(a_device_that_was_given_its_token_signs_only_with_a_key_of_its_own)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct err e;

	begin();
	d.p.device_token = xstrdup("tok");
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_int_eq(f->enrols, 0);
	ck_assert_int_eq(f->signed_reports, 0);
	ck_assert_int_gt(f->unsigned_reports, 0);
	ck_assert(!fs_exists(key_path()));
	end();
	begin();
	d.p.device_token = xstrdup("tok");
	/* As the factory enrolled it: --public-key. */
	ASSERT_OK(identity_ensure(&k, key_path(), &d.p, &d.rng.rng, &e));
	(void)snprintf(f->key, sizeof(f->key), "%s", identity_public(k));
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_int_gt(f->signed_reports, 0);
	ck_assert_int_eq(f->unsigned_reports, 0);
	end();
}

TEST(a_key_that_does_not_read_is_an_alarm_and_holds_no_update_up)
{
	struct err e;

	begin();
	f->deny = true;
	fake_device_run(&d);
	ASSERT_OK(fs_write(key_path(), "rotten", 6, 0600, &e));
	f->deny = false;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_int_eq(f->signed_reports, 0);
	ck_assert_int_gt(f->unsigned_reports, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&d.events), "refused"));
	/* Its public half is known: it is not replaced. */
	ck_assert_str_eq(test_keep(fake_content(key_path())), "rotten");
	end();
}

TEST(a_key_nobody_was_told_is_made_anew_where_it_does_not_read)
{
	struct err e;

	begin();
	ASSERT_OK(fs_write(key_path(), "rotten", 6, 0600, &e));
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_str_eq(f->key, public_of(key_path()));
	ck_assert_int_eq(f->unsigned_reports, 0);
	end();
}

TEST(the_key_of_another_device_or_repository_signs_nothing_here)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct key_secret *none;
	struct provision other;
	struct err e;

	begin();
	ASSERT_OK(identity_ensure(&k, key_path(), &d.p, &d.rng.rng, &e));
	other = d.p;
	other.id[0] = other.id[0] == 'a' ? 'b' : 'a';
	ASSERT_CODE(identity_read(&none, key_path(), &other, &e),
	            "key_binding");
	ASSERT_CODE(identity_ensure(&none, key_path(), &other, &d.rng.rng, &e),
	            "key_binding");
	other = d.p;
	other.repo[0] = other.repo[0] == 'a' ? 'b' : 'a';
	ASSERT_CODE(identity_read(&none, key_path(), &other, &e),
	            "key_binding");
	ck_assert_int_eq(chmod(key_path(), 0644), 0);
	ASSERT_CODE(identity_read(&none, key_path(), &d.p, &e),
	            "insecure_mode");
	end();
}

TEST(a_full_report_fits_with_its_signature)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	SCOPED(outbox_free)
	struct outbox *o = NULL;
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(REPORT_BODY_MAX);
	struct report_item item = {.attempt = INT32_MAX,
	                           .step = REPORT_DOWNLOADED,
	                           .counter = UINT32_MAX};
	struct err e;
	size_t n;

	begin();
	memset(item.plan, 'a', 64);
	memset(item.image, 'b', 64);
	memset(item.running, 'c', 64);
	memset(item.code, 'd', sizeof(item.code) - 1);
	ASSERT_OK(identity_ensure(&k, key_path(), &d.p, &d.rng.rng, &e));
	ASSERT_OK(outbox_open(&o, test_path("outbox"), INT64_C(1) << 40, &e));
	for (int i = 0; i < REPORT_BATCH_MAX; i++)
		ASSERT_OK(outbox_add(o, &item, &e));
	ASSERT_OK(outbox_body(&body, &n, o, FAKE_ID, REPORT_BATCH_MAX, &e));
	ASSERT_OK(identity_sign_report(&body, k, &e));
	ck_assert_uint_eq(n, REPORT_BATCH_MAX);
	end();
}

#include "config.h"

#include "server/store/devices.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

TEST(a_device_is_given_back_as_it_enrolled)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct device_row d = stock_device_row(1, stock_batch(s)), got;
	int64_t key = 0;
	struct err e;

	(void)snprintf(d.label, sizeof(d.label), "bench");
	memset(d.public_key, 7, 32);
	d.public_key_len = 32;
	ASSERT_OK(devices_add(&key, s, &d, &e));
	d.key = key;
	ASSERT_OK(devices_find_key(&got, s, key, &e));
	ck_assert_mem_eq(&got, &d, sizeof(d));
	ASSERT_ERR(devices_find_key(&got, s, 99, &e), ERR_NOT_FOUND);
	ASSERT_SAYS("device #99");
}

TEST(two_devices_share_neither_id_nor_token)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t batch = stock_batch(s);
	struct device_row one = stock_device_row(1, batch);
	struct device_row two = stock_device_row(2, batch);
	struct err e;

	ASSERT_OK(devices_add(NULL, s, &one, &e));
	memcpy(two.token_hash, one.token_hash, sizeof(two.token_hash));
	ASSERT_ERR(devices_add(NULL, s, &two, &e), ERR_CONFLICT);
	two = stock_device_row(2, batch);
	memcpy(two.id, one.id, sizeof(two.id));
	ASSERT_ERR(devices_add(NULL, s, &two, &e), ERR_CONFLICT);
}

TEST(a_device_of_no_batch_or_with_a_bad_id_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct device_row d = stock_device_row(1, 77);
	struct err e;

	ASSERT_ERR(devices_add(NULL, s, &d, &e), ERR_INVALID);
	d = stock_device_row(1, stock_batch(s));
	d.id[3] = 'G';
	ASSERT_ERR(devices_add(NULL, s, &d, &e), ERR_INVALID);
	d.id[3] = '\0';
	ASSERT_ERR(devices_add(NULL, s, &d, &e), ERR_INVALID);
}

TEST(a_device_enrols_again_only_before_its_first_check_in)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t batch = stock_batch(s);
	int64_t key = stock_device(s, 1, batch);
	struct device_row d = stock_device_row(1, stock_batch(s));
	struct device_running r = {.version = "1.0.0"};
	struct device_row got;
	struct err e;

	d.token_hash[0] = 1;
	memcpy(d.hw, (word){"b9"}, sizeof(d.hw));
	memcpy(d.region, (word){"jp"}, sizeof(d.region));
	memcpy(d.channel, (word){"lab"}, sizeof(d.channel));
	memset(d.public_key, 7, 32);
	d.public_key_len = 32;
	ASSERT_CODE(devices_enrol_again(s, key, &d, &e), "enrolled");
	d.batch = batch;
	ASSERT_OK(devices_enrol_again(s, key, &d, &e));
	ASSERT_OK(devices_find_key(&got, s, key, &e));
	d.key = key;
	ck_assert_mem_eq(&got, &d, sizeof(d));
	ASSERT_OK(devices_seen(s, key, STOCK_MS, &r, &e));
	d.token_hash[0] = 2;
	ASSERT_CODE(devices_enrol_again(s, key, &d, &e), "enrolled");
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
}

TEST(the_first_check_in_stays_and_the_last_only_rises)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_device(s, 1, stock_batch(s));
	struct device_running r = {.version = "1.0.0", .counter = UINT32_MAX};
	struct device_row got;
	struct err e;

	(void)snprintf(r.sha256, sizeof(r.sha256), "%s", stock_sha256(5));
	ASSERT_OK(devices_seen(s, key, 500, &r, &e));
	ASSERT_OK(devices_seen(s, key, 900, &r, &e));
	ASSERT_OK(devices_seen(s, key, 700, &r, &e));
	ASSERT_OK(devices_find_key(&got, s, key, &e));
	ck_assert_int_eq(got.first_checkin_ms, 500);
	ck_assert_int_eq(got.last_seen_ms, 900);
	ck_assert_mem_eq(&got.running, &r, sizeof(r));
	ASSERT_ERR(devices_seen(s, 99, 500, &r, &e), ERR_NOT_FOUND);
}

TEST(the_window_of_reports_is_kept_bit_for_bit)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_device(s, 1, stock_batch(s));
	struct device_window w = {
		.mark = INT64_C(9007199254740991),
		.bits = UINT64_C(0xf000000000000001),
		.hashes = {1, 0xffffffff, 0x01020304, 0x80000000},
	};
	struct device_row got;
	struct err e;

	ASSERT_OK(devices_set_window(s, key, &w, &e));
	ASSERT_OK(devices_find_key(&got, s, key, &e));
	ck_assert_mem_eq(&got.window, &w, sizeof(w));
	ASSERT_ERR(devices_set_window(s, 99, &w, &e), ERR_NOT_FOUND);
}

TEST(alarms_add_up_and_a_revocation_stays)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_device(s, 1, stock_batch(s));
	struct device_row got;
	struct err e;

	ASSERT_OK(devices_alarm(s, key, &e));
	ASSERT_OK(devices_alarm(s, key, &e));
	ASSERT_OK(devices_revoke(s, key, 5, &e));
	ASSERT_OK(devices_revoke(s, key, 6, &e));
	ASSERT_OK(devices_find_key(&got, s, key, &e));
	ck_assert_int_eq(got.clone_alarms, 2);
	ck_assert_int_eq(got.revoked_ms, 5);
	ASSERT_ERR(devices_alarm(s, 99, &e), ERR_NOT_FOUND);
	ASSERT_ERR(devices_revoke(s, 99, 1, &e), ERR_NOT_FOUND);
}

struct walk {
	int64_t keys[64];
	size_t n;
};

static int take(void *ctx, const struct device_row *d, struct err *e)
{
	struct walk *w = ctx;

	(void)e;
	w->keys[w->n++] = d->key;
	return 0;
}

TEST(devices_are_loaded_in_the_order_of_enrolment)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t batch = stock_batch(s);
	struct walk w = {0};
	struct err e;

	for (int n = 20; n > 0; n--)
		stock_device(s, n, batch);
	ASSERT_OK(devices_each(s, take, &w, &e));
	ck_assert_uint_eq(w.n, 20);
	for (size_t i = 1; i < w.n; i++)
		ck_assert_int_gt(w.keys[i], w.keys[i - 1]);
}

TEST(pages_of_devices_neither_repeat_nor_miss_while_others_enrol)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	const struct devices_filter all = {0};
	int64_t batch = stock_batch(s);
	struct walk w = {0};
	struct err e;

	for (int n = 1; n <= 10; n++)
		stock_device(s, n, batch);
	for (int64_t after = 0, n = 100; w.n < 13; after = w.keys[w.n - 1]) {
		ASSERT_OK(devices_page(s, &all, after, 3, take, &w, &e));
		if (n < 103)
			stock_device(s, (int)n++, batch);
	}
	for (size_t i = 0; i < w.n; i++)
		ck_assert_int_eq(w.keys[i], (int64_t)i + 1);
}

TEST(a_page_holds_only_what_was_asked_for)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	static const struct devices_filter filters[] = {
		{.product = "hat"},
		{.hw = "b2"},
		{.region = "us"},
		{.channel = "lab"},
		{"coat", "a7", "eu", "production"},
	};
	int64_t batch = stock_batch(s);
	struct err e;

	for (int n = 0; n < 5; n++) {
		struct device_row d = stock_device_row(n, batch);

		if (n == 0)
			(void)snprintf(d.product, sizeof(d.product), "hat");
		if (n == 1)
			(void)snprintf(d.hw, sizeof(d.hw), "b2");
		if (n == 2)
			(void)snprintf(d.region, sizeof(d.region), "us");
		if (n == 3)
			(void)snprintf(d.channel, sizeof(d.channel), "lab");
		ASSERT_OK(devices_add(NULL, s, &d, &e));
	}
	for (int64_t i = 0; i < 5; i++) {
		struct walk w = {0};

		ASSERT_OK(devices_page(s, &filters[i], 0, 10, take, &w, &e));
		ck_assert_uint_eq(w.n, 1);
		ck_assert_int_eq(w.keys[0], i + 1);
	}
}

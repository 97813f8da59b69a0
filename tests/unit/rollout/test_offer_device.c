/*
 * What only the device knows of itself: counter, past, battery, flash, owner
 * and windows.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/rollout/offer_rig.h"

TEST(the_security_counter_never_goes_back_nor_beyond_the_plan)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_LOW);
	r.device.counter = 0;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.fw.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_HIGH);
	ck_assert_int_eq(offer_why_check(r.offer.why), 4);
}

TEST(not_even_a_recall_lowers_the_counter)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.plan.kind = PLAN_RECALL;
	r.plan.n_from = 1;
	memcpy(r.plan.from[0], FIXTURE_RUNNING, SHA256_HEX_SIZE);
	seal(&r);
	r.device.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_LOW);
}

TEST(a_plan_once_confirmed_here_is_never_started_again)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char done[2][SHA256_HEX_SIZE] = {FIXTURE_RUNNING};

	begin(&r);
	memcpy(done[1], r.plan.sha256, SHA256_HEX_SIZE);
	r.device.confirmed_plans = (const char(*)[SHA256_HEX_SIZE])done;
	r.device.n_confirmed_plans = 1;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.n_confirmed_plans = 2;
	ASSERT_WHY(start(&r), OFFER_CONFIRMED_BEFORE);
}

TEST(a_low_battery_defers)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.battery_pct = 30;
	r.device.battery_pct = 29;
	ASSERT_WHY(start(&r), OFFER_BATTERY);
	ck_assert(offer_why_defers(r.offer.why));
	ASSERT_WHY(activate(&r), OFFER_BATTERY);
	r.device.battery_pct = 30;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.battery_pct = -1;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(little_flash_defers_a_start_only)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.flash_free_bytes = 4096;
	r.device.flash_free_bytes = 4095;
	ASSERT_WHY(start(&r), OFFER_FLASH);
	ASSERT_WHY(activate(&r), OFFER_YES);
	r.device.flash_free_bytes = -1;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(an_owner_is_asked_where_the_release_says_so)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.consent = FW_OPT_IN;
	ASSERT_WHY(start(&r), OFFER_CONSENT);
	r.device.consent_given = true;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.consent_given = false;
	r.fw.consent = FW_MANDATORY;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(a_window_opens_on_its_days_also_past_midnight)
{
	/* Mondays and Fridays. */
	static const struct {
		int32_t start_s, end_s, local_s;
		int weekday;
		bool open;
	} rows[] = {
		/* clang-format off */
		{ 3600, 7200,  3599, 0, false},
		{ 3600, 7200,  3600, 0, true},
		{ 3600, 7200,  7199, 4, true},
		{ 3600, 7200,  7200, 4, false},
		{ 3600, 7200,  5000, 1, false},
		{79200, 7200, 79200, 0, true},
		{79200, 7200, 79199, 0, false},
		{79200, 7200,  7199, 1, true},
		{79200, 7200,  7200, 1, false},
		{79200, 7200,  7199, 0, false},
		{79200, 7200,     0, 5, true},
		{    0, 86400, 86399, 4, true},
		/* clang-format on */
	};
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.has_window = true;
	r.fw.window_days = 1 << 0 | 1 << 4;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		r.fw.window_start_s = rows[i].start_s;
		r.fw.window_end_s = rows[i].end_s;
		r.device.local_s = rows[i].local_s;
		r.device.local_weekday = rows[i].weekday;
		ASSERT_WHY(start(&r), rows[i].open ? OFFER_YES : OFFER_WINDOW);
	}
}

TEST(who_does_not_know_the_device_skips_what_only_it_knows)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.known = false;
	r.fw.battery_pct = 30;
	r.device.battery_pct = 0;
	r.fw.consent = FW_OPT_IN;
	r.fw.has_window = true;
	r.fw.window_days = 1;
	r.fw.window_end_s = 1;
	r.device.local_s = 50000;
	r.fw.flash_free_bytes = 4096;
	r.device.flash_free_bytes = 0;
	ASSERT_WHY(start(&r), OFFER_YES);
}

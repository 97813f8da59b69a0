#include "config.h"

#include "device/boot.h"
#include "lib/base/fs.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N ((size_t)5000)

static struct provision provision;
static struct slots slots;
static struct records *store;
static struct device_state *s;
static char new_sha256[SHA256_HEX_SIZE];

/* The hook: an image in the list does not come up. */
static const char *bad_image;
static int boots_asked;

static bool boots(void *ctx, const char *image)
{
	(void)ctx;
	boots_asked++;
	return bad_image == NULL || strcmp(bad_image, image) != 0;
}

static const struct boot_hook hook = {boots, NULL};

/* Power off and on. */
static enum boot_outcome power_on(void)
{
	enum boot_outcome out;
	bool fresh;
	struct err e;

	records_free(store);
	ASSERT_OK(records_open(&store, &fresh, test_dir(), &e));
	s = records_state(store);
	ASSERT_OK(boot_power_on(&out, store, &slots, &hook, &e));
	return out;
}

static void install(uint32_t counter)
{
	const char *bytes = fake_bytes(N, 7);
	struct state_slot *slot = &s->slots[state_spare(s)];
	struct err e;

	ASSERT_OK(slots_erase(&slots, state_spare(s), &e));
	ASSERT_OK(slots_write(&slots, state_spare(s), 0, bytes, N, &e));
	hash_sha256_hex(new_sha256, bytes, N);
	*slot = (struct state_slot){.fill = SLOT_READY,
	                            .length = (int64_t)N,
	                            .counter = counter,
	                            .version = "2.0.0"};
	(void)snprintf(slot->sha256, sizeof(slot->sha256), "%s", new_sha256);
	ASSERT_OK(records_save(store, &e));
}

static void new_device(void)
{
	struct err e;
	bool fresh;

	fake_provision(&provision, 'f', 3000);
	slots_init(&slots, test_dir());
	ASSERT_OK(slots_fill(&slots, 0, provision.image.file, &e));
	ASSERT_OK(records_open(&store, &fresh, test_dir(), &e));
	s = records_state(store);
	state_init(s, &provision);
	ASSERT_OK(records_save(store, &e));
}

static void switch_over(int64_t tries)
{
	struct err e;

	boot_switch(s, tries);
	ASSERT_OK(records_save(store, &e));
}

static void done(void)
{
	records_free(store);
	slots_fini(&slots);
	provision_fini(&provision);
}

TEST(a_device_boots_its_good_slot)
{
	new_device();
	ck_assert_int_eq(power_on(), BOOT_ACTIVE);
	ck_assert_int_eq(power_on(), BOOT_ACTIVE);
	ck_assert_int_eq(s->boot.active, 0);
	done();
}

TEST(a_trial_that_is_confirmed_becomes_the_good_slot)
{
	struct err e;

	new_device();
	install(3);
	switch_over(2);
	ck_assert_int_eq(power_on(), BOOT_TRIAL);
	/* Check 4: the counter rises only after confirm. */
	ck_assert_uint_eq(s->counter, 1);
	boot_confirm(s);
	ASSERT_OK(records_save(store, &e));
	ck_assert_uint_eq(s->counter, 3);
	ck_assert_int_eq(power_on(), BOOT_ACTIVE);
	ck_assert_int_eq(s->boot.active, 1);
	ck_assert_str_eq(s->slots[1].sha256, new_sha256);
	done();
}

TEST(a_trial_that_is_never_confirmed_is_given_up_after_its_tries)
{
	new_device();
	install(2);
	switch_over(3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(power_on(), BOOT_TRIAL);
	ck_assert_int_eq(power_on(), BOOT_REVERTED);
	ck_assert_str_eq(s->boot.revert_code, "not_confirmed");
	ck_assert_uint_eq(s->counter, 1);
	ck_assert_int_eq(power_on(), BOOT_ACTIVE);
	ck_assert_int_eq(s->boot.active, 0);
	done();
}

TEST(an_image_that_does_not_come_up_is_tried_so_often_and_given_up)
{
	new_device();
	install(2);
	switch_over(3);
	bad_image = new_sha256;
	boots_asked = 0;
	ck_assert_int_eq(power_on(), BOOT_REVERTED);
	ck_assert_int_eq(boots_asked, 3 + 1); /* and the good one */
	ck_assert_str_eq(s->boot.revert_code, "boot_failed");
	ck_assert_int_eq(s->boot.active, 0);
	done();
}

TEST(check_11_the_boot_loader_hashes_what_it_starts)
{
	struct err e;

	new_device();
	install(2);
	switch_over(3);
	ASSERT_OK(slots_write(&slots, 1, 77, "!", 1, &e));
	boots_asked = 0;
	ck_assert_int_eq(power_on(), BOOT_REVERTED);
	ck_assert_str_eq(s->boot.revert_code, "slot_hash");
	ck_assert_int_eq(boots_asked, 1); /* the good one alone */
	done();
}

TEST(check_4_the_boot_loader_starts_nothing_below_the_counter)
{
	struct err e;

	new_device();
	s->counter = 5;
	s->slots[0].counter = 5;
	install(4);
	switch_over(3);
	ck_assert_int_eq(power_on(), BOOT_REVERTED);
	ck_assert_str_eq(s->boot.revert_code, "counter_low");
	ASSERT_OK(records_save(store, &e));
	done();
}

TEST(a_spoilt_good_slot_falls_back_to_one_that_was_confirmed_before)
{
	struct err e;

	new_device();
	install(1);
	switch_over(1);
	ck_assert_int_eq(power_on(), BOOT_TRIAL);
	boot_confirm(s);
	ASSERT_OK(records_save(store, &e));
	ASSERT_OK(slots_write(&slots, 1, 0, "!", 1, &e));
	ck_assert_int_eq(power_on(), BOOT_FALLBACK);
	ck_assert_int_eq(s->boot.active, 0);
	ck_assert_int_eq(power_on(), BOOT_ACTIVE);
	done();
}

/* Its bytes are right, but no grant let it start. */
TEST(an_installed_image_nobody_activated_is_no_spare_tyre)
{
	enum boot_outcome out;
	struct err e;

	new_device();
	install(2);
	ASSERT_OK(slots_write(&slots, 0, 0, "!", 1, &e));
	ASSERT_CODE(boot_power_on(&out, store, &slots, &hook, &e), "no_boot");
	done();
}

static int fail_sync(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	(void)path;
	return op == FS_SYNC ? EIO : 0;
}

/* Else a crashing image would have tries without end. */
TEST(a_try_is_counted_on_the_disk_before_it_is_made)
{
	enum boot_outcome out;
	struct err e;

	new_device();
	install(2);
	switch_over(3);
	boots_asked = 0;
	fs_set_hook(fail_sync, NULL);
	ASSERT_ERR(boot_power_on(&out, store, &slots, &hook, &e), ERR_IO);
	fs_set_hook(NULL, NULL);
	ck_assert_int_eq(boots_asked, 0);
	ck_assert_int_eq(power_on(), BOOT_TRIAL);
	ck_assert_int_le(s->boot.tries_left, 2);
	done();
}

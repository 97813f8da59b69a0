#include "config.h"

#include "tests/unit/device/checks.h"

TEST(check_1_nothing_listed_in_targets_itself_counts)
{
	static const char *const paths[][2] = {
		{"rollout.band", "rollout/band/production.json"},
		{"plans.band", "plan/band/spring.1.json"},
		{"releases.band", "fw/band/2.1.0_app.bin"}};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		prepare();
		fake_server_publish(f);
		move_entry(paths[i][0], "targets", paths[i][1]);
		fake_device_new(&d, f);
		fake_device_run(&d);
		assert_stays("wrong_role");
		ck_assert_str_eq(f->last_alarm, "wrong_role");
		end();
	}
}

TEST(check_1_a_sub_delegation_does_not_count)
{
	prepare();
	fake_server_publish(f);
	tuf_repo_delegate(f->repo, "plans.band", "helper", "plan/band/*", true,
	                  25);
	move_entry("plans.band", "helper", "plan/band/spring.1.json");
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_stays("wrong_role");
	ck_assert_ptr_nonnull(
		strstr(fake_device_look(&d).problem, "listed by helper"));
	end();
}

/* The rollout key signs a plan of its own: nobody delegated plan/ to it. */
TEST(check_1_the_rollout_key_cannot_list_a_plan)
{
	prepare();
	fake_server_publish(f);
	move_entry("plans.band", "rollout.band", "plan/band/spring.1.json");
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_stays("not_listed");
	end();
}

static void split_releases(const char *prefix)
{
	struct tuf_succinct *s;
	char bin[TUF_ROLE_MAX];

	tuf_repo_split(f->repo, "releases.band", prefix, 2, 15);
	s = &tuf_repo_role(f->repo, "releases.band")->succinct;
	tuf_succinct_bin(bin, s, f->plan.release_path);
	fake_server_publish(f);
	move_entry("releases.band", bin, f->plan.release_path);
}

TEST(check_1_a_declared_bin_of_the_releases_counts)
{
	prepare();
	split_releases("releases.band.bin");
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_updated();
	end();
}

TEST(check_1_a_bin_by_another_name_does_not_count)
{
	prepare();
	split_releases("other.bin");
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_stays("wrong_role");
	end();
}

/* The state names other bytes than the plans' role lists. */
TEST(check_2_the_plan_is_the_one_the_state_names)
{
	SCOPED(free)
	char *state = NULL;

	prepare();
	fake_server_publish(f);
	memset(f->state.rules[0].plan_sha256, 'a', 64);
	state = fixture_state_text(&f->state);
	fake_server_put(f, "rollout.band", "rollout/band/production.json",
	                state, strlen(state), NULL);
	tuf_repo_publish_all(f->repo);
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_stays("entry_mismatch");
	ck_assert_str_eq(fake_server_steps(f), "refused:entry_mismatch");
	end();
}

TEST(check_2_the_release_is_the_one_the_plan_names)
{
	SCOPED(free)
	char *fw = NULL;

	prepare();
	fake_server_publish(f);
	fw = fixture_fw_text(&f->fw);
	fake_server_put(f, "releases.band", f->plan.release_path,
	                fake_bytes(FAKE_IMAGE_BYTES, 43), FAKE_IMAGE_BYTES, fw);
	tuf_repo_publish_all(f->repo);
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_stays("entry_mismatch");
	end();
}

TEST(check_2_the_release_has_the_length_the_plan_names)
{
	prepare();
	f->plan.release_length--;
	look();
	assert_stays("entry_mismatch");
	ck_assert_ptr_nonnull(strstr(fake_device_look(&d).problem, "20000"));
	end();
}

TEST(check_2_every_document_is_of_the_pinned_repository)
{
	static const char other[] = "ffffffffffffffffffffffffffffffff";

	for (int i = 0; i < 4; i++) {
		prepare();
		if (i == 0)
			memcpy(f->state.head.repo, other, sizeof(other));
		else if (i == 1)
			memcpy(f->plan.head.repo, other, sizeof(other));
		else if (i == 2)
			memcpy(f->fw.head.repo, other, sizeof(other));
		else
			memcpy(f->repo->root.repo, other, sizeof(other));
		if (i == 3)
			tuf_repo_publish(f->repo, "root");
		look();
		assert_stays("wrong_repo");
		end();
	}
}

TEST(check_9_no_answer_changes_what_a_device_is)
{
	prepare();
	f->in_answer = "\"hw\":\"c1\",\"region\":\"us\",\"channel\":\"lab\","
		       "\"product\":\"x\",\"repo\":\"y\",\"clock\":\"none\","
		       "\"id\":\"0\",\"poll_min_s\":1,\"root_pin\":\"z\"";
	f->plan.hw.n = 0;
	f->plan.hw.n = 1;
	word_set(f->plan.hw.w[0], "c1");
	look();
	assert_stays("no_rule");
	fake_device_next(&d);
	assert_stays("no_rule");
	end();
}

TEST(check_9_a_state_of_another_channel_or_product_is_refused)
{
	prepare();
	word_set(f->state.channel, "canary");
	look();
	assert_stays("wrong_channel");
	end();
}

TEST(check_9_a_state_of_another_product_is_refused)
{
	prepare();
	(void)snprintf(f->state.head.product, sizeof(f->state.head.product),
	               "other");
	(void)snprintf(f->plan.head.product, sizeof(f->plan.head.product),
	               "band");
	look();
	ck_assert_int_eq(f->wants, 0);
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	end();
}

TEST(check_9_hardware_and_region_are_those_of_the_record)
{
	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	word_set(d.p.hw, "z9");
	fake_device_run(&d);
	assert_stays("no_rule");
	end();
}

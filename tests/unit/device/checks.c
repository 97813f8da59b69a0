#include "config.h"

#include "tests/unit/device/checks.h"

struct fake_server *f;
struct fake_device d;

const char *in_device(const char *name)
{
	return test_keep(fs_join(d.dir, name));
}

void prepare(void)
{
	f = fake_server_new();
}

void look(void)
{
	fake_server_publish(f);
	fake_device_new(&d, f);
	fake_device_run(&d);
}

void again(void)
{
	fake_server_publish(f);
	fake_device_next(&d);
}

void end(void)
{
	fake_device_free(&d);
	fake_server_free(f);
}

void assert_updated(void)
{
	ck_assert_msg(fake_device_is_updated(&d), "%s: %s", buf_str(&d.events),
	              d.last_text);
}

void assert_old_image(void)
{
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
}

void assert_stays(const char *code)
{
	struct agent_view v = fake_device_look(&d);
	const char *got =
		v.alarm[0] != '\0' ? v.alarm : offer_why_code(v.offer.why);

	ck_assert_str_eq(v.running_sha256, d.p.image.sha256);
	ck_assert_int_eq(v.phase, ATTEMPT_NONE);
	ck_assert_int_eq(f->wants, 0);
	ck_assert_msg(strcmp(got, code) == 0, "%s instead of %s: %s", got, code,
	              v.alarm[0] ? v.problem : v.offer.text);
}

void move_entry(const char *from, const char *to, const char *path)
{
	struct tuf_targets *t = tuf_repo_role(f->repo, from);
	struct tuf_target e = *tuf_targets_find(t, path);

	tuf_targets_put(tuf_repo_role(f->repo, to), path, e.length, e.sha256,
	                e.custom);
	ck_assert(tuf_targets_remove(tuf_repo_role(f->repo, from), path));
	tuf_repo_publish_all(f->repo);
}

void halt_here(void)
{
	state_rule_halt(&f->state.rules[0], "a7", "*");
}

void lift_here(void)
{
	free(f->state.rules[0].halted);
	f->state.rules[0].halted = NULL;
	f->state.rules[0].n_halted = 0;
}

void rotate_listings(void)
{
	static const unsigned keys[] = {40, 41};

	tuf_repo_set_keys(f->repo, TUF_TIMESTAMP, 1, &keys[0], 1);
	tuf_repo_set_keys(f->repo, TUF_SNAPSHOT, 1, &keys[1], 1);
	tuf_repo_publish(f->repo, "root");
}

#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/commands.h"
#include "repo-tools/folder/keyring.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <string.h>
#include <sys/stat.h>

static struct err e;

#define REPO "00112233445566778899aabbccddeeff"

/* Two keys of one role in test_dir()/keys, both opened by "one". */
static void make_keys(struct keyring *ring)
{
	const char *dir = test_path("keys");
	struct keyring_wish wish = {.dir = dir,
	                            .repo = REPO,
	                            .role = "releases.coat",
	                            .label = "alice",
	                            .numbered = true,
	                            .passphrase = "one",
	                            .cost = &secretfile_cost_light};

	key_library_init();
	ASSERT_OK(keyring_make(ring, &wish, &rng_system, &e));
	wish.label = "bob";
	ASSERT_OK(keyring_make(ring, &wish, &rng_system, &e));
	wish = (struct keyring_wish){
		.dir = dir, .repo = REPO, .role = "snapshot", .label = ""};
	ASSERT_OK(keyring_make(ring, &wish, &rng_system, &e));
}

static void write_pass(const char *name, const char *text)
{
	ASSERT_OK(fs_write(test_path(name), text, strlen(text), 0600, &e));
}

TEST(new_keys_are_numbered_and_found_again)
{
	SCOPED(keyring_fini)
	struct keyring made = {0};
	SCOPED(keyring_fini)
	struct keyring found = {0};

	make_keys(&made);
	ASSERT_OK(fs_write(test_path("keys/README"), "x", 1, 0644, &e));
	ASSERT_OK(keyring_add_dir(&found, test_path("keys"), &e));
	ck_assert_uint_eq(found.len, 3);
	ck_assert(strstr(found.items[0].path, "/releases.coat.1.key") != NULL);
	ck_assert_str_eq(found.items[0].info.label, "alice");
	ck_assert(strstr(found.items[1].path, "/releases.coat.2.key") != NULL);
	ck_assert(strstr(found.items[2].path, "/snapshot.key") != NULL);
	ck_assert(!found.items[2].info.encrypted);
	ck_assert_str_eq(found.items[1].info.public.id,
	                 made.items[1].info.public.id);
	ASSERT_OK(keyring_add_dir(&found, test_path("nowhere"), &e));
	ck_assert_uint_eq(found.len, 3);
}

TEST(a_key_file_others_can_touch_is_refused_with_all_its_folder)
{
	SCOPED(keyring_fini)
	struct keyring made = {0};
	SCOPED(keyring_fini)
	struct keyring found = {0};

	make_keys(&made);
	ck_assert_int_eq(chmod(made.items[1].path, 0640), 0);
	ASSERT_CODE(keyring_add_dir(&found, test_path("keys"), &e),
	            "insecure_mode");
	ASSERT_SAYS("releases.coat.2.key: mode is 0640");
}

TEST(a_linked_key_file_is_refused)
{
	SCOPED(keyring_fini)
	struct keyring made = {0};
	SCOPED(keyring_fini)
	struct keyring found = {0};

	make_keys(&made);
	ck_assert_int_eq(symlink(made.items[0].path, test_path("a.key")), 0);
	ASSERT_CODE(keyring_add(&found, test_path("a.key"), &e),
	            "insecure_mode");
	ASSERT_SAYS("symbolic link");
}

TEST(a_key_is_shown_and_its_passphrase_changed)
{
	SCOPED(keyring_fini)
	struct keyring made = {0};
	struct tool t;

	make_keys(&made);
	write_pass("one", "one\n");
	write_pass("two", "two\n");
	tool_init(&t, &commands_pawl_repo);
	ASSERT_EXIT(&t, tool_line(&t, "key show %s", made.items[0].path), 0);
	ASSERT_PRINTS(&t, "releases.coat");
	ASSERT_PRINTS(&t, made.items[0].info.public.id);
	ASSERT_EXIT(&t, tool_line(&t, "key show --json %s", made.items[0].path),
	            0);
	ASSERT_PRINTS(&t, "\"label\":\"alice\"");
	for (int i = 0; i < 2; i++) {
		/* The second time "one" no longer opens it. */
		tool_line(&t,
		          "key passwd %s --passphrase-file %s "
		          "--new-passphrase-file %s --kdf light",
		          made.items[0].path, test_path("one"),
		          test_path("two"));
		ck_assert_int_eq(t.code, i == 0 ? CLI_OK : CLI_PERMISSION);
	}
	ASSERT_COMPLAINS(&t, "the passphrase does not open this key "
	                     "(wrong_passphrase)");
	tool_fini(&t);
}

TEST(a_passphrase_is_needed_and_nobody_is_asked_in_a_script)
{
	SCOPED(keyring_fini)
	struct keyring made = {0};
	struct tool t;

	make_keys(&made);
	tool_init(&t, &commands_pawl_repo);
	ASSERT_EXIT(&t, tool_line(&t, "key passwd %s", made.items[0].path),
	            CLI_PERMISSION);
	ASSERT_COMPLAINS(&t, "give --passphrase-file (passphrase_needed)");
	ASSERT_EXIT(&t, tool_line(&t, "key show %s", test_path("no.key")),
	            CLI_NOT_FOUND);
	tool_fini(&t);
}

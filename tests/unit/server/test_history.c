#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/history.h"
#include "server/store/db.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

static struct server *with_a_past(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
	(void)server_start(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	server_tick(s, 9 * 3600 * 1000);
	return s;
}

/* What somebody with the database in his hands can do. */
static void tamper(const struct server *s, const char *script)
{
	SCOPED(free)
	char *path = fs_join(s->data_dir, "pawl.db");
	struct db *d = NULL;
	struct err e;

	ASSERT_OK(db_open(&d, path, &e));
	ASSERT_OK(db_exec(d,
	                  "DROP TRIGGER IF EXISTS metadata_not_changed;"
	                  "DROP TRIGGER IF EXISTS metadata_not_removed;",
	                  &e));
	ASSERT_OK(db_exec(d, script, &e));
	db_close(d);
}

TEST(every_version_that_was_ever_issued_is_replayed)
{
	SCOPED(server_free)
	struct server *s = with_a_past();
	struct replay_counts n = {0};
	struct err e;

	ASSERT_OK(history_verify(&n, s->data_dir, &e));
	ck_assert_int_eq(n.root, 2);
	/* root, targets, releases, plans, rollout, snapshot, timestamp */
	ck_assert_uint_eq(n.roles, 7);
	ck_assert_uint_ge(n.versions, 2 + 1 + 1 + 2 + 3 + 3 + 3);
	server_crash(s);
	ASSERT_OK(history_verify(&n, s->data_dir, &e));
}

TEST(a_data_directory_that_never_published_has_nothing_to_verify)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct replay_counts n = {0};
	struct err e;

	ASSERT_CODE(history_verify(&n, s->data_dir, &e), "nothing_published");
	ASSERT_SAYS("there is nothing to verify");
}

TEST(a_version_with_other_bytes_is_found)
{
	/* The first only moves a blank, which no signature covers. */
	static const char *const scripts[] = {
		"UPDATE metadata SET bytes = CAST(replace(CAST(bytes AS TEXT), "
		"'\"version\":1', '\"version\":1 ') AS BLOB) "
		"WHERE role = 'plans.band' AND version = 1",
		"UPDATE metadata SET bytes = CAST(replace(CAST(bytes AS TEXT), "
		"'spring', 'sprung') AS BLOB) "
		"WHERE role = 'plans.band' AND version = 1",
		"UPDATE metadata SET bytes = (SELECT bytes FROM metadata "
		"WHERE role = 'plans.band' AND version = 2) "
		"WHERE role = 'plans.band' AND version = 1",
	};
	static const char both[] =
		"UPDATE metadata SET (bytes, sha256) = (SELECT bytes, sha256 "
		"FROM metadata WHERE role = 'plans.band' AND version = 2) "
		"WHERE role = 'plans.band' AND version = 1";
	struct replay_counts n;
	struct err e;

	SCOPED(server_free)
	struct server *s = with_a_past();

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		tamper(s, scripts[i]);
		ASSERT_CODE(history_verify(&n, s->data_dir, &e), "reissued");
		ASSERT_SAYS("plans.band: version 1");
	}
	tamper(s, both);
	ASSERT_CODE(history_verify(&n, s->data_dir, &e), "version");
}

TEST(a_version_that_a_snapshot_lists_cannot_be_taken_out)
{
	SCOPED(server_free)
	struct server *s = with_a_past();
	struct replay_counts n;
	struct err e;

	tamper(s, "DELETE FROM metadata WHERE role = 'plans.band' AND "
	          "version = 1");
	ASSERT_CODE(history_verify(&n, s->data_dir, &e), "missing");
	ASSERT_SAYS("plans.band");
}

TEST(a_target_that_rotted_on_the_disk_is_found)
{
	SCOPED(server_free)
	struct server *s = with_a_past();
	char sha256[SHA256_HEX_SIZE];
	struct replay_counts n;
	struct err e;

	hash_sha256_hex(sha256, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	SCOPED(free)
	char *path = xasprintf("%s/blobs/%.2s/%s", s->data_dir, sha256, sha256);
	ASSERT_OK(fs_write(path, "release 2.1.1", strlen(SERVER_FIRMWARE), 0640,
	                   &e));
	ASSERT_CODE(history_verify(&n, s->data_dir, &e), "mismatch");
	ASSERT_SAYS(SERVER_FW_PATH);
}

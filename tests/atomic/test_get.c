/*
 * The same for whoever downloads: what `pawl-get` leaves when it is killed or
 * the power fails at any step, also beside another one of its kind.
 */
#include "config.h"

#include "get/store.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/atomic/crashes.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <string.h>

#define CONTENT "the bytes of the application"

static struct mirror mirror;
static struct get get;
static struct disk_log disk;

static void begin(void)
{
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	disk_log_begin(&disk, test_path("disk"));
	mirror_init(&mirror);
	mirror_add(&mirror, "targets", "app", CONTENT);
	tuf_repo_publish_all(mirror.repo);
	get = mirror_client(&mirror, test_path("disk"));
}

static void end(void)
{
	mirror_fini(&mirror);
	disk_log_fini(&disk);
}

static void enter(const char *folder)
{
	get.metadata_dir = fs_join(folder, "md");
	get.target_dir = fs_join(folder, "files");
}

/* ---- The store ---- */

static bool holds(const char *name, const char *served)
{
	const char *text = file_text(get.metadata_dir, name);
	const struct tuf_repo_file *f = tuf_repo_served(mirror.repo, served);

	return text != NULL && strlen(text) == f->len &&
	       memcmp(text, f->bytes, f->len) == 0;
}

/* Of each role the old file or the new one, and when it was answered the new
 * one: a rollback is measured by them. */
static int check_stored(bool answered, struct err *e)
{
	static const struct {
		const char *stored, *was, *is;
	} files[] = {
		{"root.json", "1.root.json", "2.root.json"},
		{"snapshot.json", "2.snapshot.json", "3.snapshot.json"},
		{"targets.json", "2.targets.json", "3.targets.json"},
		{"timestamp.json", "was.timestamp.json", "timestamp.json"},
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!holds(files[i].stored, files[i].is) &&
		    (answered || !holds(files[i].stored, files[i].was)))
			return err_set(e, ERR_INTERNAL, "%s is neither",
			               files[i].stored);
	return 0;
}

/* A refreshed store, and then a new root and a new version of each role. */
static void publish_anew(void)
{
	const struct tuf_repo_file *was =
		tuf_repo_served(mirror.repo, "timestamp.json");

	tuf_repo_serve(mirror.repo, "was.timestamp.json", was->bytes, was->len);
	tuf_repo_publish(mirror.repo, "root");
	tuf_repo_publish_all(mirror.repo);
}

static int refresh(struct err *e)
{
	struct get_versions v;

	return get_refresh(&v, &get, e);
}

static int judge_refresh(const struct crashes *c, const char *folder,
                         size_t point, struct err *e)
{
	enter(folder);
	if (check_stored(crashes_answered(c, point), e) != 0 || refresh(e) != 0)
		return -1;
	return check_stored(true, e);
}

static int refresh_again(const struct crashes *c, const char *folder,
                         size_t point, struct err *e)
{
	(void)c;
	(void)point;
	enter(folder);
	return refresh(e);
}

TEST(a_store_is_whole_and_never_goes_back_in_any_crash)
{
	struct crashes c = {.name = "refresh",
	                    .log = &disk,
	                    .judge = judge_refresh,
	                    .again = refresh_again};
	struct err e;

	begin();
	ASSERT_OK(refresh(&e));
	publish_anew();
	c.first = disk.ops.len;
	ASSERT_OK(refresh(&e));
	crashes_survived(&c);
	end();
}

/* ---- The first root ---- */

static int init(struct err *e)
{
	const struct tuf_repo_file *f =
		tuf_repo_served(mirror.repo, "1.root.json");

	return store_init(get.metadata_dir, "given.json", f->bytes, f->len, e);
}

static int check_begun(bool answered, struct err *e)
{
	const char *text = file_text(get.metadata_dir, "root.json");

	if (text == NULL && !answered)
		return 0;
	return holds("root.json", "1.root.json")
	               ? 0
	               : err_set(e, ERR_INTERNAL, "root.json is not 1's");
}

static int judge_init(const struct crashes *c, const char *folder, size_t point,
                      struct err *e)
{
	enter(folder);
	if (check_begun(crashes_answered(c, point), e) != 0 || init(e) != 0)
		return -1;
	return check_begun(true, e);
}

static int init_again(const struct crashes *c, const char *folder, size_t point,
                      struct err *e)
{
	(void)c;
	(void)point;
	enter(folder);
	return init(e);
}

TEST(a_store_that_was_begun_stays_begun_in_any_crash)
{
	struct crashes c = {.name = "init",
	                    .log = &disk,
	                    .judge = judge_init,
	                    .again = init_again};
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	disk_log_begin(&disk, test_path("disk"));
	mirror_init(&mirror);
	enter(test_path("disk"));
	c.first = disk.ops.len;
	ASSERT_OK(init(&e));
	crashes_survived(&c);
	end();
}

/* ---- Files ---- */

/* Under its name with all its bytes or not at all; and when it was answered,
 * there, with nothing beside it. */
static int check_files(bool answered, struct err *e)
{
	const char *got = file_text(get.target_dir, "app");
	const char *names;

	if (got != NULL && strcmp(got, CONTENT) != 0)
		return err_set(e, ERR_INTERNAL, "app: has other bytes");
	if (!answered)
		return 0;
	if (got == NULL)
		return err_set(e, ERR_INTERNAL, "app: is gone");
	names = names_in(get.target_dir);
	return strcmp(names, "app") == 0
	               ? 0
	               : err_set(e, ERR_INTERNAL, "beside it: %s", names);
}

static int download(struct err *e)
{
	const char *path = "app";

	return get_download(&get, &path, 1, e);
}

static int judge_download(const struct crashes *c, const char *folder,
                          size_t point, struct err *e)
{
	enter(folder);
	if (check_files(crashes_answered(c, point), e) != 0 || download(e) != 0)
		return -1;
	return check_files(true, e);
}

static int download_again(const struct crashes *c, const char *folder,
                          size_t point, struct err *e)
{
	(void)c;
	(void)point;
	enter(folder);
	return download(e);
}

TEST(a_download_has_its_name_with_all_its_bytes_in_any_crash)
{
	struct crashes c = {.name = "download",
	                    .log = &disk,
	                    .judge = judge_download,
	                    .again = download_again};
	struct err e;

	begin();
	ASSERT_OK(refresh(&e));
	c.first = disk.ops.len;
	ASSERT_OK(download(&e));
	crashes_survived(&c);
	end();
}

/* ---- A file that is rejected ---- */

static void serve(const char *content)
{
	for (size_t i = 0; i < mirror.files.len; i++)
		mirror_serve(&mirror, mirror.files.items[i].name, content);
}

static int be_refused(struct err *e)
{
	struct err why = {0};

	if (download(&why) == 0 || why.kind != ERR_UNTRUSTED)
		return err_set(e, ERR_INTERNAL, "other bytes are taken: %s",
		               why.msg);
	return 0;
}

static int check_gone(struct err *e)
{
	const char *names = names_in(get.target_dir);

	return *names == '\0' ? 0
	                      : err_set(e, ERR_INTERNAL, "it stays: %s", names);
}

/* Whatever was left of it: never its name, never in the way of the right one,
 * and gone when that is there. */
static int judge_rejected(const struct crashes *c, const char *folder,
                          size_t point, struct err *e)
{
	enter(folder);
	if (file_text(get.target_dir, "app") != NULL)
		return err_set(e, ERR_INTERNAL, "a rejected file has a name");
	if ((crashes_answered(c, point) && check_gone(e) != 0) ||
	    be_refused(e) != 0 || check_gone(e) != 0)
		return -1;
	serve(CONTENT);
	return download(e) == 0 ? check_files(true, e) : -1;
}

static int rejected_again(const struct crashes *c, const char *folder,
                          size_t point, struct err *e)
{
	(void)c;
	(void)point;
	enter(folder);
	return be_refused(e);
}

TEST(a_rejected_file_never_has_its_name_and_never_stays_in_any_crash)
{
	struct crashes c = {.name = "rejected",
	                    .log = &disk,
	                    .judge = judge_rejected,
	                    .again = rejected_again};
	struct err e;

	begin();
	serve("the bytes of somebody's choice");
	ASSERT_OK(refresh(&e));
	ASSERT_OK(fs_mkdir(test_path("disk/files"), 0755, &e));
	c.first = disk.ops.len;
	ASSERT_OK(be_refused(&e));
	crashes_survived(&c);
	end();
}

/* ---- Two of them on one store ---- */

/* While the first waits for its file, the store is another's, which finds a
 * newer root and newer roles. */
static void refresh_beside(struct mirror *m)
{
	struct err e;

	(void)m;
	publish_anew();
	ASSERT_OK(refresh(&e));
}

static int judge_both(const struct crashes *c, const char *folder, size_t point,
                      struct err *e)
{
	enter(folder);
	if (check_stored(crashes_answered(c, point), e) != 0 ||
	    judge_download(c, folder, point, e) != 0)
		return -1;
	return check_stored(true, e);
}

TEST(two_on_one_store_leave_it_whole_and_newest_in_any_crash)
{
	struct crashes c = {.name = "two at once",
	                    .log = &disk,
	                    .judge = judge_both,
	                    .again = download_again};
	struct err e;

	begin();
	ASSERT_OK(refresh(&e));
	c.first = disk.ops.len;
	mirror.during = refresh_beside;
	mirror.during_at = 5;
	ASSERT_OK(download(&e));
	ck_assert(tuf_repo_served(mirror.repo, "2.root.json") != NULL);
	crashes_survived(&c);
	end();
}

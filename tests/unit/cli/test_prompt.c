#include "config.h"

#include "cli/prompt.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

static struct err e;

TEST(the_first_line_of_a_private_file_is_the_passphrase)
{
	struct passphrase p = {0};
	const char *path = test_path("pass");

	ASSERT_OK(fs_write(path, "open sesame\r\nsecond\n", 20, 0600, &e));
	ASSERT_OK(passphrase_read(&p, path, &e));
	ck_assert_str_eq(p.text, "open sesame");
	passphrase_fini(&p);
	ck_assert_str_eq(p.text, "");
}

TEST(a_passphrase_file_must_be_private_and_full)
{
	struct passphrase p = {0};
	const char *path = test_path("pass");
	char huge[PASSPHRASE_MAX + 10];

	memset(huge, 'x', sizeof(huge));
	ASSERT_ERR(passphrase_read(&p, path, &e), ERR_NOT_FOUND);
	ASSERT_OK(fs_write(path, "x\n", 2, 0640, &e));
	ck_assert_int_eq(chmod(path, 0640), 0);
	ASSERT_CODE(passphrase_read(&p, path, &e), "insecure_mode");
	ASSERT_OK(fs_write(path, "\nx", 2, 0600, &e));
	ASSERT_ERR(passphrase_read(&p, path, &e), ERR_INVALID);
	ASSERT_SAYS("first line is empty");
	ASSERT_OK(fs_write(path, huge, sizeof(huge), 0600, &e));
	ASSERT_ERR(passphrase_read(&p, path, &e), ERR_TOO_LARGE);
}

/* A terminal whose other end is the test. */
struct terminal {
	int master;
	FILE *in, *err;
	char *said;
	size_t said_size;
	struct cli_world world;
};

static void terminal_open(struct terminal *t, const char *typed)
{
	*t = (struct terminal){0};
	t->master = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(t->master, 0);
	ck_assert_int_eq(grantpt(t->master), 0);
	ck_assert_int_eq(unlockpt(t->master), 0);
	t->in = fopen(ptsname(t->master), "r");
	t->err = open_memstream(&t->said, &t->said_size);
	ck_assert(t->in != NULL && t->err != NULL);
	t->world = (struct cli_world){
		.in = t->in, .err = t->err, .interactive = true};
	ASSERT_OK(fs_write_all(t->master, typed, strlen(typed), "tty", &e));
}

static void terminal_close(struct terminal *t)
{
	(void)fclose(t->in);
	(void)fclose(t->world.err);
	(void)close(t->master);
	free(t->said);
}

static bool echoes(int fd)
{
	struct termios now;

	ck_assert_int_eq(tcgetattr(fd, &now), 0);
	return (now.c_lflag & (tcflag_t)ECHO) != 0;
}

/* A person: waits for each prompt, then types the next answer. Ends with 0
 * when nothing typed was shown. */
static void person(int prompts, int keyboard, const char *const *answers)
{
	bool shown = false;

	for (; *answers != NULL; answers++) {
		char c = 0, last = 0;

		while (read(prompts, &c, 1) == 1 && !(last == ':' && c == ' '))
			last = c;
		shown = shown || echoes(keyboard);
		if (write(keyboard, *answers, strlen(*answers)) < 0)
			_exit(2);
	}
	_exit(shown ? 1 : 0);
}

/* The result of a prompt answered by a person. */
static int asked(struct passphrase *out, bool twice, const char *const *answers)
{
	struct terminal t;
	int fds[2], status, result;
	pid_t pid;

	terminal_open(&t, "");
	ck_assert_int_eq(pipe(fds), 0);
	(void)fclose(t.err); /* prompts go to the person instead */
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		person(fds[0], t.master, answers);
	t.world.err = fdopen(fds[1], "w");
	result = prompt_passphrase(out, &t.world, "passphrase", twice,
	                           "--passphrase-file", &e);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(echoes(fileno(t.in)));
	terminal_close(&t); /* writes what is left to the pipe */
	(void)close(fds[0]);
	return result;
}

TEST(a_typed_passphrase_is_not_shown)
{
	static const char *const answers[] = {"open sesame\n", NULL};
	struct passphrase p = {0};

	ASSERT_OK(asked(&p, false, answers));
	ck_assert_str_eq(p.text, "open sesame");
}

TEST(a_new_passphrase_is_asked_twice)
{
	static const char *const same[] = {"abc\n", "abc\n", NULL};
	static const char *const other[] = {"abc\n", "abd\n", NULL};
	static const char *const empty[] = {"\n", NULL};
	struct passphrase p = {0};

	ASSERT_OK(asked(&p, true, same));
	ASSERT_ERR(asked(&p, true, other), ERR_INVALID);
	ASSERT_SAYS("not the same");
	ASSERT_ERR(asked(&p, true, empty), ERR_INVALID);
}

TEST(a_yes_goes_on_and_anything_else_does_not)
{
	static const struct {
		const char *typed;
		bool goes_on;
	} rows[] = {{"y\n", true},
	            {"yes\n", true},
	            {"n\n", false},
	            {"\n", false},
	            {"yep\n", false}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct terminal t;

		terminal_open(&t, rows[i].typed);
		if (rows[i].goes_on)
			ASSERT_OK(prompt_confirm(&t.world, "Sure?", &e));
		else
			ASSERT_CODE(prompt_confirm(&t.world, "Sure?", &e),
			            "declined");
		(void)fflush(t.err);
		ck_assert_str_eq(t.said, "Sure? [y/N] ");
		terminal_close(&t);
	}
}

TEST(without_anybody_to_ask_a_prompt_names_the_option)
{
	struct cli_world w = {.in = stdin, .err = stderr};
	struct passphrase p = {0};

	ASSERT_OK(prompt_confirm(&w, "Sure?", &e));
	ASSERT_CODE(prompt_passphrase(&p, &w, "passphrase", false,
	                              "--passphrase-file", &e),
	            "passphrase_needed");
	ASSERT_SAYS("--passphrase-file");
}

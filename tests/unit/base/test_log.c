#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "tests/support/runner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fds[2];

static void listen_in(void)
{
	ck_assert_int_eq(pipe(fds), 0);
	log_set_fd(fds[1]);
	log_set_level(LOG_LEVEL_INFO);
}

/* Everything said so far. */
static char *heard(void)
{
	char *text = xcalloc(1 << 17, 1);
	size_t n = 0;
	ssize_t got;

	log_set_fd(2);
	(void)close(fds[1]);
	while ((got = read(fds[0], text + n, (1 << 17) - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fds[0]);
	return text;
}

TEST(a_line_has_time_level_and_sentence)
{
	listen_in();
	log_warn("disk %s is full", "sda");
	SCOPED(free)
	char *text = heard();
	int64_t s;

	ck_assert(strncmp(text, "ts=", 3) == 0);
	text[3 + RFC3339_SIZE - 1] = '\0';
	ck_assert_int_eq(rfc3339_parse(&s, text + 3), 0);
	ck_assert_str_eq(text + 3 + RFC3339_SIZE,
	                 "level=warn msg=\"disk sda is full\"\n");
}

TEST(lines_above_the_level_are_dropped)
{
	listen_in();
	log_debug("no");
	log_set_level(LOG_LEVEL_ERROR);
	log_info("no");
	log_warn("no");
	log_error("yes");
	SCOPED(free)
	char *text = heard();

	ck_assert_ptr_null(strstr(text, "no"));
	ck_assert_ptr_nonnull(strstr(text, "level=error msg=\"yes\"\n"));
	log_set_level(LOG_LEVEL_INFO);
}

TEST(a_hostile_string_cannot_forge_a_line)
{
	listen_in();
	log_info("name %s", "x\"\nts=1 level=error msg=\"\\\r\x1b[31m");
	SCOPED(free)
	char *text = heard();

	ck_assert_ptr_nonnull(strstr(
		text, "name x\\\" ts=1 level=error msg=\\\"\\\\  [31m\"\n"));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}

TEST(a_line_is_cut_rather_than_overflowing)
{
	SCOPED(free)
	char *longer = xcalloc(5001, 1);

	memset(longer, '"', 5000);
	listen_in();
	log_info("%s", longer);
	SCOPED(free)
	char *text = heard();
	ck_assert_uint_lt(strlen(text), 2304);
	ck_assert_str_eq(text + strlen(text) - 4, "\\\"\"\n");
}

static void *chatter(void *name)
{
	for (int i = 0; i < 100; i++)
		log_info("%s%s", (const char *)name, "0123456789abcdef");
	return NULL;
}

TEST(lines_of_several_threads_do_not_mix)
{
	static char names[4][2] = {"a", "b", "c", "d"};
	pthread_t t[4];
	int lines = 0;

	listen_in();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, chatter, names[i]),
		                 0);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(t[i], NULL);
	SCOPED(free)
	char *text = heard();
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL;
	     line = end + 1, lines++) {
		ck_assert(strncmp(line, "ts=", 3) == 0);
		ck_assert(strncmp(end - 17, "0123456789abcdef\"", 17) == 0);
	}
	ck_assert_int_eq(lines, 400);
}

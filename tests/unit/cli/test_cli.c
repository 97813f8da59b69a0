#include "config.h"

#include "cli/cli.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A small tool: what it prints is what it understood. */
static int print_part(void *ctx, const char *part, struct err *e)
{
	(void)e;
	cli_print(ctx, "[%s]", part);
	return 0;
}

static int show_all(struct cli *c, struct err *e)
{
	static const char *const moods[] = {"calm", "cross", NULL};
	int64_t count = -1, soak = -1, bytes = -1, start = -1;
	int32_t share = -1;
	int mood = -1;

	if (cli_int(&count, c, "count", 1, 10, e) != 0 ||
	    cli_seconds(&soak, c, "soak", 1, 100000, e) != 0 ||
	    cli_bytes(&bytes, c, "bytes", 1, 1 << 30, e) != 0 ||
	    cli_ppm(&share, c, "share", 1, 1000000, e) != 0 ||
	    cli_enum(&mood, c, "mood", moods, e) != 0 ||
	    cli_time(&start, c, "start", 1000, e) != 0)
		return -1;
	cli_print(c, "count=%" PRId64 " soak=%" PRId64 " bytes=%" PRId64, count,
	          soak, bytes);
	cli_print(c, " share=%" PRId32 " mood=%d start=%" PRId64, share, mood,
	          start);
	for (size_t i = 0; i < cli_n_args(c); i++)
		cli_print(c, " arg=%s", cli_arg(c, i));
	if (cli_list(c, "tag", print_part, c, e) != 0)
		return -1;
	cli_print(c, "%s\n", cli_has(c, "force") ? " forced" : "");
	cli_say(c, "shown\n");
	return 0;
}

static int refuse(struct cli *c, struct err *e)
{
	static const struct {
		const char *name;
		enum err_kind kind;
	} kinds[] = {{"untrusted", ERR_UNTRUSTED}, {"expired", ERR_EXPIRED},
	             {"conflict", ERR_CONFLICT},   {"busy", ERR_BUSY},
	             {"notfound", ERR_NOT_FOUND},  {"forbidden", ERR_FORBIDDEN},
	             {"away", ERR_UNREACHABLE},    {"io", ERR_IO}};

	if (strcmp(cli_arg(c, 0), "locked") == 0)
		return err_errno(e, EACCES, "thing");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, cli_arg(c, 0)) == 0)
			return err_set(e, kinds[i].kind, "thing: refused");
	return 0;
}

static const struct cli_option show_options[] = {
	{"count", 'n', "N", 0, "3", "how many"},
	{"soak", 0, "TIME", 0, NULL, "how long"},
	{"bytes", 0, "SIZE", 0, NULL, "how large"},
	{"share", 0, "SHARE", 0, NULL, "how much"},
	{"mood", 0, "MOOD", 0, NULL, "calm or cross"},
	{"start", 0, "TIME", 0, NULL, "when"},
	{"tag", 't', "TAG", CLI_REPEATS, NULL, "marks"},
	{"force", 'f', NULL, 0, NULL, "do it"},
	{NULL, 0, NULL, 0, NULL, NULL},
};
static const struct cli_option make_options[] = {
	{"name", 0, "NAME", CLI_REQUIRED, NULL, "what to call it"},
	{NULL, 0, NULL, 0, NULL, NULL},
};
static const struct cli_option common[] = {
	{"dir", 'C', "DIR", 0, ".", "where"},
	{NULL, 0, NULL, 0, NULL, NULL},
};
static const struct cli_command commands[] = {
	{"show", "[THING…]", 0, 2, "Show things", show_options, show_all},
	{"thing make", "", 0, 0, "Make a thing", make_options, show_all},
	{"thing refuse", "WHY", 1, 1, "Refuse a thing", NULL, refuse},
};
static const struct cli_program program = {
	"toy", "A toy", common, commands, ARRAY_LEN(commands), NULL};

TEST(options_stand_between_words_in_every_spelling)
{
	struct tool t;

	tool_init(&t, &program);
	ASSERT_EXIT(&t,
	            tool_line(&t, "-C x show a --count=7 -t u,v --soak 2h "
	                          "--tag w -tx b -fq --bytes 4K --share 0.5%% "
	                          "--mood cross --start 10s"),
	            0);
	ck_assert_str_eq(t.out, "count=7 soak=7200 bytes=4096 share=5000 "
	                        "mood=1 start=1010 arg=a arg=b[u][v][w][x] "
	                        "forced\n");
	ck_assert_str_eq(t.err, "");
	ASSERT_EXIT(&t, tool_line(&t, "show -n 2 -- --count"), 0);
	ck_assert_str_eq(t.out, "count=2 soak=-1 bytes=-1 share=-1 mood=-1 "
	                        "start=-1 arg=--count\n");
	ck_assert_str_eq(t.err, "shown\n");
	tool_fini(&t);
}

TEST(an_absolute_time_is_a_time_too)
{
	struct tool t;

	tool_init(&t, &program);
	ASSERT_EXIT(&t, tool_line(&t, "show --start 2026-03-01T00:00:00Z"), 0);
	ASSERT_PRINTS(&t, "start=1772323200");
	tool_fini(&t);
}

TEST(each_wrong_command_line_is_named)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"shw", "unknown command 'shw' (did you mean 'show'?)"},
		{"thing mkae", "did you mean 'thing make'?"},
		{"thng", "(did you mean 'thing'?)"},
		{"thing", "one more word is needed: make, refuse"},
		{"thing make", "thing make needs --name NAME"},
		{"thing make --name x y", "'y' is one argument too many"},
		{"thing refuse", "0 arguments given, WHY needed"},
		{"show --cuont 3", "did you mean '--count'?"},
		{"show -z", "unknown option '-z'"},
		{"show --count", "--count needs its N"},
		{"show -n", "-n needs its N"},
		{"show --count 3 --count 4", "--count is given twice"},
		{"show --count x", "--count: 'x' is not a number"},
		{"show --count 11", "not within 1 to 10"},
		{"show --soak 5", "is not a number like 90s"},
		{"show --bytes 5X", "is not a number like 4096"},
		{"show --force=yes", "--force takes no value"},
		{"show --share 5", "is not a share like 5%"},
		{"show --share .5%", "is not a share"},
		{"show --share 5.%", "is not a share"},
		{"show --share 101%", "is not within 1ppm to 1000000ppm"},
		{"show --share 0%", "is not within 1ppm"},
		{"show --mood corss", "is none of calm, cross (did you mean "
	                              "'cross'?)"},
		{"show --start soon", "neither a time like"},
		{"show --tag a,,b", "has an empty part"},
	};
	struct tool t;

	tool_init(&t, &program);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ASSERT_EXIT(&t, tool_line(&t, "%s", wrong[i].line), CLI_USAGE);
		ASSERT_COMPLAINS(&t, wrong[i].says);
		ck_assert(strncmp(t.err, "toy: ", 5) == 0);
		ASSERT_COMPLAINS(&t, " (usage)\n");
		ASSERT_COMPLAINS(&t, "usage: toy ");
	}
	tool_fini(&t);
}

TEST(each_kind_of_refusal_has_its_exit_code)
{
	static const struct {
		const char *why;
		enum cli_exit code;
	} rows[] = {
		{"untrusted", CLI_UNVERIFIED}, {"expired", CLI_EXPIRED},
		{"conflict", CLI_CONFLICT},    {"busy", CLI_CONFLICT},
		{"notfound", CLI_NOT_FOUND},   {"forbidden", CLI_PERMISSION},
		{"away", CLI_UNREACHABLE},     {"io", CLI_FAILED},
		{"locked", CLI_PERMISSION},    {"nothing", CLI_OK}};
	struct tool t;

	tool_init(&t, &program);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_EXIT(&t, tool_line(&t, "thing refuse %s", rows[i].why),
		            rows[i].code);
	ASSERT_EXIT(&t, tool_line(&t, "thing refuse untrusted"), 3);
	ck_assert_str_eq(t.err, "toy: thing: refused (untrusted)\n");
	tool_fini(&t);
}

TEST(help_is_the_table_and_goes_to_standard_output)
{
	static const char *const lines[] = {"help", "--help", "-h",
	                                    "help thing"};
	struct tool t;

	tool_init(&t, &program);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		ASSERT_EXIT(&t, tool_line(&t, "%s", lines[i]), 0);
		ASSERT_PRINTS(&t, "usage: toy COMMAND");
		ASSERT_PRINTS(&t, "  thing refuse WHY        Refuse a thing\n");
		ASSERT_PRINTS(&t, "  -C, --dir DIR           where (default "
		                  ".)\n");
	}
	ASSERT_EXIT(&t, tool_line(&t, "thing make --help"), 0);
	ASSERT_PRINTS(&t, "usage: toy thing make --name NAME [OPTION…]");
	ASSERT_PRINTS(&t, "what to call it (needed)");
	/* Of a noun, its commands alone. */
	ASSERT_EXIT(&t, tool_line(&t, "help thing"), 0);
	ck_assert_ptr_null(strstr(t.out, "  show [THING…]"));
	ASSERT_EXIT(&t, tool_line(&t, "help show"), 0);
	ASSERT_PRINTS(&t, "marks (may be repeated)");
	/* Columns are counted in characters, not in bytes. */
	ASSERT_EXIT(&t, tool_line(&t, "help"), 0);
	ASSERT_PRINTS(&t, "  show [THING…]           Show things\n");
	ASSERT_EXIT(&t, tool_line(&t, "--version"), 0);
	ck_assert_str_eq(t.out, "toy " PACKAGE_VERSION "\n");
	/* Without a word there is nothing to do: the same text as an error. */
	ASSERT_EXIT(&t, tool_line(&t, "%s", ""), CLI_USAGE);
	ASSERT_COMPLAINS(&t, "usage: toy COMMAND");
	tool_fini(&t);
}

TEST(an_answer_that_cannot_be_written_is_a_failure)
{
	struct clock_manual clock;
	struct cli_world w = {.clock = &clock.clock, .rng = &rng_system};
	const char *const words[] = {"show", "--help", "--version"};

	clock_manual_init(&clock, 0);
	w.in = stdin;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *const argv[] = {"toy", words[i], NULL};

		w.out = fopen("/dev/full", "w");
		w.err = fopen("/dev/null", "w");
		ck_assert(w.out != NULL && w.err != NULL);
		ck_assert_int_eq(cli_run(&program, &w, 2, argv), CLI_FAILED);
		(void)fclose(w.out);
		(void)fclose(w.err);
	}
}

#include "config.h"

#include "lib/base/fs.h"
#include "server/conf/conf.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int parse(struct conf *c, const char *text, struct err *e)
{
	return conf_parse(c, "pawld.conf", text, strlen(text), e);
}

TEST(without_a_file_the_defaults_hold)
{
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_OK(conf_finish(&c, &e));
	ck_assert_str_eq(c.listen.host, "127.0.0.1");
	ck_assert_uint_eq(c.listen.port, 8080);
	ck_assert_uint_eq(c.ops_listen.port, 9090);
	ck_assert_int_eq(c.threads, 2);
	ck_assert_int_eq(c.poll_after, 900);
	ck_assert_int_eq(c.timestamp_life, 86400);
	ck_assert_int_eq(c.publish_max, INT64_C(1) << 30);
	ck_assert(!c.plain_http);
	ck_assert_int_eq(c.log_level, LOG_LEVEL_INFO);
	ck_assert_str_eq(c.online_keys, "/var/lib/pawl/keys");
	ck_assert_str_eq(c.passphrase_file, "");
}

TEST(a_file_sets_what_it_says_and_nothing_else)
{
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_OK(parse(&c,
	                "# a comment\n"
	                "; another\n"
	                "listen = [::1]:0 ; in the line\r\n"
	                "\n"
	                "   data_dir=/srv/pawl\n"
	                "ops_listen = off\n"
	                "publish_max = 64M\n"
	                "poll_after = 90s\n"
	                "log_level = debug\n"
	                "plain_http = yes",
	                &e));
	ASSERT_OK(conf_finish(&c, &e));
	ck_assert_str_eq(c.listen.host, "::1");
	ck_assert_uint_eq(c.listen.port, 0);
	ck_assert_str_eq(c.ops_listen.host, "");
	ck_assert_str_eq(c.data_dir, "/srv/pawl");
	ck_assert_str_eq(c.online_keys, "/srv/pawl/keys");
	ck_assert_int_eq(c.publish_max, 64 << 20);
	ck_assert_int_eq(c.poll_after, 90);
	ck_assert_int_eq(c.log_level, LOG_LEVEL_DEBUG);
	ck_assert(c.plain_http);
	ck_assert_int_eq(c.threads, 2);
}

TEST(an_unknown_key_is_named_with_line_and_nearest_key)
{
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_CODE(parse(&c, "threads = 2\n\nlissten = x\n", &e),
	            "unknown_key");
	ASSERT_SAYS("pawld.conf:3: unknown key 'lissten'; 'listen' is the "
	            "nearest");
	ASSERT_CODE(parse(&c, "bananas = 3\n", &e), "unknown_key");
	ck_assert_ptr_null(strstr(e.msg, "nearest"));
}

TEST(the_nearest_key_is_a_slip_away_not_a_guess)
{
	static const struct {
		const char *typed, *meant;
	} rows[] = {
		{"datadir", "data_dir"},
		{"data-dir", "data_dir"},
		{"ops_lisen", "ops_listen"},
		{"thread", "threads"},
		{"publicurl", "public_url"},
		{"log_lvl", "log_level"},
		{"pasphrase_file", "passphrase_file"},
	};
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = {0};
		char wanted[64];

		ck_assert_int_eq(conf_set(&c, rows[i].typed, "1", "x", &e), -1);
		(void)snprintf(wanted, sizeof(wanted), "'%s' is the nearest",
		               rows[i].meant);
		ASSERT_SAYS(wanted);
	}
}

TEST(what_is_no_pair_is_refused_with_its_line)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"threads = 2\nlisten\n", ":2: neither"},
		{"\n[server]\nthreads = 2\n", ":2: sections are not used"},
		{"threads = 2\nthreads = 3\n",
	         ":2: key 'threads' stands already in line 1"},
		{"threads = 0\n", ":1: threads: '0' is not within 1 to 64"},
		{"threads = 65\n", ":1: threads: '65'"},
		{"threads = many\n", ":1: threads: 'many' is not a number"},
		{"threads =\n", ":1: threads: '' is not a number"},
		{"plain_http = true\n", "'true' is neither yes nor no"},
		{"poll_after = 15\n", "poll_after: '15' is not a number"},
		{"publish_max = 1T\n", "publish_max: '1T'"},
		{"log_level = loud\n", "'loud' is none of"},
		{"data_dir =\n", "data_dir: 0 characters"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(conf_fini)
		struct conf c;
		struct err e;

		conf_init(&c);
		ASSERT_ERR(parse(&c, rows[i].text, &e), ERR_INVALID);
		ASSERT_SAYS(rows[i].says);
	}
}

TEST(an_address_is_numeric_and_has_a_port)
{
	static const char *const bad[] = {
		"",
		"8080",
		"localhost:80",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"::1:80",
		"[::1]",
		"[::1:80",
		"[127.0.0.1]:80",
		"127.0.0.1:80x",
		"]:80",
		"[]:80",
		"off",
		"1111111111111111111111111111111111111111111111111111:1",
	};
	static const char *const good[] = {"0.0.0.0:0", "127.0.0.1:65535",
	                                   "[::]:443", "[fe80::1]:80"};
	SCOPED(conf_fini)
	struct conf c;
	struct err e;

	conf_init(&c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ASSERT_CODE(conf_set(&c, "listen", bad[i], "x", &e),
		            "bad_value");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ASSERT_OK(conf_set(&c, "listen", good[i], "x", &e));
}

TEST(a_line_too_long_is_refused_not_cut)
{
	char text[600];
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	(void)snprintf(text, sizeof(text), "threads = 2\ndata_dir = /%0400d\n",
	               7);
	ASSERT_ERR(parse(&c, text, &e), ERR_INVALID);
	ASSERT_SAYS("pawld.conf:2: a line of more than");
	ck_assert_str_eq(c.data_dir, "/var/lib/pawl");
}

TEST(the_longest_line_that_fits_is_read_whole)
{
	char text[256], dir[160];
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	(void)snprintf(dir, sizeof(dir), "/%0150d", 7);
	(void)snprintf(text, sizeof(text), "data_dir = %s\nthreads = 3", dir);
	ASSERT_OK(parse(&c, text, &e));
	ck_assert_str_eq(c.data_dir, dir);
	ck_assert_int_eq(c.threads, 3);
}

TEST(a_nul_byte_hides_nothing)
{
	static const char text[] = "threads = 2\0\nplain_http = yes\n";
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_ERR(conf_parse(&c, "f", text, sizeof(text) - 1, &e),
	           ERR_INVALID);
	ASSERT_SAYS("f:1: a NUL byte");
}

TEST(an_indented_line_is_a_line_of_its_own)
{
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_OK(parse(&c, "data_dir = /a\n\tthreads = 7\n", &e));
	ck_assert_str_eq(c.data_dir, "/a");
	ck_assert_int_eq(c.threads, 7);
}

TEST(plain_http_beyond_loopback_wants_a_word)
{
	static const struct {
		const char *key, *value;
		bool is_open;
	} rows[] = {
		{"listen", "0.0.0.0:8080", true},
		{"listen", "192.0.2.1:8080", true},
		{"listen", "[::]:8080", true},
		{"listen", "127.8.9.1:8080", false},
		{"listen", "[::1]:8080", false},
		{"ops_listen", "0.0.0.0:9090", true},
		{"ops_listen", "off", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(conf_fini)
		struct conf c;
		struct err e;

		conf_init(&c);
		ASSERT_OK(conf_set(&c, rows[i].key, rows[i].value, "x", &e));
		if (!rows[i].is_open) {
			ASSERT_OK(conf_finish(&c, &e));
			continue;
		}
		ASSERT_ERR(conf_finish(&c, &e), ERR_INVALID);
		ASSERT_SAYS("plain_http = yes");
		ASSERT_OK(conf_set(&c, "plain_http", "yes", "x", &e));
		ASSERT_OK(conf_finish(&c, &e));
	}
}

TEST(two_listeners_do_not_share_a_port)
{
	struct err e;
	SCOPED(conf_fini)
	struct conf c;

	conf_init(&c);
	ASSERT_OK(conf_set(&c, "ops_listen", "127.0.0.1:8080", "x", &e));
	ASSERT_ERR(conf_finish(&c, &e), ERR_INVALID);
	ASSERT_OK(conf_set(&c, "ops_listen", "127.0.0.2:8080", "x", &e));
	ASSERT_OK(conf_finish(&c, &e));
	ASSERT_OK(conf_set(&c, "plain_http", "yes", "x", &e));
	ASSERT_OK(conf_set(&c, "listen", "0.0.0.0:8080", "x", &e));
	ASSERT_ERR(conf_finish(&c, &e), ERR_INVALID);
}

TEST(a_public_url_has_a_scheme_and_no_slash_behind)
{
	static const char *const bad[] = {
		"updates.example.org", "ftp://updates.example.org",
		"https://updates.example.org/", "https://a b", "https://a?b"};
	SCOPED(conf_fini)
	struct conf c;
	struct err e;

	conf_init(&c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_OK(conf_set(&c, "public_url", bad[i], "x", &e));
		ASSERT_ERR(conf_finish(&c, &e), ERR_INVALID);
	}
	ASSERT_OK(conf_set(&c, "public_url", "https://u.example.org", "x", &e));
	ASSERT_OK(conf_finish(&c, &e));
}

TEST(a_witness_inside_of_what_it_watches_is_refused)
{
	static const struct {
		const char *text;
		bool fine;
	} rows[] = {
		{"data_dir = /srv/pawl\nwitness_file = /srv/pawl/witness\n",
	         false},
		{"data_dir = /srv/pawl/\nwitness_file = /srv/pawl/a/b\n",
	         false},
		{"data_dir = /srv/pawl\nwitness_file = /srv/pawl.witness\n",
	         true},
		{"data_dir = /srv/pawl\nwitness_file = /mnt/pawl/witness\n",
	         true},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SCOPED(conf_fini)
		struct conf c;

		conf_init(&c);
		ASSERT_OK(parse(&c, rows[i].text, &e));
		if (rows[i].fine)
			ASSERT_OK(conf_finish(&c, &e));
		else
			ASSERT_CODE(conf_finish(&c, &e), "witness_inside");
	}
}

TEST(a_life_shorter_than_three_intervals_is_refused_with_words)
{
	static const char *const short_ones[] = {
		"refresh_every = 8h\ntimestamp_life = 86399s\n",
		"refresh_every = 10h\n",
		"refresh_every = 1h\nsnapshot_life = 2h\n",
		"refresh_every = 1h\nrollout_life = 179m\n",
	};
	static const char *const fine[] = {
		"refresh_every = 8h\n",
		"refresh_every = 1h\nrollout_life = 180m\n",
		"timestamp_life = 60s\n",
	};
	struct err e;

	for (size_t i = 0; i < sizeof(short_ones) / sizeof(*short_ones); i++) {
		SCOPED(conf_fini)
		struct conf c;

		conf_init(&c);
		ASSERT_OK(parse(&c, short_ones[i], &e));
		ASSERT_CODE(conf_finish(&c, &e), "short_life");
		ASSERT_SAYS("_life: ");
		ASSERT_SAYS("three times refresh_every");
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		SCOPED(conf_fini)
		struct conf c;

		conf_init(&c);
		ASSERT_OK(parse(&c, fine[i], &e));
		ASSERT_OK(conf_finish(&c, &e));
	}
}

TEST(what_is_printed_reads_as_the_same)
{
	SCOPED(buf_fini)
	struct buf first = BUF_INIT(1 << 16), second = BUF_INIT(1 << 16);
	SCOPED(conf_fini)
	struct conf a, b;
	struct err e;

	conf_init(&a);
	ASSERT_OK(parse(&a,
	                "listen = [::1]:443\nops_listen = off\n"
	                "poll_after = 61s\npublish_max = 3M\n"
	                "log_level = warn\nmax_connections = 777\n",
	                &e));
	ASSERT_OK(conf_finish(&a, &e));
	conf_print(&first, &a);
	conf_init(&b);
	ASSERT_OK(parse(&b, buf_str(&first), &e));
	ASSERT_OK(conf_finish(&b, &e));
	conf_print(&second, &b);
	ck_assert_str_eq(buf_str(&first), buf_str(&second));
	ck_assert_ptr_nonnull(strstr(buf_str(&first), "poll_after = 61s\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&first), "publish_max = 3M\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&first), "listen = [::1]:443\n"));
}

TEST(the_longest_values_are_printed_in_lines_that_can_be_read)
{
	static const char *const keys[] = {"data_dir", "online_keys",
	                                   "passphrase_file", "web_root"};
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(1 << 16);
	SCOPED(conf_fini)
	struct conf a, b;
	char value[200];
	struct err e;

	conf_init(&a);
	conf_init(&b);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t n = sizeof(value) - 1;

		memset(value, '/', n);
		do
			value[n--] = '\0';
		while (conf_set(&a, keys[i], value, "x", &e) != 0);
	}
	conf_print(&text, &a);
	ASSERT_OK(parse(&b, buf_str(&text), &e));
	ck_assert_str_eq(a.passphrase_file, b.passphrase_file);
}

TEST(a_value_that_would_not_survive_printing_is_refused)
{
	SCOPED(conf_fini)
	struct conf c;
	struct err e;

	conf_init(&c);
	ASSERT_CODE(conf_set(&c, "data_dir", "/a ;b", "x", &e), "bad_value");
	ASSERT_CODE(conf_set(&c, "data_dir", "/a\nthreads = 9", "x", &e),
	            "bad_value");
	ASSERT_CODE(conf_set(&c, "data_dir", " /a", "x", &e), "bad_value");
}

TEST(a_file_is_read_also_behind_a_link_and_named_in_a_refusal)
{
	const char *path = test_path("pawld.conf"), *link = test_path("link");
	SCOPED(conf_fini)
	struct conf c;
	struct err e;

	conf_init(&c);
	ASSERT_OK(fs_write(path, "threads = 3\n", 12, 0644, &e));
	ck_assert_int_eq(symlink(path, link), 0);
	/* A mounted configuration is often a link. */
	ASSERT_OK(conf_read(&c, link, &e));
	ck_assert_int_eq(c.threads, 3);
	ASSERT_OK(fs_write(path, "thread = 3\n", 11, 0644, &e));
	ASSERT_CODE(conf_read(&c, path, &e), "unknown_key");
	ASSERT_SAYS("pawld.conf:1: unknown");
	ASSERT_ERR(conf_read(&c, test_path("absent"), &e), ERR_NOT_FOUND);
	ASSERT_SAYS("absent");
}

/* The manual page lists ".It Cm key = default". */
TEST(the_manual_page_names_every_key_and_its_default)
{
	const char *path = PAWL_SRCDIR "/doc/man/pawld.conf.5";
	SCOPED(buf_fini)
	struct buf page = BUF_INIT(1 << 20), ours = BUF_INIT(1 << 16);
	SCOPED(conf_fini)
	struct conf c;
	struct err e;
	size_t listed = 0, known = 0;
	char *save = NULL, *line;

	ASSERT_OK(fs_read(&page, path, &e));
	conf_init(&c);
	conf_print(&ours, &c);
	for (line = strtok_r(page.data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char wanted[200];

		if (strncmp(line, ".It Cm ", 7) != 0)
			continue;
		(void)snprintf(wanted, sizeof(wanted), "\n%s%s\n", line + 7,
		               strchr(line, '=')[1] == '\0' ? " " : "");
		ck_assert_msg(strstr(buf_str(&ours), wanted) != NULL,
		              "pawld.conf(5) says '%s'", line + 7);
		listed++;
	}
	while (conf_keys[known] != NULL)
		known++;
	ck_assert_uint_eq(listed, known);
}

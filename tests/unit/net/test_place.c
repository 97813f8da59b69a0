#include "config.h"

#include "lib/base/mem.h"
#include "net/place.h"
#include "tests/support/runner.h"

#include <arpa/inet.h>
#include <string.h>

TEST(an_address_is_reached_without_a_library)
{
	static const struct {
		const char *url, *host, *path;
		unsigned port;
		size_t n;
		bool loopback;
	} rows[] = {
		{"http://127.0.0.1:8080/a/b?c=d", "127.0.0.1:8080", "/a/b?c=d",
	         8080, 1, true},
		{"http://127.200.3.4/", "127.200.3.4", "/", 80, 1, true},
		{"http://10.0.0.9", "10.0.0.9", "/", 80, 1, false},
		{"http://10.0.0.9:80/x", "10.0.0.9", "/x", 80, 1, false},
		{"http://[::1]:65535/x", "[::1]:65535", "/x", 65535, 1, true},
		{"http://[fd00::7]/x", "[fd00::7]", "/x", 80, 1, false},
		{"http://localhost:1/%2e/../", "localhost:1", "/%2e/../", 1, 2,
	         true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_place p;

		ck_assert_msg(net_place_parse(&p, rows[i].url) == 0, "%s",
		              rows[i].url);
		ck_assert_str_eq(p.host, rows[i].host);
		ck_assert_str_eq(p.path, rows[i].path);
		ck_assert_uint_eq(p.n_addresses, rows[i].n);
		ck_assert_int_eq(p.is_loopback, rows[i].loopback);
		ck_assert_uint_eq(p.addresses[0].any.sa_family == AF_INET
		                          ? ntohs(p.addresses[0].v4.sin_port)
		                          : ntohs(p.addresses[0].v6.sin6_port),
		                  rows[i].port);
	}
}

TEST(whatever_is_odd_is_left_to_libcurl)
{
	static const char *const urls[] = {
		"",
		"http:",
		"http://",
		"http:///x",
		"HTTP://127.0.0.1/",
		"https://127.0.0.1/",
		"ftp://127.0.0.1/",
		"http://example.org/",
		"http://localhost.example.org/",
		"http://LOCALHOST/",
		"http://user@127.0.0.1/",
		"http://127.0.0.1@example.org/",
		"http://127.1/",
		"http://0177.0.0.1/",
		"http://127.0.0.01/",
		"http://2130706433/",
		"http://127.0.0.1./",
		"http://127.0.0.1:/",
		"http://127.0.0.1:0/",
		"http://127.0.0.1:080/",
		"http://127.0.0.1:65536/",
		"http://127.0.0.1:+80/",
		"http://127.0.0.1:80:80/",
		"http://::1/",
		"http://[::1/",
		"http://[::1]x/",
		"http://[]/",
		"http://[:]/",
		"http://[0:0::1]/",
		"http://[fe80::1%25eth0]/",
		"http://[127.0.0.1]/",
		"http://127.0.0.1?x",
		"http://127.0.0.1/a b",
		"http://127.0.0.1/a\r\nX: y",
		"http://127.0.0.1/\x7f",
		"http://127.0.0.1/\xc3\xa4",
		"http://127.0.0.1/a#b",
		"http://127.0.0.1#b",
		" http://127.0.0.1/",
		"http://1111:2222:3333:4444:5555:6666:7777:8888.1111:2222:3333:"
		"4444/",
	};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct net_place p;

		ck_assert_msg(net_place_parse(&p, urls[i]) == -1, "'%s'",
		              urls[i]);
	}
}

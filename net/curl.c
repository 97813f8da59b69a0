/*
 * Whatever is more than a plain GET, by libcurl: https, names, proxies,
 * tokens, bodies. The library and the thirty behind it are loaded when the
 * first such request is made; most refreshes never make one.
 */
#include "config.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "net/internal.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of libcurl that is used. */
static struct {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_easy_reset) easy_reset;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_header) easy_header;
	__typeof__(&curl_easy_perform) easy_perform;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
} lib;

#define SYMBOL(name)                             \
	{                                        \
		"curl_" #name, (void *)&lib.name \
	}
static const struct {
	const char *name;
	void *place;
} symbols[] = {
	SYMBOL(global_init),  SYMBOL(easy_init),      SYMBOL(easy_cleanup),
	SYMBOL(easy_reset),   SYMBOL(easy_setopt),    SYMBOL(easy_getinfo),
	SYMBOL(easy_header),  SYMBOL(easy_perform),   SYMBOL(easy_strerror),
	SYMBOL(slist_append), SYMBOL(slist_free_all),
};

struct net_curl {
	CURL *easy;
	char error[CURL_ERROR_SIZE];
};

/* What libcurl's callbacks get. */
struct curled {
	struct net_transfer *t;
	CURL *easy;
	size_t sent; /* bytes taken from the source */
};

int net_curl_load(const char *soname, struct err *e)
{
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

	if (handle == NULL)
		return err_code(e, ERR_IO, "no_libcurl",
		                "this needs libcurl, which can not be loaded: "
		                "%s",
		                dlerror());
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *found = dlsym(handle, symbols[i].name);

		if (found == NULL)
			return err_code(e, ERR_IO, "no_libcurl",
			                "%s: has no %s, which is needed",
			                soname, symbols[i].name);
		memcpy(symbols[i].place, &found, sizeof(found));
	}
	return 0;
}

static struct err load_error;

static void load_once(void)
{
	/* Any thread may: libcurl says so from 7.84 on. */
	if (net_curl_load(PAWL_CURL_SONAME, &load_error) == 0 &&
	    lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		(void)err_code(&load_error, ERR_IO, "no_libcurl",
		               "libcurl does not start");
}

struct net_curl *net_curl_new(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct net_curl *c;

	(void)pthread_once(&once, load_once);
	if (load_error.kind != ERR_NONE) {
		*e = load_error;
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->easy = lib.easy_init();
	if (c->easy == NULL) {
		log_error("libcurl gives no handle");
		abort();
	}
	return c;
}

void net_curl_free(struct net_curl *c)
{
	if (c == NULL)
		return;
	lib.easy_cleanup(c->easy);
	free(c);
}

/* A folder without certificates, on any machine and for good: nothing can be
 * put below it. */
#define NO_FOLDER "/dev/null"

/* libcurl takes options through one function of any type; these three say
 * which it is. */
static void set_long(CURL *c, CURLoption option, long value)
{
	(void)lib.easy_setopt(c, option, value);
}

static void set_size(CURL *c, CURLoption option, curl_off_t value)
{
	(void)lib.easy_setopt(c, option, value);
}

static void set(CURL *c, CURLoption option, const void *value)
{
	(void)lib.easy_setopt(c, option, value);
}

static const char *header(const struct curled *t, const char *name)
{
	struct curl_header *h = NULL;

	if (lib.easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return NULL;
	return h->value;
}

/* Everything before the body. */
static void read_head(const struct curled *t)
{
	long status = 0;

	if (t->t->has_head)
		return;
	(void)lib.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	net_take_head(t->t, (int)status, header(t, "Content-Range"),
	              header(t, "Retry-After"));
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct curled *t = ctx;

	read_head(t);
	if (net_take_body(t->t, bytes, size * n) != 0 || t->t->has_enough)
		return CURL_WRITEFUNC_ERROR; /* and the connection goes */
	return size * n;
}

/* The next bytes of a body that a source gives. */
static size_t on_send(char *out, size_t size, size_t n, void *ctx)
{
	struct curled *t = ctx;
	const struct net_request *q = t->t->q;
	size_t left = q->body_len - t->sent, room = size * n;
	size_t part = room < left ? room : left;

	if (part == 0)
		return 0;
	if (q->source(q->source_ctx, out, part, (int64_t)t->sent, &t->t->err) !=
	    0)
		return CURL_READFUNC_ABORT;
	t->sent += part;
	return part;
}

/* A connection that was kept may turn out dead with half a body in it. */
static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct curled *t = ctx;

	if (origin != SEEK_SET || offset < 0 ||
	    (size_t)offset > t->t->q->body_len)
		return CURL_SEEKFUNC_FAIL;
	t->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static enum err_kind kind_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT: return ERR_INVALID;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR: return ERR_UNTRUSTED;
	case CURLE_OUT_OF_MEMORY: return ERR_MEMORY;
	default: return ERR_UNREACHABLE;
	}
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
	struct curl_slist *more = lib.slist_append(list, line);

	if (more == NULL)
		abort();
	return more;
}

static struct curl_slist *headers_of(const struct net_request *q)
{
	struct curl_slist *list = append(NULL, "Expect:");

	if (q->body != NULL || q->source != NULL) {
		SCOPED(free)
		char *type =
			xasprintf("Content-Type: %s",
		                  q->content_type != NULL ? q->content_type
		                                          : "application/json");
		list = append(list, type);
	}
	if (q->bearer != NULL) {
		SCOPED(free)
		char *auth = xasprintf("Authorization: Bearer %s", q->bearer);
		list = append(list, auth);
	}
	return list;
}

/* A proxy of the environment is for the world, not for this machine. */
static bool is_loopback(const char *url)
{
	return strncmp(url, "http://127.", 11) == 0 ||
	       strncmp(url, "http://[::1]", 12) == 0 ||
	       strncmp(url, "http://localhost", 16) == 0;
}

static void set_limits(CURL *c, const struct net_transfer *t)
{
	const struct net_options *o = t->options;

	set_long(c, CURLOPT_NOSIGNAL, 1);
	set(c, CURLOPT_PROTOCOLS_STR, "http,https");
	set_long(c, CURLOPT_FOLLOWLOCATION, 0);
	set_long(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_long(c, CURLOPT_HTTP_CONTENT_DECODING, 0);
	set_long(c, CURLOPT_CONNECTTIMEOUT_MS, o->connect_ms);
	set_long(c, CURLOPT_TIMEOUT_MS, net_total_ms(t));
	set_long(c, CURLOPT_LOW_SPEED_LIMIT, o->slow_bytes_per_s);
	set_long(c, CURLOPT_LOW_SPEED_TIME, o->slow_s);
	set(c, CURLOPT_USERAGENT, o->user_agent);
	if (o->ca_file == NULL)
		return;
	/* In place of the system's, which are in a file and in a folder. */
	set(c, CURLOPT_CAINFO, o->ca_file);
	set(c, CURLOPT_CAPATH, NO_FOLDER);
}

static void set_source(CURL *c, const struct net_request *q, struct curled *t)
{
	set_long(c, CURLOPT_UPLOAD, 1);
	set_size(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->body_len);
	set(c, CURLOPT_READFUNCTION, on_send);
	set(c, CURLOPT_READDATA, t);
	set(c, CURLOPT_SEEKFUNCTION, on_seek);
	set(c, CURLOPT_SEEKDATA, t);
}

static void set_request(CURL *c, const struct net_request *q,
                        const struct curl_slist *headers, struct curled *t)
{
	char range[64];

	set(c, CURLOPT_URL, q->url);
	/* Paths are what signed names make of them, "/../" and all. */
	set_long(c, CURLOPT_PATH_AS_IS, 1);
	set(c, CURLOPT_HTTPHEADER, headers);
	if (q->body != NULL) {
		set_size(c, CURLOPT_POSTFIELDSIZE_LARGE,
		         (curl_off_t)q->body_len);
		set(c, CURLOPT_POSTFIELDS, q->body);
	}
	if (q->source != NULL)
		set_source(c, q, t);
	if (strcmp(q->method, "HEAD") == 0)
		set_long(c, CURLOPT_NOBODY, 1);
	else
		set(c, CURLOPT_CUSTOMREQUEST, q->method);
	if (q->to_byte > 0) {
		(void)snprintf(range, sizeof(range), "%" PRId64 "-%" PRId64,
		               q->from_byte, q->to_byte);
		set(c, CURLOPT_RANGE, range);
	}
	if (is_loopback(q->url))
		set(c, CURLOPT_PROXY, "");
	set(c, CURLOPT_WRITEFUNCTION, on_body);
	set(c, CURLOPT_WRITEDATA, t);
}

int net_curl_request(struct net_curl *c, struct net_transfer *t, struct err *e)
{
	struct curled curled = {.t = t, .easy = c->easy};
	struct curl_slist *headers = headers_of(t->q);
	CURLcode code;

	c->error[0] = '\0';
	lib.easy_reset(c->easy); /* keeps its connections */
	set_limits(c->easy, t);
	set(c->easy, CURLOPT_ERRORBUFFER, c->error);
	set_request(c->easy, t->q, headers, &curled);
	code = lib.easy_perform(c->easy);
	lib.slist_free_all(headers);
	if (code == CURLE_OK || t->has_enough) {
		read_head(&curled);
		return 0;
	}
	return err_set(e, kind_of(code), "%s",
	               c->error[0] != '\0' ? c->error
	                                   : lib.easy_strerror(code));
}

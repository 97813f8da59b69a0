/*
 * Whose certificates count: a real handshake with the openssl command, and a
 * libcurl whose built-in folder of certificates is one of ours.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "net/internal.h"
#include "tests/support/runner.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* CURLOPT_CAPATH; the header has its own room. */
#define FOLDER_OPTION 10097

static void *libcurl;
static const char *folder;

/* Stands before libcurl's own: afterwards an option is what it is built with,
 * and that is the folder. */
void curl_easy_reset(void *easy);
void curl_easy_reset(void *easy)
{
	void (*reset)(void *);
	int (*setopt)(void *, int, ...);

	*(void **)&reset = dlsym(libcurl, "curl_easy_reset");
	*(void **)&setopt = dlsym(libcurl, "curl_easy_setopt");
	reset(easy);
	ck_assert_int_eq(setopt(easy, FOLDER_OPTION, folder), 0);
}

/* From now on the system's certificates are those in this folder. */
static void build_in(const char *path)
{
	struct err e = {0};

	folder = path;
	libcurl = dlopen(PAWL_CURL_SONAME, RTLD_NOW | RTLD_GLOBAL);
	ck_assert_ptr_nonnull(libcurl);
	net_curl_free(net_curl_new(&e));
	ASSERT_OK(net_curl_load(NULL, &e)); /* as this program sees it */
}

static const char *shell(const char *line)
{
	static char out[4096];
	FILE *f = popen(line, "r");
	size_t n = fread(out, 1, sizeof(out) - 1, f);

	out[n] = '\0';
	ck_assert_msg(pclose(f) == 0, "%s", line);
	return out;
}

/* A key and a certificate that vouches for itself, in NAME.key and NAME.pem. */
static void make(const char *name)
{
	shell(test_keep(
		xasprintf("openssl req -x509 -newkey ec -pkeyopt "
	                  "ec_paramgen_curve:prime256v1 -nodes -days 2 "
	                  "-subj /CN=%s -addext subjectAltName=IP:127.0.0.1 "
	                  "-keyout '%s.key' -out '%s.pem' 2>&1",
	                  name, test_path(name), test_path(name))));
}

/* A server with such a certificate; ends with this process. */
struct tls {
	pid_t pid;
	const char *url;
};

static void tls_start(struct tls *t, const char *name)
{
	const char *key = test_keep(xasprintf("%s.key", test_path(name)));
	const char *cert = test_keep(xasprintf("%s.pem", test_path(name)));
	char line[256], *colon = NULL;
	int out[2];
	FILE *f;

	ck_assert_int_eq(pipe(out), 0);
	t->pid = fork();
	if (t->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)close(out[0]);
		execlp("openssl", "openssl", "s_server", "-accept",
		       "127.0.0.1:0", "-www", "-key", key, "-cert", cert,
		       (char *)NULL);
		_exit(98);
	}
	(void)close(out[1]);
	f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "ACCEPT ", 7) == 0) {
			colon = strrchr(line, ':');
			break;
		}
	ck_assert_ptr_nonnull(colon);
	line[strcspn(line, "\n")] = '\0';
	t->url = test_keep(xasprintf("https://127.0.0.1%s/", colon));
}

static void tls_stop(const struct tls *t)
{
	(void)kill(t->pid, SIGTERM);
	(void)waitpid(t->pid, NULL, 0);
}

/* The status, or what kind of error. */
static const char *ask(const struct tls *t, const char *ca_name)
{
	const char *ca =
		ca_name == NULL
			? NULL
			: test_keep(xasprintf("%s.pem", test_path(ca_name)));
	struct net_options o = {
		.connect_ms = 5000, .total_ms = 5000, .ca_file = ca};
	struct net_request q = {
		.method = "GET", .url = t->url, .max_bytes = 1 << 16};
	SCOPED(net_free)
	struct net *n = net_new(&o);
	struct net_door d = net_door(n);
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e = {0};

	return net_ask(&d, &r, &q, &e) == 0
	               ? test_keep(xasprintf("%d", r.status))
	               : err_kind_name(e.kind);
}

TEST(certificates_that_are_given_count_in_place_of_the_systems)
{
	struct tls one, two;

	make("one");
	make("two");
	shell(test_keep(xasprintf("mkdir '%s' && cp '%s.pem' '%s' && "
	                          "openssl rehash '%s'",
	                          test_path("system"), test_path("one"),
	                          test_path("system"), test_path("system"))));
	build_in(test_path("system"));
	tls_start(&one, "one");
	tls_start(&two, "two");
	ck_assert_str_eq(ask(&one, NULL), "200");
	ck_assert_str_eq(ask(&two, NULL), "untrusted");
	ck_assert_str_eq(ask(&two, "two"), "200");
	ck_assert_str_eq(ask(&one, "two"), "untrusted");
	ck_assert_str_eq(ask(&one, "absent"), "untrusted");
	tls_stop(&one);
	tls_stop(&two);
}

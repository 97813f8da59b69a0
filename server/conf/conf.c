#include "config.h"

#include "server/conf/conf.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/conf/value.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct conf_key {
	const char *name;
	enum value_type type;
	size_t offset; /* in struct conf */
	const char *preset;
	int64_t min, max;
	const char *help;
} keys[] = {
#define CONF(name, type, preset, smallest, largest, help)                      \
	{#name,   VALUE_##type, offsetof(struct conf, name), preset, smallest, \
	 largest, help},
#include "server/conf/conf.def"
#undef CONF
};

const char *const conf_keys[] = {
#define CONF(name, type, preset, smallest, largest, help) #name,
#include "server/conf/conf.def"
#undef CONF
	NULL,
};

static void *field(struct conf *c, const struct conf_key *k)
{
	return (char *)c + k->offset;
}

static const void *field_const(const struct conf *c, const struct conf_key *k)
{
	return (const char *)c + k->offset;
}

static const struct conf_key *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

void conf_init(struct conf *c)
{
	struct err e = {0};

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		int rc = value_set(field(c, &keys[i]), keys[i].type,
		                   keys[i].preset, keys[i].min, keys[i].max,
		                   keys[i].name, &e);

		assert(rc == 0); /* conf.def keeps its own rules */
		(void)rc;
	}
}

void conf_fini(struct conf *c)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		value_drop(field(c, &keys[i]), keys[i].type);
}

static int unknown(const char *key, const char *origin, struct err *e)
{
	const char *near = value_nearest(conf_keys, key);

	if (near == NULL)
		return err_code(e, ERR_INVALID, "unknown_key",
		                "%s: unknown key '%.64s'", origin, key);
	return err_code(e, ERR_INVALID, "unknown_key",
	                "%s: unknown key '%.64s'; '%s' is the nearest", origin,
	                key, near);
}

int conf_set(struct conf *c, const char *key, const char *value,
             const char *origin, struct err *e)
{
	const struct conf_key *k = find(key);
	struct err why = {0};

	if (k == NULL)
		return unknown(key, origin, e);
	if (value_set(field(c, k), k->type, value, k->min, k->max, k->name,
	              &why) == 0)
		return 0;
	return err_code(e, ERR_INVALID, "bad_value", "%s: %s", origin, why.msg);
}

bool conf_addr_is_loopback(const struct conf_addr *a)
{
	return strncmp(a->host, "127.", 4) == 0 || strcmp(a->host, "::1") == 0;
}

static bool is_any(const struct conf_addr *a)
{
	return strcmp(a->host, "0.0.0.0") == 0 || strcmp(a->host, "::") == 0;
}

/* Loops share a port on purpose; two listeners must not by accident. */
static bool is_overlapping(const struct conf_addr *a, const struct conf_addr *b)
{
	return a->port != 0 && a->port == b->port && *b->host != '\0' &&
	       (strcmp(a->host, b->host) == 0 || is_any(a) || is_any(b));
}

static int check_plain(const struct conf *c, const struct conf_addr *a,
                       const char *key, struct err *e)
{
	if (*a->host == '\0' || c->plain_http || conf_addr_is_loopback(a))
		return 0;
	return err_set(e, ERR_INVALID,
	               "%s: %s is not loopback, and HTTP is not encrypted; put "
	               "a TLS proxy in front, or set plain_http = yes",
	               key, a->host);
}

static int check_url(const char *url, struct err *e)
{
	size_t n = strlen(url);

	if (n == 0)
		return 0;
	if ((strncmp(url, "https://", 8) != 0 &&
	     strncmp(url, "http://", 7) != 0) ||
	    url[n - 1] == '/' || strpbrk(url, " \t\"'<>\\?#") != NULL)
		return err_set(e, ERR_INVALID,
		               "public_url: '%s' is not like "
		               "https://updates.example.org",
		               url);
	return 0;
}

/* Two signings in a row may fail before anything expires. */
static int check_life(const struct conf *c, int64_t life_s, const char *key,
                      struct err *e)
{
	if (c->refresh_every == 0 || life_s >= 3 * c->refresh_every)
		return 0;
	return err_code(e, ERR_INVALID, "short_life",
	                "%s: %" PRId64 " s is shorter than three times "
	                "refresh_every (%" PRId64
	                " s): two signings that fail would let it expire; at "
	                "least %" PRId64 " s are needed, or a shorter interval",
	                key, life_s, c->refresh_every, 3 * c->refresh_every);
}

/* A witness that is restored with what it watches is none. */
static int check_witness(const struct conf *c, struct err *e)
{
	size_t n = strlen(c->data_dir);

	if (strncmp(c->witness_file, c->data_dir, n) != 0 ||
	    (c->witness_file[n] != '/' && c->data_dir[n - 1] != '/'))
		return 0;
	return err_code(e, ERR_INVALID, "witness_inside",
	                "witness_file: lies in data_dir, and would go back "
	                "with it; put it on another disk");
}

int conf_finish(struct conf *c, struct err *e)
{
	if (check_plain(c, &c->listen, "listen", e) != 0 ||
	    check_plain(c, &c->ops_listen, "ops_listen", e) != 0 ||
	    check_url(c->public_url, e) != 0 || check_witness(c, e) != 0 ||
	    check_life(c, c->timestamp_life, "timestamp_life", e) != 0 ||
	    check_life(c, c->snapshot_life, "snapshot_life", e) != 0 ||
	    check_life(c, c->rollout_life, "rollout_life", e) != 0)
		return -1;
	if (is_overlapping(&c->listen, &c->ops_listen))
		return err_set(e, ERR_INVALID,
		               "ops_listen: port %u is the port of listen",
		               c->ops_listen.port);
	if (*c->online_keys == '\0') {
		free(c->online_keys);
		c->online_keys = fs_join(c->data_dir, "keys");
	}
	return 0;
}

int conf_read(struct conf *c, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(CONF_FILE_MAX);
	char real[PATH_MAX];

	/* A container's configuration is often a link to the real file, so
	 * links are followed here, and only here. */
	if (fs_read(&text, realpath(path, real) != NULL ? real : path, e) != 0)
		return -1;
	return conf_parse(c, path, buf_str(&text), text.len, e);
}

void conf_print(struct buf *out, const struct conf *c)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		buf_printf(out, "%s# %s\n%s = ", i > 0 ? "\n" : "",
		           keys[i].help, keys[i].name);
		value_print(out, field_const(c, &keys[i]), keys[i].type);
		buf_putc(out, '\n');
	}
}

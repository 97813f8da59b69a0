/*
 * pawld's configuration: one INI file without sections, every key in
 * conf.def. What is not understood stops the server before it starts: an
 * unknown key, a key twice, a value out of range, a line too long to be read
 * whole. Each refusal names file and line.
 *
 * Read once at start; immutable afterwards, any thread.
 */
#ifndef SERVER_CONF_CONF_H
#define SERVER_CONF_CONF_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/log.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_addr {
	char host[46]; /* numeric, without brackets; "" when off */
	uint16_t port; /* 0: any free one */
};

#define CONF_STR char *
#define CONF_PATH char *
#define CONF_INT int64_t
#define CONF_SECONDS int64_t
#define CONF_BYTES int64_t
#define CONF_BOOL bool
#define CONF_LEVEL enum log_level
#define CONF_ADDR struct conf_addr
#define CONF_ADDR_OR_OFF struct conf_addr

/* Strings are never NULL. */
struct conf {
#define CONF(name, type, preset, smallest, largest, help) CONF_##type name;
#include "server/conf/conf.def"
#undef CONF
};

/* What holds without any file. */
void conf_init(struct conf *c);
void conf_fini(struct conf *c);
DEFINE_SCOPED_PLACE(conf_fini, struct conf)

/* Sets one key from text; `origin` ("pawld.conf:12", "--listen") names the
 * place in the refusal. ERR_INVALID; code "unknown_key" with the nearest key
 * named, or "bad_value". */
MUST_USE int conf_set(struct conf *c, const char *key, const char *value,
                      const char *origin, struct err *e);

/* Sets all that stands in the text of a file called `name`. */
MUST_USE int conf_parse(struct conf *c, const char *name, const char *text,
                        size_t len, struct err *e);

/* The same for a file, also one behind a link. ERR_TOO_LARGE above
 * CONF_FILE_MAX bytes; what fs_read() says of one that is not there. */
#define CONF_FILE_MAX ((size_t)1 << 20)
MUST_USE int conf_read(struct conf *c, const char *path, struct err *e);

/* The rules between keys; fills in what follows from others (online_keys).
 * To be called once, after everything is set. */
MUST_USE int conf_finish(struct conf *c, struct err *e);

/* `--print-config`: the file that would give this configuration, with the
 * help as comments. */
void conf_print(struct buf *out, const struct conf *c);

/* 127.0.0.0/8 and ::1. */
bool conf_addr_is_loopback(const struct conf_addr *a);

/* The keys in the order of conf.def; NULL behind the last. */
extern const char *const conf_keys[];

#endif

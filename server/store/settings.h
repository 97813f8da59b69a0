/*
 * Small facts about this server, by name: the identity of its repository, for
 * example. Not the configuration, which is a file.
 */
#ifndef SERVER_STORE_SETTINGS_H
#define SERVER_STORE_SETTINGS_H

#include "lib/base/buf.h"
#include "server/store/store.h"

/* Appends the value; ERR_NOT_FOUND. */
MUST_USE int settings_get(struct buf *out, struct store *s, const char *name,
                          struct err *e);
MUST_USE int settings_put(struct store *s, const char *name, const char *value,
                          struct err *e);

#endif

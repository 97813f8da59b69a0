/*
 * The types of configuration values: text to value and back. What
 * value_print() writes, value_set() reads as the same value.
 */
#ifndef SERVER_CONF_VALUE_H
#define SERVER_CONF_VALUE_H

#include "server/conf/conf.h"

enum value_type {
	VALUE_STR,         /* char *; length within min to max */
	VALUE_PATH,        /* the same */
	VALUE_INT,         /* int64_t */
	VALUE_SECONDS,     /* int64_t: "90s", "15m", "6h", "30d" */
	VALUE_BYTES,       /* int64_t: "4096", "64K", "16M", "2G" */
	VALUE_BOOL,        /* bool: "yes", "no" */
	VALUE_LEVEL,       /* enum log_level */
	VALUE_ADDR,        /* struct conf_addr: "127.0.0.1:80", "[::1]:80" */
	VALUE_ADDR_OR_OFF, /* the same, or "off" */
};

/* Replaces the value at `field`, which was zeroed or set before. */
MUST_USE int value_set(void *field, enum value_type type, const char *text,
                       int64_t min, int64_t max, const char *what,
                       struct err *e);
void value_drop(void *field, enum value_type type);
void value_print(struct buf *out, const void *field, enum value_type type);

/* The word of the NULL-ended list that `word` was probably meant to be; NULL
 * when none is near. */
const char *value_nearest(const char *const *words, const char *word);

#endif

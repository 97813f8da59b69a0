/*
 * UTF-8 in sentences: what is quoted from outside may be anything, and what
 * is cut to a size may be cut within a character.
 */
#ifndef LIB_BASE_UTF8_H
#define LIB_BASE_UTF8_H

#include <stddef.h>

/* Length of the sequence at p (RFC 3629), 0 when it is none; p ends in NUL. */
size_t utf8_len(const char *p);

/* Makes it UTF-8: a character that was cut at the end goes, any other byte
 * that belongs to none becomes '?'. */
void utf8_mend(char *text);

#endif

/*
 * Characters in sentences: what is quoted from outside may be any bytes, may
 * act on the terminal that shows it, and may be cut within a character.
 */
#ifndef LIB_BASE_UTF8_H
#define LIB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the sequence at p (RFC 3629), 0 when it is none; p ends in NUL. */
size_t utf8_len(const char *p);

/* Characters that act on a terminal instead of being shown by it: control
 * characters, and those that are unseen or turn the direction of writing. */
bool utf8_acts(uint32_t c);

/* Makes it UTF-8 on one line that a terminal may show: a character that was
 * cut at the end goes, line ends and tabs become blanks, any other that acts,
 * and any byte that belongs to none, becomes '?'. */
void utf8_mend(char *text);

#endif

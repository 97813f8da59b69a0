/*
 * A file name for any text that a repository may choose: names of roles and
 * paths of targets. One folder entry, whatever the text says: no "/", no
 * leading dot, never too long, and no two texts share one
 * (CVE-2021-41131, CVE-2021-41149, CVE-2026-6968).
 */
#ifndef GET_NAME_H
#define GET_NAME_H

/* With the NUL. What is put around a name stays below the 255 bytes of a
 * folder entry. */
#define GET_NAME_SIZE 152

/* Letters, digits and "_-~" stay, a dot too unless it comes first, and all
 * else is percent-encoded; of what would be too long, the beginning, "%~" and
 * its sha256. */
void get_name(char out[GET_NAME_SIZE], const char *text);

#endif

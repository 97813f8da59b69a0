/*
 * The words of trust.md (Roles, Identities) that name things: one spelling
 * each, ASCII, bounded, safe in a path, a URL and a shell.
 */
#ifndef LIB_BASE_NAME_H
#define LIB_BASE_NAME_H

#include <stdbool.h>

#define NAME_MAX_LEN 64    /* hardware, region, channel, role */
#define PRODUCT_MAX_LEN 40 /* product, plan id */
#define TARGET_MAX_LEN 1024
/* Of one name in a folder, on every file system there is. */
#define TARGET_FOLDER_MAX 255
/* Files are served, and copied for other servers, as HASH.NAME: 64 digits and
 * a dot. */
#define TARGET_FILE_MAX (TARGET_FOLDER_MAX - 65)

/* Hardware revision, region, channel: [a-z0-9][a-z0-9._-]{0,63}. */
bool name_is_word(const char *s);
/* Product, plan id: [a-z0-9][a-z0-9-]{0,39}. */
bool name_is_product(const char *s);
/* TUF target path: [A-Za-z0-9._+/-], at most 1024 bytes, no empty segment,
 * none that starts with a dot, none that no folder can hold. */
bool name_is_target(const char *s);
/* What hangs on a target path's last segment: [A-Za-z0-9._+-]{1,128}, not
 * starting with a dot. */
bool name_is_file(const char *s);

#endif

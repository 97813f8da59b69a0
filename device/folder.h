/*
 * A door that is a folder: a repository's static tree (metadata/, targets/)
 * read as if it were served. For decisions offline, and for tests.
 */
#ifndef DEVICE_FOLDER_H
#define DEVICE_FOLDER_H

#include "net/net.h"

/* URLs below this are paths below the folder. */
#define FOLDER_SERVER "folder:"

/* dir is borrowed. GET only; what is not there is 404. */
struct net_door folder_door(const char *dir);

#endif

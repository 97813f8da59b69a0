/*
 * A struct net_door behind a loopback port: what stands in memory for a
 * server to a client in the same process is one to a real program, too.
 *
 *	struct door_http *s = door_http_start(&door, "http://fake");
 *	… a program asks door_http_url(s) …
 *	door_http_stop(s);              now the door's own state may be read
 *
 * One thread, one request per connection, every wait bounded. Whole answers
 * alone: a Range is not passed on.
 */
#ifndef TESTS_SUPPORT_DOOR_HTTP_H
#define TESTS_SUPPORT_DOOR_HTTP_H

#include "net/net.h"

struct door_http;

/* The door is asked for `base` and the path that came. It must live until
 * door_http_stop(), and is the thread's alone until then. */
struct door_http *door_http_start(const struct net_door *door,
                                  const char *base);
/* "http://127.0.0.1:PORT". */
const char *door_http_url(const struct door_http *s);
/* Ends the thread; frees. */
void door_http_stop(struct door_http *s);

#endif

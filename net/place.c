#include "config.h"

#include "net/place.h"

#include "lib/base/num.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define SCHEME "http://"
#define HTTP_PORT 80

/* The address, when this is the one way to write it. */
static int read_address(union net_address *out, int family, const char *text)
{
	char again[INET6_ADDRSTRLEN];
	void *at = family == AF_INET ? (void *)&out->v4.sin_addr
	                             : (void *)&out->v6.sin6_addr;

	memset(out, 0, sizeof(*out));
	out->any.sa_family = (sa_family_t)family;
	if (inet_pton(family, text, at) != 1 ||
	    inet_ntop(family, at, again, sizeof(again)) == NULL)
		return -1;
	return strcmp(text, again) == 0 ? 0 : -1;
}

static bool is_loopback(const union net_address *a)
{
	if (a->any.sa_family == AF_INET)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static int find(struct net_place *out, const char *host)
{
	size_t n = strlen(host);
	char inner[NET_HOST_MAX];

	out->n_addresses = 1;
	if (strcmp(host, "localhost") == 0) { /* RFC 6761 6.3 */
		out->n_addresses = 2;
		return read_address(&out->addresses[0], AF_INET, "127.0.0.1") |
		       read_address(&out->addresses[1], AF_INET6, "::1");
	}
	if (host[0] != '[' || host[n - 1] != ']')
		return read_address(&out->addresses[0], AF_INET, host);
	(void)snprintf(inner, sizeof(inner), "%.*s", (int)(n - 2), host + 1);
	return read_address(&out->addresses[0], AF_INET6, inner);
}

static void set_port(struct net_place *p, int64_t port)
{
	for (size_t i = 0; i < p->n_addresses; i++) {
		union net_address *a = &p->addresses[i];
		in_port_t raw = htons((uint16_t)port);

		if (a->any.sa_family == AF_INET)
			a->v4.sin_port = raw;
		else
			a->v6.sin6_port = raw;
	}
}

/* Cuts ":8080" off; the port, or -1. */
static int64_t cut_port(char *host)
{
	char *colon = strrchr(host, ':');
	int64_t port;

	if (colon == NULL || colon[strlen(colon) - 1] == ']')
		return HTTP_PORT; /* none, or within an IPv6 address */
	*colon = '\0';
	if (num_i64(&port, colon + 1, 1, 65535, "port", NULL) != 0)
		return -1;
	return port;
}

/* What may stand in a request line as it is. */
static bool is_path(const char *s)
{
	if (*s != '\0' && *s != '/')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 127 || *s == '#')
			return false;
	return true;
}

int net_place_parse(struct net_place *out, const char *url)
{
	const char *authority = url + strlen(SCHEME);
	size_t n;
	int64_t port;

	*out = (struct net_place){0};
	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return -1;
	n = strcspn(authority, "/?#");
	if (n == 0 || n >= sizeof(out->host) || !is_path(authority + n))
		return -1;
	memcpy(out->host, authority, n);
	port = cut_port(out->host);
	if (port < 0 || out->host[0] == '\0' || find(out, out->host) != 0)
		return -1;
	set_port(out, port);
	out->is_loopback = is_loopback(&out->addresses[0]);
	(void)snprintf(out->host, sizeof(out->host), "%.*s", (int)n, authority);
	if (port == HTTP_PORT)
		(void)cut_port(out->host); /* as libcurl says it */
	out->path = authority[n] != '\0' ? authority + n : "/";
	return 0;
}

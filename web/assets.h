/*
 * The dashboard and the interface's description, compiled in: so the server
 * is one file, and a page always fits the server that sends it. The table is
 * generated from web/static and schema/openapi.yaml at build time.
 *
 * Constant; any thread.
 */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stddef.h>

#define WEB_ETAG_SIZE 65 /* a sha256 in hex, and the NUL */

struct web_asset {
	const char *name; /* "index.html", without a folder */
	const char *type; /* Content-Type */
	const unsigned char *bytes;
	size_t len;
	char etag[WEB_ETAG_SIZE]; /* without quotes: sha256 of the bytes */
};

extern const struct web_asset web_assets[];
extern const size_t web_n_assets;

/* NULL when there is none of this name. */
const struct web_asset *web_asset_find(const char *name);

#endif

#include "config.h"

#include "tests/fleet/harm.h"

#include "lib/base/cleanup.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/rng.h"

#include <stdlib.h>
#include <string.h>

static int refuse(const char *text, struct err *e)
{
	return err_set(e, ERR_USAGE,
	               "'%s' is not SHA256=HW/REGION[:PERCENT[:SECONDS]]",
	               text);
}

static bool set_place(word out, const char *text)
{
	if (text == NULL || (strcmp(text, "*") != 0 && !name_is_word(text)))
		return false;
	word_set(out, text);
	return true;
}

int harm_parse(struct harm *out, enum harm_kind kind, const char *text,
               struct err *e)
{
	SCOPED(free)
	char *copy = xstrdup(text);
	char *rest = copy;
	const char *sha256 = strsep(&rest, "=");
	const char *hw = rest != NULL ? strsep(&rest, "/") : NULL;
	const char *region = rest != NULL ? strsep(&rest, ":") : NULL;
	const char *percent = rest != NULL ? strsep(&rest, ":") : NULL;
	const char *seconds = rest;

	*out = (struct harm){.kind = kind, .percent = 100};
	if (!is_hex(sha256, SHA256_HEX_SIZE - 1) ||
	    !set_place(out->cell.hw, hw) ||
	    !set_place(out->cell.region, region) ||
	    (seconds != NULL && kind != HARM_DARK))
		return refuse(text, e);
	memcpy(out->sha256, sha256, SHA256_HEX_SIZE);
	if (percent != NULL &&
	    num_i64(&out->percent, percent, 0, 100, "percent", e) != 0)
		return -1;
	if (seconds != NULL &&
	    num_i64(&out->dark_s, seconds, 1, 86400, "seconds", e) != 0)
		return -1;
	return 0;
}

/* The image's own luck on this device. */
static uint64_t draw(const char *sha256, uint64_t seed)
{
	struct rng_seeded r;
	uint64_t image;

	memcpy(&image, sha256, sizeof(image));
	rng_seeded_init(&r, seed ^ image);
	return rng_below(&r.rng, 100);
}

bool harm_hits(const struct harm *h, const char *sha256, const char *hw,
               const char *region, uint64_t seed)
{
	return strcmp(h->sha256, sha256) == 0 &&
	       cells_match(&h->cell, 1, hw, region) &&
	       draw(sha256, seed) < (uint64_t)h->percent;
}

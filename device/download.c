#include "config.h"

#include "device/download.h"

#include "lib/base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int download_begin(struct download *d, const struct slots *slots, int slot,
                   const char *sha256, int64_t length, struct err *e)
{
	int64_t size;

	*d = (struct download){.slots = slots, .slot = slot, .length = length};
	(void)snprintf(d->sha256, sizeof(d->sha256), "%s", sha256);
	if (slots_size(&size, slots, slot, e) != 0)
		return -1;
	if (size == 0 || size > length) {
		if (slots_erase(slots, slot, e) != 0)
			return -1;
		size = 0;
	}
	d->hash = hash_new(HASH_SHA256);
	d->done = size;
	return slots_hash(d->hash, slots, slot, size, e);
}

void download_fini(struct download *d)
{
	hash_free(d->hash);
	d->hash = NULL;
}

bool download_is_whole(const struct download *d)
{
	return d->done == d->length;
}

/* Other bytes than the signed ones: none of them is kept. */
static int refuse(struct download *d, const char *code, struct err *e)
{
	struct err erase = {0};

	hash_free(d->hash);
	d->hash = hash_new(HASH_SHA256);
	d->done = 0;
	if (slots_erase(d->slots, d->slot, &erase) != 0 && e != NULL)
		*e = erase;
	else if (e != NULL)
		(void)snprintf(e->code, sizeof(e->code), "%s", code);
	return -1;
}

/* One answer on its way into the slot. */
struct intake {
	struct download *d;
	int64_t at;  /* offset in the image of the next byte that arrives */
	int64_t end; /* of the range that was asked for */
	bool has_head;
	bool refused;
};

/* Once per answer: it must speak of the same file as the signature. */
static int take_head(struct intake *in, const struct net_reply *head,
                     struct err *e)
{
	const struct download *d = in->d;

	in->has_head = true;
	if (head->status == 200) { /* the whole file: a server without ranges */
		in->at = 0;
		in->end = d->length;
		return 0;
	}
	if (head->range_from == d->done &&
	    (head->range_total < 0 || head->range_total == d->length))
		return 0;
	in->refused = true;
	return err_set(e, ERR_UNTRUSTED,
	               "offers bytes from %" PRId64 " of %" PRId64
	               ", from %" PRId64 " of %" PRId64 " are needed",
	               head->range_from, head->range_total, d->done, d->length);
}

static int take(void *ctx, const struct net_reply *head, const void *bytes,
                size_t n, struct err *e)
{
	struct intake *in = ctx;
	struct download *d = in->d;
	const char *p = bytes;
	int64_t skip;

	if (!in->has_head && take_head(in, head, e) != 0)
		return -1;
	if ((int64_t)n > in->end - in->at) {
		in->refused = true;
		return err_set(e, ERR_UNTRUSTED,
		               "has more than %" PRId64 " bytes", in->end);
	}
	/* Of a whole file, what is there already passes by. */
	skip = d->done > in->at ? d->done - in->at : 0;
	if (skip > (int64_t)n)
		skip = (int64_t)n;
	in->at += (int64_t)n;
	p += skip;
	n -= (size_t)skip;
	if (n == 0)
		return 0;
	if (slots_write(d->slots, d->slot, d->done, p, n, e) != 0)
		return -1;
	hash_update(d->hash, p, n);
	d->done += (int64_t)n;
	return 0;
}

/* An answer came to its end: was it the file? */
static int judge(struct download *d, const struct intake *in,
                 const struct net_reply *r, const char *url,
                 int64_t *retry_after_s, struct err *e)
{
	if (r->status == 429 || r->status >= 500) {
		*retry_after_s = r->retry_after_s;
		return err_set(e, ERR_BUSY, "%s: status %d", url, r->status);
	}
	if (r->status == 404 || r->status == 410)
		return err_code(e, ERR_NOT_FOUND, "transport_missing",
		                "%s: status %d", url, r->status);
	/* 416: its file ends where we want to go on. So does a whole file
	 * that is too short. */
	if (r->status == 416 || (r->status == 200 && !download_is_whole(d))) {
		(void)err_set(e, ERR_UNTRUSTED,
		              "%s: ends at %" PRId64 " bytes, %" PRId64
		              " are needed",
		              url, in->at, d->length);
		return refuse(d, "transport_length", e);
	}
	if (r->status != 200 && r->status != 206)
		return err_set(e, ERR_UNREACHABLE, "%s: status %d", url,
		               r->status);
	return 0;
}

static int ask(struct download *d, const struct net_door *net, const char *url,
               int64_t chunk_bytes, int64_t *retry_after_s, struct err *e)
{
	struct intake in = {.d = d, .at = d->done};
	struct net_request q = {.method = "GET",
	                        .url = url,
	                        .max_bytes = (size_t)d->length,
	                        .sink = take,
	                        .sink_ctx = &in};
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	int64_t left = d->length - d->done;

	in.end = d->done + (left < chunk_bytes ? left : chunk_bytes);
	/* A file that fits is asked for whole: no range, any server. */
	if (d->done > 0 || in.end < d->length) {
		q.from_byte = d->done;
		q.to_byte = in.end - 1;
	}
	if (net_ask(net, &r, &q, e) == 0)
		return judge(d, &in, &r, url, retry_after_s, e);
	if (!in.refused && e->kind != ERR_TOO_LARGE)
		return -1;
	err_context(e, "%s", url);
	return refuse(d, "transport_length", e);
}

int download_step(struct download *d, const struct net_door *net,
                  const char *url, int64_t chunk_bytes, int64_t *retry_after_s,
                  struct err *e)
{
	int64_t before = d->done;
	struct err why = {0};
	int result = 0;

	*retry_after_s = -1;
	if (download_is_whole(d))
		return 0;
	result = ask(d, net, url, chunk_bytes, retry_after_s, &why);
	if (result == 0 && d->done == before)
		result = err_set(&why, ERR_UNREACHABLE, "%s: an empty answer",
		                 url);
	if (d->done > before && slots_sync(d->slots, d->slot, &why) != 0)
		result = -1;
	if (result != 0 && e != NULL)
		*e = why;
	return result;
}

int download_finish(struct download *d, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	hash_final(d->hash, digest);
	hex_encode(hex, digest, sizeof(digest));
	if (strcmp(hex, d->sha256) == 0)
		return 0;
	(void)err_set(e, ERR_UNTRUSTED,
	              "the download's sha256 is %s, %s is needed", hex,
	              d->sha256);
	return refuse(d, "transport_hash", e);
}

#include "config.h"

#include "tests/unit/device/fakes.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <string.h>

void fake_file_init(struct fake_file *f, const void *bytes, size_t len)
{
	*f = (struct fake_file){.bytes = bytes,
	                        .len = len,
	                        .claim_from = -1,
	                        .claim_total = -1,
	                        .retry_after_s = -1};
}

static int give(struct fake_file *f, struct net_reply *r,
                const struct net_request *q, size_t from, size_t n,
                struct err *e)
{
	size_t piece = f->piece ? f->piece : 1000;
	size_t left = f->cut_after && f->cut_after < n ? f->cut_after : n;

	if (n > q->max_bytes)
		return err_set(e, ERR_TOO_LARGE, "fake: too many bytes");
	while (left > 0) {
		size_t part = left < piece ? left : piece;
		char beyond[1000] = {0};
		const char *p =
			from + part <= f->len ? f->bytes + from : beyond;

		if (q->sink(q->sink_ctx, r, p, part, e) != 0)
			return -1;
		f->sent += part;
		from += part;
		left -= part;
	}
	if (f->cut_after && f->cut_after < n)
		return err_set(e, ERR_UNREACHABLE, "fake: the line dropped");
	return 0;
}

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	struct fake_file *f = ctx;
	bool ranged = q->to_byte > 0 && !f->no_ranges;
	size_t from = ranged ? (size_t)q->from_byte : 0;
	size_t end = ranged ? (size_t)q->to_byte + 1 : f->len;

	*out = (struct net_reply){.status = ranged ? 206 : 200,
	                          .range_from = -1,
	                          .range_total = -1,
	                          .retry_after_s = f->retry_after_s,
	                          .body = BUF_INIT(q->max_bytes)};
	f->requests++;
	f->last_from = q->to_byte > 0 ? q->from_byte : -1;
	f->last_to = q->to_byte;
	if (f->unreachable)
		return err_set(e, ERR_UNREACHABLE, "fake: nobody there");
	if (ranged && from >= f->len && f->extra == 0)
		out->status = 416;
	if (f->status != 0)
		out->status = f->status;
	if (out->status != 200 && out->status != 206)
		return 0;
	if (end > f->len)
		end = f->len;
	if (ranged) {
		out->range_from =
			f->claim_from >= 0 ? f->claim_from : (int64_t)from;
		out->range_total =
			f->claim_total >= 0 ? f->claim_total : (int64_t)f->len;
	}
	return give(f, out, q, from, end - from + f->extra, e);
}

struct net_door fake_file_door(struct fake_file *f)
{
	return (struct net_door){request, f};
}

const char *fake_bytes(size_t n, unsigned seed)
{
	char *p = test_keep(xmalloc(n));
	unsigned x = seed * 2654435761u + 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (char)(x >> 24);
	}
	return p;
}

char *fake_content(const char *path)
{
	struct buf b = BUF_INIT((size_t)1 << 22);
	struct err e;

	ASSERT_OK(fs_read(&b, path, &e));
	return test_keep(buf_take(&b));
}

void fake_provision(struct provision *out, char c, size_t len)
{
	const char *path = test_path("factory.img");
	char *bytes = test_keep(xmalloc(len));
	struct err e;

	memset(bytes, c, len);
	ASSERT_OK(fs_write(path, bytes, len, 0600, &e));
	*out = (struct provision){.id = FAKE_ID,
	                          .product = "coat",
	                          .hw = "a7",
	                          .region = "eu",
	                          .channel = "production",
	                          .repo = FAKE_REPO,
	                          .root = xstrdup(test_path("root.json")),
	                          .server = xstrdup("http://fake"),
	                          .batch_token = xstrdup("batch"),
	                          .has_clock = true,
	                          .poll_min_s = 30,
	                          .slot_bytes = -1,
	                          .image = {.file = xstrdup(path),
	                                    .length = (int64_t)len,
	                                    .version = "1.0.0",
	                                    .counter = 1,
	                                    .built_s = 1700000000}};
	hash_sha256_hex(out->image.sha256, bytes, len);
}

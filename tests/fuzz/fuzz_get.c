/*
 * What pawl-get lets a stranger decide: names of files, the answers to its
 * requests for a target, a header.
 */
#include "config.h"

#include "get/artifact.h"
#include "get/name.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "net/net.h"
#include "tests/support/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fuzz_get: %s\n", what);
		abort();
	}
}

static void check_name(const char *name, const char *text)
{
	must(strlen(name) < GET_NAME_SIZE, "a name too long");
	must(strchr(name, '/') == NULL && name[0] != '.', "a name that leads");
	must(name[0] != '\0' || text[0] == '\0', "no name");
	for (const char *p = name; *p != '\0'; p++)
		must(*p > ' ' && *p < 127, "a name with odd bytes");
}

/* Two texts: each name is safe, and they share one only when they are one. */
FUZZ_TARGET(get_name)
{
	SCOPED(free)
	char *text = xcalloc(size + 2, 1);
	char one[GET_NAME_SIZE], two[GET_NAME_SIZE];
	const char *other;

	if (size > 0)
		memcpy(text, data, size);
	other = strlen(text) < size ? text + strlen(text) + 1 : "";
	get_name(one, text);
	get_name(two, other);
	check_name(one, text);
	check_name(two, other);
	must((strcmp(one, two) == 0) == (strcmp(text, other) == 0),
	     "two texts with one name");
}

FUZZ_TARGET(content_range)
{
	SCOPED(free)
	char *text = xcalloc(size + 1, 1);
	int64_t from = -1, total = -1;

	if (size > 0)
		memcpy(text, data, size);
	if (net_parse_content_range(&from, &total, text) == 0)
		must(from >= 0 && (total == -1 || total > from),
		     "a range outside its file");
}

#define LENGTH 200
static char content[LENGTH + 1];
static char dir[64];

struct input {
	const uint8_t *p, *end;
};

static unsigned next(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

/* Bytes in pieces: the right ones, others, or the right ones elsewhere. */
static int pour(struct input *in, const struct net_request *q,
                const struct net_reply *head, size_t at, struct err *e)
{
	for (unsigned pieces = next(in) % 8; pieces > 0; pieces--) {
		char piece[256];
		size_t n = next(in);
		unsigned what = next(in) % 4;

		if (what == 1)
			at = next(in);
		for (size_t i = 0; i < n; i++)
			piece[i] = what == 0 ? 'X' : content[(at + i) % LENGTH];
		if (n > 0 && q->sink(q->sink_ctx, head, piece, n, e) != 0)
			return -1;
		at += n;
	}
	return 0;
}

static int hostile(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	static const int statuses[] = {200, 206, 200, 206, 404, 416, 503, 301};
	struct input *in = ctx;
	unsigned how = next(in);

	*out = (struct net_reply){.status = statuses[how % 8],
	                          .range_from = -1,
	                          .range_total = -1,
	                          .retry_after_s = -1};
	if (out->status == 206) {
		out->range_from = how & 8 ? (int64_t)next(in) : q->from_byte;
		out->range_total = how & 16 ? (int64_t)next(in) : LENGTH;
	}
	if ((out->status == 200 || out->status == 206) &&
	    pour(in, q, out, out->range_from > 0 ? (size_t)out->range_from : 0,
	         e) != 0)
		return -1;
	return how & 32 ? err_set(e, ERR_UNREACHABLE, "%s: cut", q->url) : 0;
}

static int honest(void *ctx, struct net_reply *out, const struct net_request *q,
                  struct err *e)
{
	size_t from = q->to_byte > 0 ? (size_t)q->from_byte : 0;

	(void)ctx;
	*out = (struct net_reply){.status = q->to_byte > 0 ? 206 : 200,
	                          .range_from = (int64_t)from,
	                          .range_total = LENGTH,
	                          .retry_after_s = -1};
	return q->sink(q->sink_ctx, out, content + from, LENGTH - from, e);
}

static void begin(struct tuf_target *t)
{
	static char path[] = "a/x";

	if (dir[0] == '\0') {
		/* In memory where there is such a place: much is synced. */
		(void)snprintf(dir, sizeof(dir), "%s/pawl-fuzz-XXXXXX",
		               fs_exists("/dev/shm") ? "/dev/shm" : "/tmp");
		must(mkdtemp(dir) != NULL, "no folder");
		for (int i = 0; i < LENGTH; i++)
			content[i] = (char)('a' + i % 26);
	}
	*t = (struct tuf_target){.path = path, .length = LENGTH};
	hash_sha256_hex(t->sha256, content, LENGTH);
}

/* In its place there is the signed file or none. */
static bool is_right(void)
{
	SCOPED(free)
	char *path = fs_join(dir, "a%2Fx");
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	if (fs_read(&b, path, NULL) != 0)
		return false;
	must(b.len == LENGTH && memcmp(buf_str(&b), content, LENGTH) == 0,
	     "other bytes stand in its place");
	return true;
}

static void spoil(struct input *in, const char *part)
{
	char bytes[256];
	size_t n = next(in);

	memcpy(bytes, content, LENGTH);
	memset(bytes + LENGTH, 'y', sizeof(bytes) - LENGTH);
	bytes[next(in)] = (char)next(in);
	must(fs_write(part, bytes, n, 0644, NULL) == 0, "no partial file");
}

static int remove_one(void *ctx, const char *name, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, name);

	(void)ctx;
	return fs_remove(path, e);
}

/* A few calls while server and disk do as the input says, then an honest
 * server: it always ends with the file. */
FUZZ_TARGET(artifact)
{
	struct input in = {data, data + size};
	struct tuf_target t;
	struct net_door bad = {hostile, &in}, good = {honest, NULL};
	struct artifact a = {.target = &t, .dir = dir, .url = "http://h/x"};
	char *path = NULL;
	bool cached;

	begin(&t);
	must(fs_list(dir, remove_one, NULL, NULL) == 0,
	     "a folder that stays full");
	SCOPED(free)
	char *part = xasprintf("%s/.a%%2Fx=%s.part", dir, t.sha256);
	for (int calls = 0; calls < 4 && in.p < in.end; calls++) {
		struct err e = {0};

		if (next(&in) % 4 == 0)
			spoil(&in, part);
		if (artifact_get(&path, &cached, &a, &bad, &e) == 0)
			must(is_right(), "a success without a file");
		else
			must(!is_right(), "a refusal with a file");
		free(MOVE(path));
		if (is_right())
			must(fs_list(dir, remove_one, NULL, NULL) == 0, "full");
	}
	must(artifact_get(&path, &cached, &a, &good, NULL) == 0 && is_right(),
	     "an honest server did not help");
	free(path);
}

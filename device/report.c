#include "config.h"

#include "device/report.h"

#include "device/crc.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file: lines "CRC JSON\n" of three kinds, {"seq":…} an item,
 * {"gone":[seq …]} items that left, {"mark":n} numbers that are used up. */
/* Before it gets longer it is rewritten: about twice what REPORT_PENDING_MAX
 * items need. */
#define FILE_BYTES_MAX ((int64_t)512 << 10)
/* Rewritten once it is longer and nothing waits. */
#define FILE_BYTES_LONG ((int64_t)16384)
#define LINE_MAX ((size_t)4096)
/* Reading: above the longest line, one that says that all items left. */
#define WINDOW_BYTES ((size_t)1 << 16)
/* The highest mark that is believed. Our own numbers go on above it: JSON has
 * as many left as no device ever uses. */
#define MARK_MAX (NUM_JSON_MAX - ((int64_t)1 << 32))
#define SEQ_MAX (NUM_JSON_MAX - ((int64_t)1 << 31))

static const char *const step_words[] = {"started",   "downloaded", "verified",
                                         "installed", "activated",  "booted",
                                         "confirmed", "failed",     "reverted",
                                         "deferred",  "refused",    NULL};

const char *report_step_name(enum report_step s)
{
	return step_words[s];
}

struct outbox {
	char *path;
	int64_t length; /* bytes that are whole lines */
	int64_t seq;
	struct report_item *items; /* rising seq */
	size_t len, cap;
};

static void write_item(struct jw *w, const struct report_item *i)
{
	jw_object(w);
	jw_put_int(w, "seq", i->seq);
	if (i->attempt != 0)
		jw_put_int(w, "attempt", i->attempt);
	else
		jw_put_null(w, "attempt");
	jw_put_str(w, "plan", i->plan);
	jw_put_str(w, "image", i->image);
	jw_put_str(w, "step", step_words[i->step]);
	jw_put_str(w, "code", i->code);
	jw_put_str(w, "running", i->running);
	jw_put_int(w, "counter", i->counter);
	jw_end_object(w);
}

static int get_text(char *out, size_t size, const struct js_at *obj,
                    const char *key, struct err *e)
{
	const char *text;

	if (js_get_str(&text, obj, key, size - 1, e) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

static int parse_item(struct report_item *out, const struct js_at *at,
                      struct err *e)
{
	struct js_at attempt;
	int64_t counter;
	int step;

	*out = (struct report_item){0};
	if (js_get_int(&out->seq, at, "seq", 1, SEQ_MAX, e) != 0 ||
	    js_get(&attempt, at, "attempt", e) != 0 ||
	    get_text(out->plan, sizeof(out->plan), at, "plan", e) != 0 ||
	    get_text(out->image, sizeof(out->image), at, "image", e) != 0 ||
	    js_get_enum(&step, at, "step", step_words, e) != 0 ||
	    get_text(out->code, sizeof(out->code), at, "code", e) != 0 ||
	    get_text(out->running, sizeof(out->running), at, "running", e) !=
	            0 ||
	    js_get_int(&counter, at, "counter", 0, UINT32_MAX, e) != 0)
		return -1;
	out->step = (enum report_step)step;
	out->counter = (uint32_t)counter;
	if (js_is_null(&attempt))
		return 0;
	return js_as_int(&out->attempt, &attempt, 1, INT32_MAX, e);
}

static void use_seq(struct outbox *o, int64_t seq)
{
	if (seq > o->seq && seq <= SEQ_MAX)
		o->seq = seq;
}

static bool leave(struct outbox *o, int64_t seq)
{
	for (size_t i = 0; i < o->len; i++) {
		if (o->items[i].seq != seq)
			continue;
		o->len--;
		memmove(&o->items[i], &o->items[i + 1],
		        (o->len - i) * sizeof(o->items[0]));
		return true;
	}
	return false;
}

/* A damaged file may have lost the line that says who left. */
static void keep(struct outbox *o, const struct report_item *item)
{
	if (o->len >= REPORT_PENDING_MAX)
		(void)leave(o, o->items[0].seq);
	VEC_GROW(o);
	o->items[o->len++] = *item;
	if (item->seq > o->seq)
		o->seq = item->seq;
}

/* Calls leave() for every number of the list; returns how many were there. */
static int leave_all(struct outbox *o, size_t *n, const struct js_at *obj,
                     const char *key, struct err *e)
{
	struct js_at list;
	size_t len;

	if (js_get_array(&list, &len, obj, key, 0, REPORT_PENDING_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		struct js_at at = js_element(&list, i);
		int64_t seq;

		if (js_as_int(&seq, &at, 0, NUM_JSON_MAX, e) != 0)
			return -1;
		*n += leave(o, seq);
	}
	return 0;
}

/* One line without its end. A line that is no line is passed over: its CRC
 * says that it never became one. */
static void replay(struct outbox *o, const char *line, size_t len)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct report_item item;
	struct js_at root;
	int64_t mark;
	size_t n = 0;
	uint32_t crc;

	if (len < 10 || line[8] != ' ' || crc_parse(&crc, line) != 0 ||
	    crc != crc_add(0, line + 9, len - 9) ||
	    js_parse(&doc, "outbox", line + 9, len - 9, NULL) != 0)
		return;
	root = js_root(&doc);
	if (js_has(&root, "seq")) {
		if (parse_item(&item, &root, NULL) == 0)
			keep(o, &item);
	} else if (js_has(&root, "gone")) {
		(void)leave_all(o, &n, &root, "gone", NULL);
	} else if (js_get_int(&mark, &root, "mark", 0, SEQ_MAX, NULL) == 0) {
		use_seq(o, mark);
	}
}

/* Appends one line to the text. */
static void end_line(struct buf *out, const struct buf *json)
{
	char crc[CRC_TEXT_SIZE];

	crc_format(crc, crc_add(0, buf_str(json), json->len));
	buf_printf(out, "%s %s\n", crc, buf_str(json));
}

static void mark_line(struct buf *out, int64_t seq)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(LINE_MAX);

	buf_printf(&json, "{\"mark\":%" PRId64 "}", seq);
	end_line(out, &json);
}

static void item_line(struct buf *out, const struct report_item *item)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(LINE_MAX);
	struct jw w;

	jw_init(&w, &json);
	write_item(&w, item);
	end_line(out, &json);
}

/* The file anew: only what still matters. */
static int rewrite(struct outbox *o, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT((REPORT_PENDING_MAX + 1) * LINE_MAX);

	mark_line(&text, o->seq);
	for (size_t i = 0; i < o->len; i++)
		item_line(&text, &o->items[i]);
	if (fs_write(o->path, buf_str(&text), text.len, 0600, e) != 0)
		return -1;
	o->length = (int64_t)text.len;
	return 0;
}

/* Lines at the end of the file. A torn end of an earlier try is cut first,
 * else it would swallow the next line. */
static int append(struct outbox *o, const struct buf *text, struct err *e)
{
	SCOPED(close)
	int fd = -1;

	if (o->length + (int64_t)text->len > FILE_BYTES_MAX &&
	    rewrite(o, e) != 0)
		return -1;
	fd = open(o->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || ftruncate(fd, o->length) != 0 ||
	    lseek(fd, o->length, SEEK_SET) != o->length)
		return err_errno(e, errno, "%s", o->path);
	if (fs_write_all(fd, buf_str(text), text->len, o->path, e) != 0 ||
	    fs_sync(fd, o->path, e) != 0)
		return -1;
	o->length += (int64_t)text->len;
	return 0;
}

/* The whole lines of what was read; what begins another one moves to the
 * front, and its length is returned. What fills the window is no line of ours.
 */
static size_t replay_all(struct outbox *o, char *window, size_t len)
{
	const char *line = window, *end;

	while ((end = memchr(line, '\n', len)) != NULL) {
		replay(o, line, (size_t)(end - line));
		len -= (size_t)(end + 1 - line);
		line = end + 1;
	}
	memmove(window, line, len);
	return len < WINDOW_BYTES ? len : 0;
}

/* However long it is: a device with an older agent's long file starts, too. */
static int load(struct outbox *o, struct err *e)
{
	SCOPED(close)
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	SCOPED(free)
	char *window = xmalloc(WINDOW_BYTES);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, "%s", o->path);
	while ((n = read(fd, window + len, WINDOW_BYTES - len)) != 0) {
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "%s", o->path);
		if (n > 0)
			len = replay_all(o, window, len + (size_t)n);
	}
	return 0;
}

int outbox_open(struct outbox **out, const char *path, int64_t floor_seq,
                struct err *e)
{
	SCOPED(outbox_free)
	struct outbox *o = xcalloc(1, sizeof(*o));

	o->path = xstrdup(path);
	if (load(o, e) != 0)
		return -1;
	use_seq(o, floor_seq);
	/* Also drops a torn end, and says so on the disk. */
	if (rewrite(o, e) != 0)
		return -1;
	*out = MOVE(o);
	return 0;
}

void outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	free(o->items);
	free(o->path);
	free(o);
}

int outbox_add(struct outbox *o, const struct report_item *item, struct err *e)
{
	struct report_item numbered = *item;
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(LINE_MAX);

	if (o->len >= REPORT_PENDING_MAX && outbox_drop_oldest(o, e) != 0)
		return -1;
	numbered.seq = o->seq + 1;
	item_line(&text, &numbered);
	if (append(o, &text, e) != 0)
		return -1;
	keep(o, &numbered);
	return 0;
}

size_t outbox_pending(const struct outbox *o)
{
	return o->len;
}

const struct report_item *outbox_item(const struct outbox *o, size_t i)
{
	return &o->items[i];
}

int64_t outbox_seq(const struct outbox *o)
{
	return o->seq;
}

static int raise_to(struct outbox *o, int64_t mark, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(LINE_MAX);

	mark_line(&text, mark);
	if (append(o, &text, e) != 0)
		return -1;
	use_seq(o, mark);
	return 0;
}

/* In one file that replaces the old one: a cut leaves all of the numbers old
 * or all new. */
static int number_anew(struct outbox *o, int64_t mark, struct err *e)
{
	o->seq = mark;
	for (size_t i = 0; i < o->len; i++)
		o->items[i].seq = ++o->seq;
	return rewrite(o, e);
}

int outbox_follow(struct outbox *o, int64_t mark, struct err *e)
{
	if (mark > MARK_MAX)
		return 0;
	if (mark > o->seq)
		return raise_to(o, mark, e);
	return mark + REPORT_REACH < o->seq ? number_anew(o, mark, e) : 0;
}

int outbox_body(struct buf *out, size_t *n, const struct outbox *o,
                const char *device_id, size_t max, struct err *e)
{
	struct jw w;

	*n = o->len < max ? o->len : max;
	jw_init(&w, out);
	jw_object(&w);
	jw_put_int(&w, "v", 1);
	jw_put_str(&w, "id", device_id);
	jw_key(&w, "items");
	jw_array(&w);
	for (size_t i = 0; i < *n; i++)
		write_item(&w, &o->items[i]);
	jw_end_array(&w);
	jw_end_object(&w);
	return buf_failed(out) ? err_set(e, ERR_TOO_LARGE,
	                                 "report of %zu items: above %zu bytes",
	                                 *n, out->max_bytes)
	                       : 0;
}

/* Items that left since `before` were copied: told to the file. */
static int record_gone(struct outbox *o, const struct report_item *before,
                       size_t n_before, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT((size_t)1 << 16);
	SCOPED(buf_fini)
	struct buf text = BUF_INIT((size_t)1 << 17);
	struct jw w;

	if (o->len == 0 && o->length > FILE_BYTES_LONG)
		return rewrite(o, e);
	jw_init(&w, &json);
	jw_object(&w);
	jw_key(&w, "gone");
	jw_array(&w);
	for (size_t i = 0, k = 0; i < n_before; i++) {
		if (k < o->len && o->items[k].seq == before[i].seq)
			k++;
		else
			jw_int(&w, before[i].seq);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	end_line(&text, &json);
	return append(o, &text, e);
}

int outbox_answer(struct outbox *o, size_t *left, const void *bytes, size_t len,
                  struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	size_t n_before = o->len;
	SCOPED(free)
	struct report_item *before = xcalloc(n_before, sizeof(*before));
	struct js_at root;
	int64_t mark;

	*left = 0;
	if (js_parse(&doc, "report answer", bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (n_before > 0)
		memcpy(before, o->items, n_before * sizeof(*before));
	if (leave_all(o, left, &root, "ack", e) != 0 ||
	    leave_all(o, left, &root, "conflict", e) != 0 ||
	    js_get_int(&mark, &root, "seq", 0, NUM_JSON_MAX, e) != 0) {
		/* A half-understood answer acknowledges nothing. */
		if (n_before > 0)
			memcpy(o->items, before, n_before * sizeof(*before));
		o->len = n_before;
		*left = 0;
		return -1;
	}
	if (*left > 0 && record_gone(o, before, n_before, e) != 0)
		return -1;
	return outbox_follow(o, mark, e);
}

int outbox_drop_oldest(struct outbox *o, struct err *e)
{
	struct report_item oldest;

	if (o->len == 0)
		return 0;
	oldest = o->items[0];
	(void)leave(o, oldest.seq);
	return record_gone(o, &oldest, 1, e);
}

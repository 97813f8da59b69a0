#include "config.h"

#include "device/records.h"

#include "device/crc.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "pawl-store/1 GENERATION LENGTH CRC\n", numbers in hex, then LENGTH bytes
 * of JSON. The CRC covers what stands before it and the JSON. */
#define MAGIC "pawl-store/1"
#define HEAD_SIZE (sizeof(MAGIC) - 1 + 1 + 16 + 1 + 8 + 1 + 8 + 1)
#define LENGTH_AT (sizeof(MAGIC) + 16 + 1)
#define BEFORE_CRC (HEAD_SIZE - 8 - 1)
#define RECORD_MAX (HEAD_SIZE + STATE_JSON_MAX)

struct records {
	char *path[2];
	uint64_t generation; /* of the newest record; 0: none */
	int newest;
	struct device_state state;
};

/* The generation of a whole record, 0 for anything else. What an older and
 * longer record left behind the JSON is not part of it. */
static uint64_t check_record(uint32_t *length, const struct buf *b)
{
	const char *p = buf_str(b);
	uint32_t high, low, crc;

	if (b->len < HEAD_SIZE || strncmp(p, MAGIC " ", sizeof(MAGIC)) != 0 ||
	    p[HEAD_SIZE - 1] != '\n' ||
	    crc_parse(&high, p + sizeof(MAGIC)) != 0 ||
	    crc_parse(&low, p + sizeof(MAGIC) + 8) != 0 ||
	    crc_parse(length, p + LENGTH_AT) != 0 ||
	    crc_parse(&crc, p + BEFORE_CRC) != 0 ||
	    *length > b->len - HEAD_SIZE)
		return 0;
	if (crc_add(crc_add(0, p, BEFORE_CRC), p + HEAD_SIZE, *length) != crc)
		return 0;
	return (uint64_t)high << 32 | low;
}

/* One of the two files. */
struct record {
	struct buf bytes;
	bool exists; /* tells a spoilt one from none */
	uint64_t generation;
	uint32_t length; /* of the JSON */
};

static int load_record(struct record *out, const char *path, struct err *e)
{
	struct err why = {0};

	out->exists = true;
	if (fs_read(&out->bytes, path, &why) == 0) {
		out->generation = check_record(&out->length, &out->bytes);
		return 0;
	}
	if (why.kind == ERR_NOT_FOUND) {
		out->exists = false;
		return 0;
	}
	if (why.kind == ERR_TOO_LARGE)
		return 0;
	if (e != NULL)
		*e = why;
	return -1;
}

/* The newest may be what a killed agent did not come to flush. What this one
 * goes by, and tells of, must not be taken back by a power cut. (Its name is
 * flushed with the outbox, which lies in the same folder and is opened next.)
 */
static int settle(const char *path, struct err *e)
{
	SCOPED(close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	return fs_sync(fd, path, e);
}

static int choose(struct records *s, bool *fresh, const struct record *r,
                  struct err *e)
{
	const struct record *newest;

	s->newest = r[1].generation > r[0].generation;
	newest = &r[s->newest];
	s->generation = newest->generation;
	/* Two files are there from the second record on. */
	*fresh = s->generation == 0 && !(r[0].exists && r[1].exists);
	if (*fresh) {
		s->newest = 1; /* the first one written is 0 */
		return 0;
	}
	if (s->generation == 0)
		return err_code(e, ERR_IO, "store_corrupt",
		                "%s and its twin: both records are spoilt",
		                s->path[0]);
	if (settle(s->path[s->newest], e) != 0)
		return -1;
	return state_parse(&s->state, s->path[s->newest],
	                   buf_str(&newest->bytes) + HEAD_SIZE, newest->length,
	                   e);
}

int records_open(struct records **out, bool *fresh, const char *dir,
                 struct err *e)
{
	SCOPED(records_free)
	struct records *s = xcalloc(1, sizeof(*s));
	struct record r[2] = {{.bytes = BUF_INIT(RECORD_MAX)},
	                      {.bytes = BUF_INIT(RECORD_MAX)}};
	int result = 0;

	s->path[0] = fs_join(dir, "state.0");
	s->path[1] = fs_join(dir, "state.1");
	for (int i = 0; i < 2 && result == 0; i++)
		result = load_record(&r[i], s->path[i], e);
	if (result == 0)
		result = choose(s, fresh, r, e);
	buf_fini(&r[0].bytes);
	buf_fini(&r[1].bytes);
	if (result == 0)
		*out = MOVE(s);
	return result;
}

void records_free(struct records *s)
{
	if (s == NULL)
		return;
	state_fini(&s->state);
	free(s->path[0]);
	free(s->path[1]);
	free(s);
}

struct device_state *records_state(struct records *s)
{
	return &s->state;
}

static int write_record(const char *path, const struct buf *record,
                        struct err *e)
{
	bool is_new = !fs_exists(path);
	SCOPED(close)
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	if (fs_write_all(fd, buf_str(record), record->len, path, e) != 0 ||
	    fs_sync(fd, path, e) != 0)
		return -1;
	return is_new ? fs_sync_dir_of(path, e) : 0;
}

int records_save(struct records *s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(STATE_JSON_MAX);
	SCOPED(buf_fini)
	struct buf record = BUF_INIT(RECORD_MAX);
	uint32_t crc;

	if (state_write(&json, &s->state, e) != 0)
		return -1;
	buf_printf(&record, MAGIC " %016" PRIx64 " %08zx ", s->generation + 1,
	           json.len);
	crc = crc_add(0, buf_str(&record), record.len);
	crc = crc_add(crc, buf_str(&json), json.len);
	buf_printf(&record, "%08" PRIx32 "\n", crc);
	buf_add(&record, buf_str(&json), json.len);
	if (write_record(s->path[1 - s->newest], &record, e) != 0)
		return -1;
	s->newest = 1 - s->newest;
	s->generation++;
	return 0;
}

#include "config.h"

#include "server/repo/file.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".json"
#define SUFFIX_LEN (sizeof(SUFFIX) - 1)

static int refuse(const char *name, struct err *e)
{
	return err_set(e, ERR_INVALID,
	               "metadata file '%.100s': a name like 7.targets.json is "
	               "needed",
	               name);
}

/* A role may itself hold dots. */
int file_parse_name(char role[TUF_ROLE_MAX], int64_t *version, const char *name,
                    struct err *e)
{
	const char *dot = strchr(name, '.');
	size_t len = strlen(name), digits, role_len;
	char number[20];

	if (strcmp(name, "timestamp.json") == 0) {
		memcpy(role, "timestamp", sizeof("timestamp"));
		return 0;
	}
	if (len <= SUFFIX_LEN || strcmp(name + len - SUFFIX_LEN, SUFFIX) != 0)
		return refuse(name, e);
	digits = (size_t)(dot - name);
	if (digits >= sizeof(number) || digits + 1 >= len - SUFFIX_LEN)
		return refuse(name, e);
	role_len = len - SUFFIX_LEN - digits - 1;
	if (role_len >= TUF_ROLE_MAX)
		return refuse(name, e);
	memcpy(number, name, digits);
	number[digits] = '\0';
	memcpy(role, dot + 1, role_len);
	role[role_len] = '\0';
	return num_i64(version, number, 1, NUM_JSON_MAX, name, e);
}

struct file *file_new(const char *name, int64_t version, const void *bytes,
                      size_t len, struct err *e)
{
	struct file *f = xcalloc(1, sizeof(*f));

	f->refs = 1;
	f->version = version;
	lock_init(&f->lock, LOCK_RANK_LEAF, "file");
	if (file_parse_name(f->role, &f->version, name, e) != 0) {
		file_unref(f);
		return NULL;
	}
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	f->bytes = xmalloc(len + 1);
	memcpy(f->bytes, bytes, len);
	f->bytes[len] = '\0';
	f->len = len;
	hash_sha256_hex(f->sha256, bytes, len);
	return f;
}

struct file *file_ref(struct file *f)
{
	f->refs++;
	return f;
}

void file_unref(struct file *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	tuf_doc_unref(f->doc);
	lock_fini(&f->lock);
	free(f->bytes);
	free(f);
}

struct tuf_doc *file_doc(struct file *f)
{
	struct tuf_doc *d;

	lock_take(&f->lock);
	d = f->doc != NULL ? tuf_doc_ref(f->doc) : NULL;
	lock_drop(&f->lock);
	return d;
}

void file_learn(struct file *f, struct tuf_doc *d)
{
	if (strcmp(d->sha256, f->sha256) != 0)
		return;
	lock_take(&f->lock);
	if (f->doc == NULL)
		f->doc = tuf_doc_ref(d);
	lock_drop(&f->lock);
	f->expires_s = d->expires_s;
}

void file_forget(struct file *f)
{
	struct tuf_doc *d;

	lock_take(&f->lock);
	d = f->doc;
	f->doc = NULL;
	lock_drop(&f->lock);
	tuf_doc_unref(d);
}

enum tuf_type file_type(const struct file *f)
{
	if (strcmp(f->role, "root") == 0)
		return TUF_ROOT;
	if (strcmp(f->role, "timestamp") == 0)
		return TUF_TIMESTAMP;
	return strcmp(f->role, "snapshot") == 0 ? TUF_SNAPSHOT : TUF_TARGETS;
}

struct tuf_doc *file_read(struct file *f, struct err *e)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = file_doc(f);

	if (d != NULL)
		return MOVE(d);
	d = tuf_doc_open(file_type(f), f->name, f->bytes, f->len, f->sha256, e);
	if (d == NULL || tuf_doc_read(d, f->name, e) != 0)
		return NULL;
	file_learn(f, d);
	return MOVE(d);
}

int64_t file_expires_s(const struct file *f)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (f->expires_s != 0)
		return f->expires_s;
	return tuf_envelope_parse(&env, file_type(f), f->name, f->bytes, f->len,
	                          NULL) == 0
	               ? env.expires_s
	               : 0;
}

int file_order(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a;
	const struct file *y = *(struct file *const *)b;
	int order = strcmp(x->role, y->role);

	return order != 0
	               ? order
	               : (x->version > y->version) - (x->version < y->version);
}

#include "config.h"

#include "device/identity.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/crypto/secretfile.h"
#include "lib/json/canon.h"
#include "lib/json/js.h"

#include <string.h>

/* What stands for the role in the binding: no role of TUF has this name, so
 * no tool signs metadata with a device's key. */
#define BOUND_AS "device"

static int check_owner(const struct secretfile_info *info, const char *path,
                       const struct provision *p, struct err *e)
{
	if (strcmp(info->role, BOUND_AS) == 0 &&
	    strcmp(info->repo, p->repo) == 0 &&
	    strcmp(info->label, p->id) == 0 &&
	    info->public.scheme == KEY_ED25519)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "key_binding",
	                "%s: is a key of %s %s in repository %s, device %s in "
	                "%s needs its own",
	                path, info->role, info->label, info->repo, p->id,
	                p->repo);
}

int identity_read(struct key_secret **out, const char *path,
                  const struct provision *p, struct err *e)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct secretfile_info info;

	*out = NULL;
	if (!fs_exists(path))
		return 0;
	if (secretfile_open(&k, &info, path, NULL, e) != 0 ||
	    check_owner(&info, path, p, e) != 0)
		return -1;
	*out = MOVE(k);
	return 0;
}

static int make(struct key_secret **out, const char *path,
                const struct provision *p, struct rng *rng, struct err *e)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key_secret_new(KEY_ED25519, rng);

	/* No passphrase: nobody is there to type one. What guards a product's
	 * key is its secure element; here it is the mode. */
	if (secretfile_create(path, k, p->repo, BOUND_AS, p->id, NULL,
	                      &secretfile_cost_light, rng, e) != 0)
		return -1;
	*out = MOVE(k);
	return 0;
}

int identity_ensure(struct key_secret **out, const char *path,
                    const struct provision *p, struct rng *rng, struct err *e)
{
	if (identity_read(out, path, p, e) != 0)
		return -1;
	return *out != NULL ? 0 : make(out, path, p, rng, e);
}

int identity_renew(struct key_secret **out, const char *path,
                   const struct provision *p, struct rng *rng, struct err *e)
{
	struct err why = {0};

	if (identity_read(out, path, p, &why) != 0) {
		if (why.kind == ERR_IO) {
			if (e != NULL)
				*e = why;
			return -1;
		}
		if (fs_remove(path, e) != 0)
			return -1;
	}
	return *out != NULL ? 0 : make(out, path, p, rng, e);
}

const char *identity_public(const struct key_secret *k)
{
	return key_secret_public(k)->text;
}

int identity_sign_report(struct buf *report, const struct key_secret *k,
                         struct err *e)
{
	SCOPED(buf_fini)
	struct buf covered = BUF_INIT(report->max_bytes);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	uint8_t sig[KEY_SIG_MAX];
	char hex[2 * KEY_SIG_MAX + 1];
	struct js_at root;
	size_t n;

	if (js_parse(&doc, "report", buf_str(report), report->len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (canon_write(&covered, &root, e) != 0)
		return -1;
	n = key_sign(sig, k, buf_str(&covered), covered.len);
	hex_encode(hex, sig, n);
	buf_cut(report, report->len - 1);
	buf_printf(report, ",\"sig\":\"%s\"}", hex);
	return buf_failed(report) ? err_set(e, ERR_TOO_LARGE,
	                                    "signed report: above %zu bytes",
	                                    report->max_bytes)
	                          : 0;
}

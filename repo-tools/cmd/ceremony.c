#include "config.h"

#include "repo-tools/cmd/ceremony.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/cmd/cmd.h"

#include <inttypes.h>
#include <string.h>

/* A label is shown to people and sealed into the key file as JSON. */
static int check_labels(const struct cli *c, struct err *e)
{
	const char *label;

	for (size_t i = 0; (label = cli_get_nth(c, "label", i)) != NULL; i++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(1024);
		SCOPED(js_fini)
		struct js_doc doc = {0};
		struct jw w;
		bool plain = strlen(label) < SECRETFILE_LABEL_SIZE;

		for (const char *p = label; *p != '\0'; p++)
			plain = plain && *p != '\x7f' &&
			        ((unsigned char)*p >= 0x20);
		jw_init(&w, &b);
		jw_str(&w, label);
		if (!plain || buf_failed(&b) ||
		    js_parse(&doc, "label", buf_str(&b), b.len, NULL) != 0)
			return err_set(e, ERR_USAGE,
			               "--label: at most %d bytes of printable "
			               "UTF-8 are needed",
			               SECRETFILE_LABEL_SIZE - 1);
	}
	return 0;
}

/* The type of "TYPE" or "ROLE=TYPE"; -1 when it is none. */
static int type_of(const char *value)
{
	const char *mark = strchr(value, '=');
	const char *type = mark != NULL ? mark + 1 : value;

	for (int s = 0; s < KEY_SCHEMES; s++)
		if (strcmp(key_scheme_type((enum key_scheme)s), type) == 0)
			return s;
	return -1;
}

/* Does "ROLE=TYPE" speak of this role? "releases" speaks of all of them. */
static bool speaks_of(const char *value, const char *role)
{
	size_t n = strcspn(value, "=");

	return value[n] == '=' && strncmp(value, role, n) == 0 &&
	       (role[n] == '\0' || role[n] == '.');
}

static int check_types(const struct cli *c, struct err *e)
{
	const char *value;

	for (size_t i = 0; (value = cli_get_nth(c, "type", i)) != NULL; i++)
		if (type_of(value) < 0)
			return err_set(e, ERR_USAGE,
			               "--type: '%.80s' is none of ed25519, "
			               "ecdsa, rsa, or ROLE= and one of them",
			               value);
	return 0;
}

static enum key_scheme type_for(const struct cli *c, const char *role)
{
	enum key_scheme all = KEY_ED25519, own = KEY_ED25519;
	bool has_own = false;
	const char *value;

	for (size_t i = 0; (value = cli_get_nth(c, "type", i)) != NULL; i++)
		if (strchr(value, '=') == NULL) {
			all = (enum key_scheme)type_of(value);
		} else if (speaks_of(value, role)) {
			own = (enum key_scheme)type_of(value);
			has_own = true;
		}
	return has_own ? own : all;
}

/* A --type for a role that is not made here is a mistake, and keys of the
 * wrong type are not made before it is seen. */
static int check_types_used(const struct ceremony *y, struct err *e)
{
	const char *value;

	for (size_t i = 0; (value = cli_get_nth(y->cli, "type", i)) != NULL;
	     i++) {
		bool used = strchr(value, '=') == NULL;

		for (size_t r = 0; r < y->n_roles && !used; r++)
			used = speaks_of(value, y->roles[r].role);
		if (!used)
			return err_set(e, ERR_USAGE,
			               "--type: no key is made here for the "
			               "role of '%.80s'",
			               value);
	}
	return 0;
}

int ceremony_init(struct ceremony *y, const struct cli *c,
                  const struct workspace *ws, struct err *e)
{
	*y = (struct ceremony){.cli = c, .ws = ws};
	if (keyring_cost(&y->cost, c, e) != 0 || check_labels(c, e) != 0 ||
	    check_types(c, e) != 0 ||
	    passphrases_init(&y->offline, c, "passphrase-file", e) != 0)
		return -1;
	return passphrases_init(&y->online, c, "online-passphrase-file", e);
}

void ceremony_fini(struct ceremony *y)
{
	for (size_t i = 0; i < y->n_roles; i++)
		keyring_fini(&y->roles[i].ring);
	passphrases_fini(&y->offline);
	passphrases_fini(&y->online);
}

struct ceremony_role *ceremony_add(struct ceremony *y, const char *role,
                                   int64_t keys, int64_t threshold, bool online)
{
	struct ceremony_role *r;

	if (y->n_roles == CEREMONY_ROLES_MAX)
		return NULL;
	r = &y->roles[y->n_roles++];
	*r = (struct ceremony_role){
		.keys = keys,
		.threshold = threshold,
		.online = online,
		.type = type_for(y->cli, role),
	};
	(void)snprintf(r->role, sizeof(r->role), "%s", role);
	return r;
}

int ceremony_check(const struct ceremony *y, struct err *e)
{
	for (size_t i = 0; i < y->n_roles; i++) {
		const struct ceremony_role *r = &y->roles[i];

		if (r->threshold > r->keys)
			return err_set(e, ERR_USAGE,
			               "%s: a threshold of %" PRId64
			               " cannot be met by %" PRId64 " keys",
			               r->role, r->threshold, r->keys);
		SCOPED(free)
		char *file = workspace_path(y->ws, "online/%s.key", r->role);
		if (r->online && !r->spare && fs_exists(file))
			return err_set(e, ERR_CONFLICT,
			               "%s: exists already, left by an "
			               "unfinished command; move it away",
			               file);
	}
	return check_types_used(y, e);
}

static const char *label_of(const struct ceremony *y,
                            const struct ceremony_role *r, size_t i)
{
	const char *label = cli_get_nth(y->cli, "label", i);

	if (label != NULL)
		return label;
	return r->label != NULL ? r->label : "";
}

/* "rsa ", and nothing for what is usual. */
static const char *type_word(const struct ceremony_role *r)
{
	static const char *const words[KEY_SCHEMES] = {
		[KEY_ED25519] = "",
		[KEY_ECDSA_P256] = "ecdsa ",
		[KEY_RSA_PSS] = "rsa ",
	};

	return words[r->type];
}

static void announce_role(const struct ceremony *y,
                          const struct ceremony_role *r)
{
	char ends[RFC3339_SIZE];

	if (r->online) {
		cli_say(y->cli, "  %s: 1 online %skey in %s/online%s\n",
		        r->role, type_word(r), y->ws->dir,
		        y->online.n_given > 0 ? "" : ", not encrypted");
		return;
	}
	rfc3339_format(ends,
	               y->ws->now_s + workspace_role_life_s(y->ws, r->role));
	cli_say(y->cli,
	        "  %s: %" PRId64 " of %" PRId64
	        " %skeys sign, until %s; %s.*.key in %s\n",
	        r->role, r->threshold, r->keys, type_word(r), ends, r->role,
	        y->ws->keys_dir);
	for (int64_t k = 0; k < r->keys; k++)
		if (*label_of(y, r, (size_t)k) != '\0')
			cli_say(y->cli, "    key %" PRId64 ": %s\n", k + 1,
			        label_of(y, r, (size_t)k));
}

int ceremony_announce(const struct ceremony *y, const char *title,
                      struct err *e)
{
	bool solo = false;

	cli_say(y->cli, "%s\n  repository %s\n", title, y->ws->repo);
	for (size_t i = 0; i < y->n_roles; i++) {
		announce_role(y, &y->roles[i]);
		solo = solo ||
		       (!y->roles[i].online && y->roles[i].threshold == 1);
	}
	if (solo)
		cli_say(y->cli, "  SOLO: one stolen key is enough where one "
		                "key signs\n");
	if (y->cost == &secretfile_cost_light)
		cli_say(y->cli, "  light key files: for throw-away "
		                "repositories and tests\n");
	return cmd_confirm(y->cli, "Go on?", e);
}

static int make_key(struct ceremony *y, struct ceremony_role *r, size_t i,
                    struct err *e)
{
	SCOPED(free)
	char *online_dir = workspace_path(y->ws, "online");
	SCOPED(passphrase_fini)
	struct passphrase pass = {0};
	struct keyring_wish wish = {
		.dir = r->online ? online_dir : y->ws->keys_dir,
		.repo = y->ws->repo,
		.role = r->role,
		.type = r->type,
		.label = r->online ? "" : label_of(y, r, i),
		.numbered = !r->online,
		/* It will lie beside the one in use, on the server. */
		.by_id = r->online && r->spare,
		.cost = y->cost,
	};
	char question[TUF_ROLE_MAX + SECRETFILE_LABEL_SIZE + 64];

	if (r->online) {
		if (y->online.n_given > 0)
			wish.passphrase = y->online.given[0].text;
	} else {
		(void)snprintf(question, sizeof(question),
		               "new passphrase of %s key %zu%s%s", r->role,
		               i + 1, *wish.label != '\0' ? ", " : "",
		               wish.label);
		if (passphrases_for_new(&pass, &y->offline, i, question,
		                        "--passphrase-file", e) != 0)
			return -1;
		wish.passphrase = pass.text;
	}
	return keyring_make(&r->ring, &wish, cli_world(y->cli)->rng, e);
}

static int make_all(struct ceremony *y, struct err *e)
{
	for (size_t i = 0; i < y->n_roles; i++)
		for (int64_t k = 0; k < y->roles[i].keys; k++)
			if (make_key(y, &y->roles[i], (size_t)k, e) != 0)
				return -1;
	return 0;
}

int ceremony_make(struct ceremony *y, struct err *e)
{
	if (make_all(y, e) == 0)
		return 0;
	ceremony_unmake(y);
	return -1;
}

void ceremony_unmake(struct ceremony *y)
{
	for (size_t i = 0; i < y->n_roles; i++) {
		struct keyring *ring = &y->roles[i].ring;

		for (size_t k = 0; k < ring->len; k++)
			(void)!fs_remove(ring->items[k].path, NULL);
		keyring_fini(ring);
	}
}

struct keyring_key **ceremony_signers(struct ceremony_role *r)
{
	struct keyring_key **keys = xcalloc(r->ring.len + 1, sizeof(*keys));

	for (size_t i = 0; i < r->ring.len; i++)
		keys[i] = &r->ring.items[i];
	return keys;
}

void ceremony_write(struct jw *w, const struct ceremony *y)
{
	jw_key(w, "roles");
	jw_array(w);
	for (size_t i = 0; i < y->n_roles; i++) {
		const struct ceremony_role *r = &y->roles[i];

		jw_object(w);
		jw_put_str(w, "role", r->role);
		jw_put_bool(w, "online", r->online);
		jw_put_int(w, "threshold", r->threshold);
		jw_put_str(w, "type", key_scheme_type(r->type));
		jw_key(w, "keys");
		jw_array(w);
		for (size_t k = 0; k < r->ring.len; k++) {
			jw_object(w);
			jw_put_str(w, "keyid", r->ring.items[k].info.public.id);
			jw_put_str(w, "label", r->ring.items[k].info.label);
			jw_put_str(w, "file", r->ring.items[k].path);
			jw_end_object(w);
		}
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
}

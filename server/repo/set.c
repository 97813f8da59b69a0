#include "config.h"

#include "server/repo/set.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/catalog/delegations.h"
#include "lib/catalog/plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In that order, so that each is found by halving. */
struct listing {
	struct file **files;
	size_t n;
};

static struct listing list_files(struct file *const *files, size_t n)
{
	struct listing l = {xcalloc(n + 1, sizeof(struct file *)), n};

	if (n > 0) {
		memcpy(l.files, files, n * sizeof(struct file *));
		qsort(l.files, n, sizeof(struct file *), file_order);
	}
	return l;
}

/* The last file of this role that is not above the version. */
static struct file *up_to(const struct listing *l, const char *role,
                          int64_t version)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(l->files[mid]->role, role);

		if (order < 0 ||
		    (order == 0 && l->files[mid]->version <= version))
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && strcmp(l->files[low - 1]->role, role) == 0
	               ? l->files[low - 1]
	               : NULL;
}

static struct file *newest(const struct listing *l, const char *role)
{
	return up_to(l, role, NUM_JSON_MAX);
}

static struct file *exactly(const struct listing *l, const char *role,
                            int64_t version)
{
	struct file *f = up_to(l, role, version);

	return f != NULL && f->version == version ? f : NULL;
}

static int load_roots(struct set *s, const struct listing *l, struct err *e)
{
	const struct file *last = newest(l, "root");

	if (last == NULL || last->version > 1024)
		return err_code(e, ERR_INVALID, "root_gap",
		                "root: versions 1 to 1024 are needed, found %s",
		                last == NULL ? "none" : "a higher one");
	s->roots = xcalloc((size_t)last->version, sizeof(*s->roots));
	for (int64_t v = 1; v <= last->version; v++) {
		struct file *f = exactly(l, "root", v);

		if (f == NULL)
			return err_code(e, ERR_INVALID, "root_gap",
			                "root: version %" PRId64
			                " is missing below %" PRId64,
			                v, last->version);
		s->roots[s->n_roots++] = file_ref(f);
	}
	s->root_doc = file_read(s->roots[s->n_roots - 1], e);
	if (s->root_doc == NULL)
		return -1;
	s->root = s->root_doc->root;
	return 0;
}

static int load_role(struct set *s, const char *name, size_t delegator,
                     struct file *f, struct err *e)
{
	struct set_role *r;

	if (s->n_roles == s->cap_roles) {
		s->cap_roles = s->cap_roles > 0 ? 2 * s->cap_roles : 16;
		s->roles = xreallocarray(s->roles, s->cap_roles,
		                         sizeof(*s->roles));
	}
	r = &s->roles[s->n_roles];
	*r = (struct set_role){.delegator = delegator};
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	r->doc = file_read(f, e);
	if (r->doc == NULL)
		return -1;
	r->targets = r->doc->targets;
	r->file = file_ref(f);
	strmap_put(&s->by_name, name, s->n_roles++);
	return 0;
}

static int missing(const char *name, const char *by, struct err *e)
{
	char owner[TUF_ROLE_MAX];
	const char *product;

	/* That nobody may have such a name says more. */
	if (delegations_row(name, &product) == NULL &&
	    !bins_owner(owner, name) && plain_check_name(name, e) != 0)
		return -1;
	return err_code(e, ERR_INVALID, "missing_role",
	                "%s: delegated to by %s, and no file N.%s.json", name,
	                by, name);
}

/* What one role delegates to. A name that was met already is a cycle or a
 * second way; the catalog refuses that. */
static int load_below(struct set *s, size_t at, const struct listing *l,
                      struct err *e)
{
	char name[TUF_ROLE_MAX];

	/* s->roles moves while it grows. */
	for (size_t i = 0; delegations_child(name, s->roles[at].name,
	                                     &s->roles[at].targets, i);
	     i++) {
		struct file *f = newest(l, name);

		if (delegations_is_online(name) ||
		    strmap_get(&s->by_name, name, NULL))
			continue;
		if (f == NULL)
			return missing(name, s->roles[at].name, e);
		if (load_role(s, name, at, f, e) != 0)
			return -1;
	}
	return 0;
}

/* targets, then every delegated role, however deep. rollout.* is made online
 * and never part of a set. */
static int load_roles(struct set *s, const struct listing *l, struct err *e)
{
	struct file *top = newest(l, "targets");

	if (top == NULL)
		return err_code(e, ERR_INVALID, "missing_role",
		                "targets: no file N.targets.json");
	if (load_role(s, "targets", 0, top, e) != 0)
		return -1;
	for (size_t i = 0; i < s->n_roles; i++)
		if (load_below(s, i, l, e) != 0)
			return -1;
	return 0;
}

static void find_retired(struct set *s, const struct listing *l)
{
	s->retired = xcalloc(l->n + 1, sizeof(struct file *));
	for (size_t i = 0; i < l->n; i++) {
		struct file *f = l->files[i];
		bool last = i + 1 == l->n ||
		            strcmp(l->files[i + 1]->role, f->role) != 0;

		if (last && strcmp(f->role, "root") != 0 &&
		    !delegations_is_online(f->role) &&
		    !strmap_get(&s->by_name, f->role, NULL))
			s->retired[s->n_retired++] = file_ref(f);
	}
}

static struct file *retired(const struct set *s, const char *role)
{
	for (size_t low = 0, high = s->n_retired; low < high;) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(role, s->retired[mid]->role);

		if (order == 0)
			return s->retired[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

char *set_target_name(const char *path, const char *sha256)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;

	return xasprintf("%.*s%s.%s", (int)(base - path), path, sha256, base);
}

static void list_owners(struct set *s)
{
	s->owners = xcalloc(s->n_roles, sizeof(*s->owners));
	for (size_t i = 0; i < s->n_roles; i++) {
		struct set_owner *o = &s->owners[s->n_owners];
		char owner[TUF_ROLE_MAX];

		if (bins_owner(owner, s->roles[i].name))
			continue;
		/* Bins that are not complete: the catalog said so. */
		if (bins_read(&o->bins, s->roles[i].name, &s->roles[i].targets,
		              NULL) != 0)
			o->bins = (struct bins){0};
		o->role = i;
		s->n_owners++;
	}
}

static bool same_bytes(const struct set_role *r, const struct set *before)
{
	const struct set_role *was = set_role(before, r->name);

	return was != NULL && (was->file == r->file ||
	                       strcmp(was->file->sha256, r->file->sha256) == 0);
}

/* Whoever delegates stands before it. */
static void compare_roles(struct set *s, const struct set *before)
{
	s->before = before->number;
	for (size_t i = 0; i < s->n_roles; i++)
		s->roles[i].is_same =
			(i == 0 || s->roles[s->roles[i].delegator].is_same) &&
			same_bytes(&s->roles[i], before);
}

bool set_is_same(const struct set *s, size_t role, const struct set *before)
{
	return before != NULL && before->number == s->before &&
	       s->roles[role].is_same;
}

bool set_had_entry(const struct set *before, const char *role,
                   const struct tuf_target *entry)
{
	const struct set_role *r =
		before != NULL ? set_role(before, role) : NULL;
	const struct tuf_target *was =
		r != NULL ? tuf_targets_find(&r->targets, entry->path) : NULL;

	return was != NULL && was->length == entry->length &&
	       strcmp(was->sha256, entry->sha256) == 0;
}

/* What the catalog's callbacks need. */
struct reader {
	struct set *set;
	const struct set *before;
	set_read_fn *read;
	void *ctx;
};

static const struct tuf_targets *reader_role(void *ctx, const char *name)
{
	const struct reader *r = ctx;
	const struct set_role *role = set_role(r->set, name);

	return role != NULL ? &role->targets : NULL;
}

static int reader_read(void *ctx, const struct tuf_target *entry,
                       struct buf *out, struct err *e)
{
	const struct reader *r = ctx;

	return r->read(r->ctx, entry, out, e);
}

static bool reader_same(void *ctx, const char *name)
{
	const struct reader *r = ctx;
	size_t i;

	return strmap_get(&r->set->by_name, name, &i) &&
	       set_is_same(r->set, i, r->before);
}

struct set *set_new(struct file *const *files, size_t n,
                    const struct set *before, set_read_fn *read, void *ctx,
                    struct err *e)
{
	static _Atomic uint64_t made;
	struct set *s = xcalloc(1, sizeof(*s));
	struct reader reader = {s, before, read, ctx};
	struct catalog_source source = {
		.root = &s->root,
		.role = reader_role,
		.read = reader_read,
		.ctx = &reader,
		.before = before != NULL ? &before->catalog : NULL,
		.same = reader_same,
	};

	SCOPED(free)
	struct file **sorted = NULL;
	struct listing l = list_files(files, n);

	s->refs = 1;
	s->number = ++made;
	sorted = l.files;
	if (load_roots(s, &l, e) != 0 || load_roles(s, &l, e) != 0)
		goto refuse;
	find_retired(s, &l);
	source.targets = &s->roles[0].targets;
	if (before != NULL)
		compare_roles(s, before);
	if (catalog_load(&s->catalog, &source, e) != 0)
		goto refuse;
	list_owners(s);
	return s;
refuse:
	set_unref(s);
	return NULL;
}

void set_settle(const struct set *s)
{
	for (size_t i = 0; i < s->n_roles; i++)
		tuf_doc_settle(s->roles[i].doc);
}

struct set *set_ref(struct set *s)
{
	s->refs++;
	return s;
}

void set_unref(struct set *s)
{
	if (s == NULL || --s->refs > 0)
		return;
	for (size_t i = 0; i < s->n_roots; i++)
		file_unref(s->roots[i]);
	for (size_t i = 0; i < s->n_roles; i++) {
		tuf_doc_unref(s->roles[i].doc);
		file_unref(s->roles[i].file);
	}
	free(s->owners);
	strmap_fini(&s->by_name);
	for (size_t i = 0; i < s->n_retired; i++)
		file_unref(s->retired[i]);
	free(s->retired);
	catalog_fini(&s->catalog);
	tuf_doc_unref(s->root_doc);
	free(s->roots);
	free(s->roles);
	free(s);
}

const struct set_role *set_role(const struct set *s, const char *name)
{
	size_t i;

	return strmap_get(&s->by_name, name, &i) ? &s->roles[i] : NULL;
}

struct file *set_file(const struct set *s, const char *name)
{
	char role[TUF_ROLE_MAX];
	int64_t version = 0;
	struct file *found;
	const struct set_role *r;

	if (strcmp(name, "timestamp.json") == 0 ||
	    file_parse_name(role, &version, name, NULL) != 0)
		return NULL;
	if (strcmp(role, "root") == 0)
		return version <= (int64_t)s->n_roots &&
		                       strcmp(s->roots[version - 1]->name,
		                              name) == 0
		               ? s->roots[version - 1]
		               : NULL;
	r = set_role(s, role);
	found = r != NULL ? r->file : retired(s, role);
	return found != NULL && strcmp(found->name, name) == 0 ? found : NULL;
}

const struct tuf_target *set_release_entry(const struct set *s,
                                           const char *role, const char *path)
{
	const struct set_role *r = set_role(s, role);
	const struct tuf_target *entry =
		r != NULL ? tuf_targets_find(&r->targets, path) : NULL;
	char bin[TUF_ROLE_MAX];
	struct bins bins;

	if (r == NULL || entry != NULL ||
	    bins_read(&bins, role, &r->targets, NULL) != 0 || !bins.present)
		return entry;
	bins_find(bin, &bins, path);
	r = set_role(s, bin);
	return r != NULL ? tuf_targets_find(&r->targets, path) : NULL;
}

struct tuf_quorum set_quorum(const struct set *s, const char *role)
{
	const struct tuf_targets *t = &s->roles[0].targets;
	const struct tuf_delegation *d = tuf_targets_role(t, role);

	for (int type = 0; type < 4; type++)
		if (strcmp(tuf_type_name((enum tuf_type)type), role) == 0)
			return tuf_root_quorum(&s->root, (enum tuf_type)type);
	return d != NULL ? tuf_targets_quorum(t, d) : (struct tuf_quorum){0};
}

/* "fw/coat/HASH.x.bin" -> "fw/coat/x.bin" and HASH. */
static bool split_target(char path[TARGET_MAX_LEN + 1],
                         char sha256[SHA256_HEX_SIZE], const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash != NULL ? slash + 1 : name;
	size_t n = strlen(name);

	if (n < SHA256_HEX_SIZE || n - SHA256_HEX_SIZE > TARGET_MAX_LEN ||
	    strlen(base) < SHA256_HEX_SIZE || base[SHA256_HEX_SIZE - 1] != '.')
		return false;
	memcpy(sha256, base, SHA256_HEX_SIZE - 1);
	sha256[SHA256_HEX_SIZE - 1] = '\0';
	memcpy(path, name, (size_t)(base - name));
	memcpy(path + (base - name), base + SHA256_HEX_SIZE,
	       strlen(base) - SHA256_HEX_SIZE + 1);
	return true;
}

/* The role itself, or the one of its bins that the path belongs to. */
static const struct tuf_target *
find_entry(const struct set *s, const struct set_owner *o, const char *path)
{
	const struct tuf_target *entry =
		tuf_targets_find(&s->roles[o->role].targets, path);
	char bin[TUF_ROLE_MAX];
	const struct set_role *r;

	if (entry != NULL || !o->bins.present)
		return entry;
	bins_find(bin, &o->bins, path);
	r = set_role(s, bin);
	return r != NULL ? tuf_targets_find(&r->targets, path) : NULL;
}

const struct tuf_target *set_target(const struct set *s, const char *name)
{
	char path[TARGET_MAX_LEN + 1], sha256[SHA256_HEX_SIZE];

	if (!split_target(path, sha256, name))
		return NULL;
	for (size_t i = 0; i < s->n_owners; i++) {
		const struct tuf_target *entry =
			find_entry(s, &s->owners[i], path);

		if (entry != NULL && strcmp(entry->sha256, sha256) == 0)
			return entry;
	}
	return NULL;
}

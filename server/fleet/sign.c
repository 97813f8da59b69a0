#include "config.h"

#include "server/fleet/sign.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/repo/gate.h"
#include "server/store/audit.h"
#include "server/store/metadata.h"

#include <string.h>

struct view *sign_view(struct fleet *f, struct set *set, struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	struct online_maker maker = {
		.signer = &f->signer,
		.journal = &f->journal,
		.lives = f->config.lives,
		.now_s = fleet_now_s(f),
	};
	SCOPED(free)
	struct cell *cells = NULL;
	struct online *online;
	struct view *v;
	size_t n = 0;

	if (set == NULL && current == NULL) {
		(void)err_code(e, ERR_NOT_FOUND, "nothing_published",
		               "nothing was ever published here");
		return NULL;
	}
	if (set == NULL)
		set = view_set(current);
	SCOPED(free)
	struct online_rollout *rollouts =
		live_for_online(&f->live, maker.now_s, &n, &cells);
	online = online_new(&maker, set,
	                    current != NULL ? view_online(current) : NULL,
	                    rollouts, n, e);
	if (online == NULL)
		return NULL;
	v = view_new(set, online, current);
	online_unref(online);
	if (gate_check_online(v, current, maker.now_s, e) != 0) {
		view_unref(v);
		return NULL;
	}
	fleet_set_trouble(f, TROUBLE_JOURNAL,
	                  journal_signed(&f->journal, fleet_now_ms(f), NULL) !=
	                          0);
	return v;
}

static int add_file(struct fleet *f, const struct file *file,
                    enum tuf_type type, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	struct metadata_row row = {
		.version = file->version,
		.created_ms = fleet_now_ms(f),
		.bytes = file->bytes,
		.len = file->len,
	};

	if (tuf_envelope_parse(&env, type, file->name, file->bytes, file->len,
	                       e) != 0)
		return -1;
	row.expires_ms = env.expires_s * 1000;
	memcpy(row.role, file->role, sizeof(row.role));
	memcpy(row.sha256, file->sha256, sizeof(row.sha256));
	return metadata_add(f->store, &row, e);
}

static int save_file(struct fleet *f, const struct file *file,
                     enum tuf_type type, int64_t change, struct err *e)
{
	if (add_file(f, file, type, e) != 0)
		return -1;
	return published_set(f->store, file->role, file->version, change, e);
}

static enum tuf_type type_of(const struct file *file)
{
	if (strcmp(file->role, "timestamp") == 0)
		return TUF_TIMESTAMP;
	return strcmp(file->role, "snapshot") == 0 ? TUF_SNAPSHOT : TUF_TARGETS;
}

int sign_save(struct fleet *f, const struct view *v, enum published_cause cause,
              const char *actor, struct err *e)
{
	const struct set *set = view_set(v);
	const struct online *online = view_online(v);
	bool new_set = cause == PUBLISHED_PUBLISH;
	int64_t change;

	if (published_add(&change, f->store, fleet_now_ms(f), cause, actor,
	                  e) != 0)
		return -1;
	for (size_t i = 0; new_set && i < set->n_roots; i++)
		if (add_file(f, set->roots[i], TUF_ROOT, e) != 0)
			return -1;
	if (new_set && save_file(f, set->roots[set->n_roots - 1], TUF_ROOT,
	                         change, e) != 0)
		return -1;
	for (size_t i = 0; new_set && i < set->n_roles; i++)
		if (save_file(f, set->roles[i].file, TUF_TARGETS, change, e) !=
		    0)
			return -1;
	for (size_t i = 0; i < online->n_files; i++)
		if (save_file(f, online->files[i], type_of(online->files[i]),
		              change, e) != 0)
			return -1;
	return 0;
}

int sign_audit(struct fleet *f, const struct deed *d, struct err *e)
{
	struct audit_row row = {
		.at_ms = fleet_now_ms(f),
		.actor = d->actor,
		.action = d->action,
		.object = d->object,
		.reason = d->reason,
		.request_id = d->request_id,
		.detail = d->detail != NULL ? d->detail : "{}",
	};
	int64_t number;

	return audit_add(&number, f->store, &row, e);
}

static int write_change(struct fleet *f, const struct change *c,
                        const struct view *v, struct err *e)
{
	if (store_begin(f->store, e) != 0)
		return -1;
	if ((c->write != NULL && c->write(f, c->ctx, e) != 0) ||
	    sign_save(f, v, c->cause, c->deed.actor, e) != 0 ||
	    sign_audit(f, &c->deed, e) != 0) {
		store_rollback(f->store);
		return -1;
	}
	return store_commit(f->store, e);
}

int sign_change(struct fleet *f, const struct change *c, struct err *e)
{
	struct view *v = sign_view(f, c->set, e);

	if (v == NULL)
		return -1;
	if (write_change(f, c, v, e) != 0) {
		fleet_note_failure(f, e);
		view_unref(v);
		return -1;
	}
	fleet_note_success(f);
	view_swap(&f->view, v);
	f->online_stale = false;
	fleet_set_trouble(f, TROUBLE_SIGNER | TROUBLE_NOTHING_PUBLISHED, false);
	return 0;
}

void sign_at_once(struct fleet *f)
{
	struct err e = {0};
	struct view *v = sign_view(f, NULL, &e);

	f->last_sign_try_ms = fleet_now_ms(f);
	if (v == NULL) {
		/* Grants stay denied; what devices read is older. */
		log_error("a halt is not signed yet: %s", e.msg);
		fleet_set_trouble(f, TROUBLE_SIGNER, true);
		f->online_stale = true;
		return;
	}
	view_swap(&f->view, v);
	f->online_stale = false;
	fleet_set_trouble(f, TROUBLE_SIGNER, false);
}

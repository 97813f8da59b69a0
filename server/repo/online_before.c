#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/online_internal.h"

#include <stdio.h>
#include <string.h>

/* What was signed before, put together again from its files. */

struct online *online_begin(struct set *set, size_t n_files, size_t n_states)
{
	struct online *o = xcalloc(1, sizeof(*o));

	o->refs = 1;
	o->set = set_ref(set);
	o->files = xcalloc(n_files, sizeof(struct file *));
	o->states = xcalloc(n_states, sizeof(*o->states));
	return o;
}

int online_add_file(struct online *o, const char *name, int64_t version,
                    const void *bytes, size_t len, struct err *e)
{
	struct file *f = file_new(name, version, bytes, len, e);

	if (f == NULL)
		return -1;
	f->expires_s = file_expires_s(f);
	if (f->expires_s == 0) {
		file_unref(f);
		return err_set(e, ERR_INVALID, "%s: is no role file", name);
	}
	if (strcmp(f->role, "timestamp") == 0)
		o->timestamp_version = f->version;
	else if (strcmp(f->role, "snapshot") == 0)
		o->snapshot_version = f->version;
	o->files[o->n_files++] = f;
	return 0;
}

static int resolve_rules(struct state_file *f, const struct catalog_product *p,
                         struct err *e)
{
	for (size_t i = 0; i < f->doc.n_rules; i++) {
		const struct state_rule *rule = &f->doc.rules[i];
		const struct catalog_plan *plan =
			p != NULL ? catalog_plan(p, rule->plan_path) : NULL;

		if (plan == NULL ||
		    strcmp(plan->sha256, rule->plan_sha256) != 0)
			return err_set(e, ERR_INVALID,
			               "%s: names plan %s, which is not "
			               "published",
			               f->path, rule->plan_path);
		f->rules[i] = (struct offer_rule){
			.rule = rule,
			.plan = &plan->plan,
			.release = &plan->release->fw,
		};
	}
	return 0;
}

int online_add_state(struct online *o, const char *path, const void *bytes,
                     size_t len, struct err *e)
{
	struct state_file *f = &o->states[o->n_states];

	if (state_doc_parse(&f->doc, path, bytes, len, e) != 0)
		return -1;
	o->n_states++;
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	memcpy(f->product, f->doc.head.product, sizeof(f->product));
	memcpy(f->channel, f->doc.channel, sizeof(f->channel));
	f->len = len;
	f->bytes = xmalloc(len + 1);
	memcpy(f->bytes, bytes, len);
	f->bytes[len] = '\0';
	online_finish_state(f, o);
	return resolve_rules(f, catalog_product(&o->set->catalog, f->product),
	                     e);
}

#include "config.h"

#include "repo-tools/folder/carry.h"

#include "lib/base/fs.h"

#include <inttypes.h>
#include <string.h>

int carry_check(const struct workspace *ws, struct err *e)
{
	for (size_t i = 1; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		const struct workspace_role *by = &ws->roles[r->delegator];
		struct tuf_quorum q[2];
		size_t have;

		if (r->trial || r->current == NULL || !by->trial ||
		    workspace_trial_quorums(q, ws, r) == 0)
			continue;
		have = tuf_quorum_count(&q[0], &r->current->env);
		if ((int64_t)have < q[0].threshold)
			return err_code(e, ERR_CONFLICT, "not_carried",
			                "%s, which its new keys have to sign "
			                "too: version %" PRId64
			                " has %zu of %" PRId64 "%s%s%s",
			                r->name, role_doc_version(r->current),
			                have, q[0].threshold,
			                r->staged == NULL ? "; pawl-repo renew "
			                                  : "",
			                r->staged == NULL ? r->name : "",
			                r->staged == NULL ? " stages it" : "");
	}
	return 0;
}

bool carry_is_early(const struct workspace *ws, const struct workspace_role *r)
{
	SCOPED(free)
	char *path = workspace_path(ws, "staged/%s.json", r->name);
	SCOPED(role_doc_free)
	struct role_doc *staged = NULL;

	return fs_exists(path) &&
	       role_doc_read(&staged, path, r->name, NULL) == 0 &&
	       role_doc_is_same(staged, r->current);
}

int carry_undo(struct workspace *ws, struct err *e)
{
	SCOPED(free)
	char *last = NULL;

	for (size_t i = 0; i < ws->n_roles; i++) {
		struct workspace_role *r = &ws->roles[i];

		if (r->early == 0)
			continue;
		free(last);
		last = workspace_path(ws, "metadata/%" PRId64 ".%s.json",
		                      r->early, r->name);
		if (fs_remove(last, e) != 0)
			return -1;
		r->early = 0;
	}
	return last != NULL ? fs_sync_dir_of(last, e) : 0;
}

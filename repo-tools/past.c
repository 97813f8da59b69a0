#include "config.h"

#include "repo-tools/past.h"

#include "lib/base/fs.h"

#include <inttypes.h>
#include <string.h>

static int read_one(struct history *out, const struct workspace *ws,
                    const char *role, int64_t version, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "metadata/%" PRId64 ".%s.json", version,
	                            role);
	SCOPED(role_doc_free)
	struct role_doc *d = NULL;

	if (!fs_exists(path))
		return 0;
	if (role_doc_read(&d, path, role, e) != 0)
		return -1;
	return role_doc_is_root(d) ? history_root(out, &d->root, e)
	                           : history_targets(out, &d->targets, e);
}

int past_read(struct history *out, const struct workspace *ws, struct err *e)
{
	static const char *const roles[] = {"root", "targets"};

	*out = (struct history){0};
	for (size_t i = 0; i < 2; i++) {
		const struct workspace_role *r = workspace_role(ws, roles[i]);
		int64_t last =
			r->current != NULL ? role_doc_version(r->current) : 0;

		for (int64_t v = 1; v <= last; v++)
			if (read_one(out, ws, roles[i], v, e) != 0)
				return -1;
	}
	return 0;
}

int past_check(const struct workspace *ws, struct err *e)
{
	const struct workspace_role *root = workspace_role(ws, "root");
	const struct workspace_role *targets = workspace_role(ws, "targets");
	SCOPED(history_fini)
	struct history h = {0};

	if (past_read(&h, ws, e) != 0)
		return -1;
	if (root->staged != NULL &&
	    history_root(&h, &root->staged->root, e) != 0)
		return -1;
	if (targets->staged != NULL &&
	    history_targets(&h, &targets->staged->targets, e) != 0)
		return -1;
	return 0;
}

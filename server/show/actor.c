#include "config.h"

#include "lib/base/mem.h"
#include "server/show/show.h"
#include "server/store/tokens.h"

/* A log keeps ids, which nobody else ever has; people know tokens by names. */

void show_actor(struct jw *w, struct fleet *f, const char *key,
                const char *actor)
{
	SCOPED(free)
	char *name_key = xasprintf("%s_name", key);
	struct token_row t;

	jw_put_str(w, key, actor);
	/* Also when the database does not answer: the id is there. */
	if (tokens_find_id(&t, f->store, actor, NULL) != 0) {
		jw_put_str(w, name_key, actor);
		return;
	}
	SCOPED(free)
	char *name =
		xasprintf("%s%s", t.name, t.revoked_ms > 0 ? " (revoked)" : "");
	jw_put_str(w, name_key, name);
}

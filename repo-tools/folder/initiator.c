#include "config.h"

#include "repo-tools/folder/initiator.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <string.h>

#define CUSTOM_MAX 512

static bool is_name(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= INITIATOR_SIZE)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == '\x7f')
			return false;
	return true;
}

char *initiator_custom(const char *name, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(CUSTOM_MAX);
	struct jw w;

	if (!is_name(name)) {
		(void)err_set(e, ERR_USAGE,
		              "--initiator: is no name of 1 to %d characters",
		              INITIATOR_SIZE - 1);
		return NULL;
	}
	jw_init_canonical(&w, &b);
	jw_object(&w);
	jw_key(&w, "plan");
	jw_object(&w);
	jw_put_str(&w, "initiator", name);
	jw_end_object(&w);
	jw_end_object(&w);
	return xstrdup(buf_str(&b));
}

/* A text that does not read may name anybody. */
int initiator_of(char out[INITIATOR_SIZE], const struct tuf_target *entry,
                 struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(SIZE_MAX);
	struct js_at root, plan;
	const char *name;

	out[0] = '\0';
	if (entry->custom == NULL)
		return 0;
	canon_to_json(&text, entry->custom, strlen(entry->custom));
	if (js_parse(&doc, entry->path, buf_str(&text), text.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get(&plan, &root, "plan", NULL) != 0 ||
	    !js_has(&plan, "initiator"))
		return 0;
	if (js_get_str(&name, &plan, "initiator", INITIATOR_SIZE - 1, e) != 0)
		return -1;
	if (!is_name(name))
		return err_set(e, ERR_INVALID, "%s: '%s' is no name",
		               entry->path, name);
	(void)snprintf(out, INITIATOR_SIZE, "%s", name);
	return 0;
}

int initiator_check(const struct workspace_role *r, const char *label,
                    struct err *e)
{
	char name[INITIATOR_SIZE];

	if (strncmp(r->name, "plans.", 6) != 0 || r->staged == NULL ||
	    *label == '\0')
		return 0;
	for (size_t i = 0; i < r->staged->targets.n_targets; i++) {
		const struct tuf_target *t = &r->staged->targets.targets[i];

		if (workspace_is_signed(r, t))
			continue;
		if (initiator_of(name, t, e) != 0) {
			err_context(e, "%s: who asked", r->name);
			return -1;
		}
		if (strcmp(name, label) == 0)
			return err_code(e, ERR_FORBIDDEN, "initiator_approves",
			                "%s: %s asked for %s, somebody else "
			                "approves it",
			                r->name, label, t->path);
	}
	return 0;
}

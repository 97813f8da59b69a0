#include "config.h"

#include "repo-tools/folder/rekey_say.h"

#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

static int64_t known_root(const struct rekey *k)
{
	const struct workspace_role *root = workspace_role(k->ws, "root");

	return root->current != NULL ? role_doc_version(root->current) : 0;
}

/* ---- How clients walk ---- */

static bool is_touched(const struct rekey *k, const char *role)
{
	for (size_t i = 0; i < k->n_touched; i++)
		if (strcmp(k->touched[i].role, role) == 0)
			return true;
	return false;
}

static void say_hops(const struct cli *c, int64_t from, int64_t to)
{
	cli_say(c, "  a client that knows root %" PRId64 " loads", from);
	for (int64_t v = from + 1; v <= to; v++)
		cli_say(c, "%s %" PRId64 "%s", v > from + 1 ? "," : "", v,
		        v == to ? " (this draft)" : "");
	cli_say(c, "\n");
}

static void say_who(const struct cli *c, const struct rekey *k, int64_t to)
{
	const struct workspace_role *root = workspace_role(k->ws, "root");
	struct tuf_quorum old = tuf_root_quorum(&root->current->root, TUF_ROOT);
	struct tuf_quorum new = tuf_root_quorum(&k->root, TUF_ROOT);

	cli_say(c,
	        "  each takes root %" PRId64 " when %" PRId64
	        " of the %zu keys of root %" PRId64 " and %" PRId64
	        " of its own %zu have signed it\n",
	        to, old.threshold, old.n_keyids, to - 1, new.threshold,
	        new.n_keyids);
}

void rekey_say_walk(const struct cli *c, const struct rekey *k)
{
	int64_t last = known_root(k);

	cli_say(c, "How clients walk:\n");
	if (!k->has_root) {
		cli_say(c,
		        "  root does not change: whichever of the roots 1 to "
		        "%" PRId64 " a client knows, it walks as before\n",
		        last);
	} else if (last > 0) {
		for (int64_t v = 1; v <= last; v++)
			say_hops(c, v, last + 1);
		say_who(c, k, last + 1);
		cli_say(c, "  an expired root on the way stops nobody, only "
		           "the last one counts\n");
	}
	if (is_touched(k, "timestamp") || is_touched(k, "snapshot"))
		cli_say(c, "  then they forget the timestamp and snapshot "
		           "they hold, and with them any version a thief "
		           "counted up to\n");
	for (size_t i = 0; i < k->n_touched; i++)
		if (strcmp(k->touched[i].by, "root") != 0)
			cli_say(c,
			        "  then they take %s by its new keys, which "
			        "%s names\n",
			        k->touched[i].role, k->touched[i].by);
}

void rekey_write_walk(struct jw *w, const struct rekey *k)
{
	int64_t last = known_root(k);

	jw_key(w, "walk");
	jw_array(w);
	for (int64_t v = 1; v <= last; v++) {
		jw_object(w);
		jw_put_int(w, "knows", v);
		jw_key(w, "loads");
		jw_array(w);
		for (int64_t n = v + 1; n <= last + k->has_root; n++)
			jw_int(w, n);
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* ---- Who signs ---- */

/* Labels come from the key files that are here; a file that cannot be read
 * has none. */
struct labels {
	struct keyring ring;
};

static void read_labels(struct labels *l, const struct rekey *k)
{
	struct err ignored = {0};

	*l = (struct labels){0};
	if (keyring_add_dir(&l->ring, k->ws->keys_dir, &ignored) != 0)
		return;
}

static const char *label_of(const struct labels *l, const char *keyid)
{
	for (size_t i = 0; i < l->ring.len; i++)
		if (strcmp(l->ring.items[i].info.public.id, keyid) == 0)
			return l->ring.items[i].info.label;
	return "";
}

static const char *of_what(const char *role, size_t i, size_t n)
{
	if (strcmp(role, "root") != 0 || n < 2)
		return "its";
	return i == 0 ? "the present root's" : "its own";
}

static void say_quorum(const struct cli *c, const struct labels *l,
                       const char *of, const struct tuf_quorum *q)
{
	cli_print(c, "  %" PRId64 " of %s keys:", q->threshold, of);
	for (size_t i = 0; i < q->n_keyids; i++) {
		const char *label = label_of(l, q->keyids[i]);

		cli_print(c, "%s %.16s%s%s", i > 0 ? "," : "", q->keyids[i],
		          *label != '\0' ? " " : "", label);
	}
	cli_print(c, "\n");
}

void rekey_say_signers(const struct cli *c, const struct rekey *k)
{
	struct labels l;

	read_labels(&l, k);
	for (size_t i = 0; i < k->ws->n_roles; i++) {
		const struct workspace_role *r = &k->ws->roles[i];
		struct tuf_quorum q[2];
		size_t n;

		if (r->staged == NULL)
			continue;
		n = workspace_quorums(q, k->ws, r->name, false);
		cli_print(c, "%s %" PRId64 ": staged, to be signed by\n",
		          r->name, role_doc_version(r->staged));
		for (size_t j = 0; j < n; j++)
			say_quorum(c, &l, of_what(r->name, j, n), &q[j]);
	}
	keyring_fini(&l.ring);
}

static void write_quorum(struct jw *w, const struct labels *l, const char *of,
                         const struct tuf_quorum *q)
{
	jw_object(w);
	jw_put_str(w, "of", of);
	jw_put_int(w, "threshold", q->threshold);
	jw_key(w, "keys");
	jw_array(w);
	for (size_t i = 0; i < q->n_keyids; i++) {
		jw_object(w);
		jw_put_str(w, "keyid", q->keyids[i]);
		jw_put_str(w, "label", label_of(l, q->keyids[i]));
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_end_object(w);
}

void rekey_write_signers(struct jw *w, const struct rekey *k)
{
	struct labels l;

	read_labels(&l, k);
	jw_key(w, "staged");
	jw_array(w);
	for (size_t i = 0; i < k->ws->n_roles; i++) {
		const struct workspace_role *r = &k->ws->roles[i];
		struct tuf_quorum q[2];
		size_t n;

		if (r->staged == NULL)
			continue;
		n = workspace_quorums(q, k->ws, r->name, false);
		jw_object(w);
		jw_put_str(w, "role", r->name);
		jw_put_int(w, "version", role_doc_version(r->staged));
		jw_key(w, "quorums");
		jw_array(w);
		for (size_t j = 0; j < n; j++)
			write_quorum(w, &l, of_what(r->name, j, n), &q[j]);
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
	keyring_fini(&l.ring);
}

static void say_next(const struct cli *c, const struct rekey *k)
{
	bool online = false;

	cli_say(c, "Next: pawl-repo sign --all, by each holder\n");
	for (size_t i = 0; i < k->n_touched; i++)
		online = online || describe_is_online(k->touched[i].role);
	if (online)
		cli_say(c,
		        "Copy the new files of %s/online to the server's "
		        "folder of keys before the publish\n",
		        k->ws->dir);
}

int rekey_answer(const struct cli *c, const struct rekey *k, const char *schema,
                 size_t dropped, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(4 << 20);
	struct jw w;

	if (dropped > 0)
		cli_say(c, "the earlier drafts' %zu signatures are gone\n",
		        dropped);
	if (!cli_wants_json(c)) {
		rekey_say_signers(c, k);
		say_next(c, k);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", schema);
	rekey_write_walk(&w, k);
	rekey_write_signers(&w, k);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

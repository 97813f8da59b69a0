#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/gate.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is published, then with the plan's next revision, then with the next
 * root. */
struct history {
	struct server *s;
	struct view *views[3];
	int64_t now_s;
};

static void begin(struct history *h)
{
	struct err e;

	h->s = server_new();
	ASSERT_OK(server_publish_first(h->s, &e));
	h->views[0] = view_get(&h->s->fleet->view);
	ASSERT_OK(server_publish_revision(h->s, NULL, &e));
	h->views[1] = view_get(&h->s->fleet->view);
	tuf_repo_publish(h->s->repo, "root");
	ASSERT_OK(SERVER_PUBLISH(h->s, "2.root.json"));
	h->views[2] = view_get(&h->s->fleet->view);
	h->now_s = fleet_now_s(h->s->fleet);
}

static void end(struct history *h)
{
	for (size_t i = 0; i < ARRAY_LEN(h->views); i++)
		view_put(h->views[i]);
	server_free(h->s);
}

static int gate(struct history *h, int candidate, int current, struct err *e)
{
	return gate_check(h->views[candidate],
	                  current >= 0 ? h->views[current] : NULL,
	                  &h->s->fleet->blobs, h->now_s, e);
}

TEST(what_our_client_takes_passes_whatever_it_held_before)
{
	struct history h;
	struct err e;

	begin(&h);
	for (int candidate = 0; candidate < 3; candidate++)
		for (int current = -1; current <= candidate; current++)
			ASSERT_OK(gate(&h, candidate, current, &e));
	ASSERT_OK(gate_check_online(h.views[2], h.views[1], h.now_s, &e));
	end(&h);
}

TEST(nothing_goes_back_below_what_a_device_may_hold)
{
	struct history h;
	struct err e;

	begin(&h);
	ck_assert_int_eq(gate(&h, 0, 1, &e), -1);
	ASSERT_SAYS("a client that holds what is published now");
	ASSERT_CODE(gate(&h, 1, 2, &e), "rollback");
	ASSERT_SAYS("root: version 1 is below the published 2");
	/* Of the roots only a whole publish is asked. */
	ck_assert_int_eq(gate_check_online(h.views[0], h.views[1], h.now_s, &e),
	                 -1);
	end(&h);
}

TEST(a_root_that_was_published_with_other_bytes_is_named)
{
	struct history h;
	struct file *root;
	struct err e;

	begin(&h);
	root = view_set(h.views[2])->roots[0];
	root->sha256[0] = root->sha256[0] == 'a' ? 'b' : 'a';
	/* The views share the file: the other one has a copy that is right. */
	struct file *copy =
		file_new("1.root.json", 1, root->bytes, root->len, &e);
	view_set(h.views[0])->roots[0] = copy;
	ASSERT_CODE(gate(&h, 2, 0, &e), "reissued");
	ASSERT_SAYS("root: version 1");
	view_set(h.views[0])->roots[0] = root;
	file_unref(copy);
	end(&h);
}

TEST(what_has_expired_passes_no_gate)
{
	struct history h;
	struct err e;

	begin(&h);
	h.now_s += 2 * FIXTURE_DAY_S;
	ck_assert_int_eq(gate(&h, 2, -1, &e), -1);
	ASSERT_SAYS("a client that knows root 1");
	end(&h);
}

TEST(a_file_longer_than_clients_read_is_refused_unread)
{
	struct history h;
	struct file *f;
	struct err e;

	begin(&h);
	f = set_role(view_set(h.views[2]), "plans.band")->file;
	f->len += (size_t)1 << 40;
	ck_assert_int_eq(gate(&h, 2, -1, &e), -1);
	ASSERT_SAYS("clients read at most");
	f->len -= (size_t)1 << 40;
	end(&h);
}

/* plans.band lists what clients take from releases.band. */
static struct set_role *list_wrongly(struct set *set)
{
	struct set_role *r;
	size_t i;

	ck_assert(strmap_get(&set->by_name, "plans.band", &i));
	r = &set->roles[i];
	if (tuf_targets_find(&r->doc->targets, SERVER_FW_PATH) == NULL)
		tuf_targets_put(&r->doc->targets, SERVER_FW_PATH, 1,
		                FIXTURE_RELEASE, NULL);
	r->targets = r->doc->targets;
	return r;
}

TEST(an_entry_that_clients_take_from_another_role_is_refused)
{
	struct history h;
	struct err e;

	begin(&h);
	(void)list_wrongly(view_set(h.views[2]));
	ASSERT_CODE(gate(&h, 2, -1, &e), "wrong_role");
	ASSERT_SAYS("clients take it from releases.band");
	end(&h);
}

/* The gate itself would never have let it in; so it shows what is asked. */
TEST(an_entry_is_looked_up_again_when_something_above_it_changed)
{
	struct history h;
	struct set *set;
	struct err e;

	begin(&h);
	set = view_set(h.views[2]);
	(void)list_wrongly(view_set(h.views[1]));
	list_wrongly(set)->is_same = false;
	ck_assert(set->roles[0].is_same);
	ASSERT_OK(gate(&h, 2, 1, &e));
	set->roles[0].is_same = false;
	ASSERT_CODE(gate(&h, 2, 1, &e), "wrong_role");
	ASSERT_SAYS("clients take it from releases.band");
	end(&h);
}

TEST(a_state_that_devices_would_refuse_passes_no_gate)
{
	struct history h;
	const struct online *o;
	struct err e;

	begin(&h);
	o = view_online(h.views[2]);
	for (size_t i = 0; i < o->n_files; i++)
		if (strcmp(o->files[i]->role, "rollout.band") == 0)
			o->files[i]->bytes[o->files[i]->len / 2] ^= 1;
	ck_assert_int_eq(gate_check_online(h.views[2], NULL, h.now_s, &e), -1);
	ASSERT_SAYS("rollout.band");
	end(&h);
}

/* The versions that this online has are given away once more. */
static void turn_back(struct journal *j, const struct online *o)
{
	for (uint32_t i = 0; i < j->page.n_roles; i++)
		j->next[i] = online_role(o, j->page.roles[i].role)->version;
}

/* "Equal is no news" (TUF 5.4.3.1): whoever holds the first of two timestamps
 * of one version stays with it, and with all it leads to. */
TEST(listings_issued_twice_are_refused_for_those_who_hold_the_first)
{
	struct history h;
	struct fleet *f;
	struct err e;

	begin(&h);
	f = h.s->fleet;
	struct online_maker maker = {.signer = &f->signer,
	                             .journal = &f->journal,
	                             .lives = f->config.lives,
	                             .now_s = h.now_s};
	turn_back(&f->journal, view_online(h.views[0]));
	struct online *o =
		online_new(&maker, view_set(h.views[1]), NULL, NULL, 0, &e);
	ck_assert_ptr_nonnull(o);
	struct view *v = view_new(view_set(h.views[1]), o, h.views[0]);
	ck_assert_int_eq(o->timestamp_version,
	                 view_online(h.views[0])->timestamp_version);
	ASSERT_OK(gate_check(v, NULL, &f->blobs, h.now_s, &e));
	ASSERT_ERR(gate_check(v, h.views[0], &f->blobs, h.now_s, &e),
	           ERR_NOT_FOUND);
	ASSERT_SAYS("a client that holds what is published now");
	ASSERT_SAYS("no role lists it");
	view_put(v);
	online_unref(o);
	end(&h);
}

/* No listing has the hash of a timestamp. */
TEST(bytes_that_changed_under_what_was_read_of_them_are_read_again)
{
	struct history h;
	struct file *f;
	char *digit;
	struct err e;

	begin(&h);
	ASSERT_OK(gate(&h, 2, 1, &e));
	f = online_role(view_online(h.views[2]), "timestamp");
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = file_doc(f);
	ck_assert_ptr_nonnull(d);
	digit = strstr(f->bytes, "\"sig\":\"") + 7;
	*digit = *digit == '0' ? '1' : '0';
	ASSERT_CODE(gate(&h, 2, 1, &e), "threshold");
	*digit = *digit == '0' ? '1' : '0';
	end(&h);
}

TEST(a_blob_that_is_not_there_or_has_another_length_is_named)
{
	struct history h;
	char sha256[SHA256_HEX_SIZE];
	struct err e;

	begin(&h);
	hash_sha256_hex(sha256, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	SCOPED(free)
	char *path =
		xasprintf("%s/%.2s/%s", h.s->fleet->blobs.dir, sha256, sha256);
	ck_assert_int_eq(truncate(path, 3), 0);
	ASSERT_CODE(gate(&h, 2, -1, &e), "mismatch");
	ASSERT_SAYS("3 bytes are stored");
	ck_assert_int_eq(unlink(path), 0);
	ASSERT_ERR(gate(&h, 2, -1, &e), ERR_NOT_FOUND);
	ASSERT_SAYS(sha256);
	/* It was there when the same list was published. */
	ASSERT_OK(gate(&h, 2, 2, &e));
	/* A halt does not wait for blobs. */
	ASSERT_OK(gate_check_online(h.views[2], h.views[2], h.now_s, &e));
	end(&h);
}

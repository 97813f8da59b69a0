/*
 * Who vouches for a path: the pre-order, depth-first walk of TUF 5.6.7, one
 * role at a time, so that roles are only asked for when it is their turn.
 */
#include "config.h"

#include "lib/tuf/trust_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trust_walk_clear(struct trust *t)
{
	free(t->path);
	free(t->stack);
	free(t->visited);
	t->path = NULL;
	t->stack = NULL;
	t->visited = NULL;
	t->n_stack = t->n_visited = 0;
	t->has_found = false;
}

static bool is_visited(const struct trust *t, const char *role)
{
	for (size_t i = 0; i < t->n_visited; i++)
		if (strcmp(t->visited[i], role) == 0)
			return true;
	return false;
}

static int no_memory(const struct trust *t, struct err *e)
{
	return err_set(e, ERR_MEMORY, "%.200s: no memory for the walk",
	               t->path != NULL ? t->path : "");
}

/* TUF 5.6.7.1: "If this role has been visited before, then skip", and no more
 * than the limit. The top-level targets does not count. */
int trust_walk(struct trust *t, struct err *e)
{
	if (t->path == NULL || t->stack == NULL)
		return no_memory(t, e);
	while (t->n_stack > 0) {
		struct trust_edge *edge = &t->stack[--t->n_stack];

		if (is_visited(t, edge->role))
			continue;
		if (t->n_visited > (size_t)t->limits.delegations)
			return err_code(
				e, ERR_TOO_LARGE, "too_large",
				"%.200s: none of the first %d delegated "
				"roles lists it, and there are more",
				t->path, t->limits.delegations);
		t->want = *edge;
		t->phase = PHASE_ROLE;
		return 0;
	}
	t->phase = PHASE_ANSWERED;
	return 0;
}

static int visit(struct trust *t, struct err *e)
{
	char(*grown)[TUF_ROLE_MAX] =
		reallocarray(t->visited, t->n_visited + 1, sizeof(*t->visited));

	if (grown == NULL)
		return no_memory(t, e);
	t->visited = grown;
	memcpy(t->visited[t->n_visited++], t->want.role, TUF_ROLE_MAX);
	return 0;
}

static int push(struct trust *t, const char *role, struct err *e)
{
	struct trust_edge *grown =
		reallocarray(t->stack, t->n_stack + 1, sizeof(*grown));

	if (grown == NULL)
		return no_memory(t, e);
	t->stack = grown;
	grown += t->n_stack++;
	memcpy(grown->role, role, strnlen(role, TUF_ROLE_MAX - 1) + 1);
	grown->role[TUF_ROLE_MAX - 1] = '\0';
	memcpy(grown->delegator, t->want.role, sizeof(grown->delegator));
	return 0;
}

/* The first pushed is the first to be followed. */
static void reverse_from(struct trust *t, size_t from)
{
	for (size_t to = t->n_stack; to > from + 1; from++) {
		struct trust_edge swap = t->stack[--to];

		t->stack[to] = t->stack[from];
		t->stack[from] = swap;
	}
}

/* TUF 5.6.7.2: the matching delegations in order of appearance. A terminating
 * one ends the search after its own subtree: what came before on the stack is
 * dropped, what comes after is not looked at (CVE-2025-2886). */
static int follow(struct trust *t, const struct tuf_targets *by, struct err *e)
{
	/* More than can still be visited need not be remembered: hostile
	 * lists of thousands stay small. */
	size_t room = (size_t)t->limits.delegations + 1;
	size_t from = t->n_stack;

	for (size_t i = 0; i < by->n_roles && t->n_stack - from < room; i++) {
		const struct tuf_delegation *d = &by->roles[i];

		if (!tuf_delegation_matches(d, t->path))
			continue;
		if (d->terminating) {
			memmove(t->stack, t->stack + from,
			        (t->n_stack - from) * sizeof(*t->stack));
			t->n_stack -= from;
			from = 0;
		}
		if (!is_visited(t, d->name) && push(t, d->name, e) != 0)
			return -1;
		if (d->terminating)
			break;
	}
	reverse_from(t, from);
	return 0;
}

/* TAP 15. The bins of a role are all it delegates to; other clients walk them
 * as terminating, and so do we. */
static int follow_bin(struct trust *t, const struct tuf_targets *by,
                      struct err *e)
{
	char bin[TUF_ROLE_MAX];

	tuf_succinct_bin(bin, &by->succinct, t->path);
	t->n_stack = 0;
	return push(t, bin, e);
}

int trust_walk_role(struct trust *t, struct err *e)
{
	const struct trust_role *r = trust_role_find(t, t->want.role);
	const struct tuf_target *entry =
		tuf_targets_find(&r->doc->targets, t->path);

	if (visit(t, e) != 0)
		return -1;
	if (entry != NULL) {
		if (entry->unknown_hash)
			return err_code(e, ERR_UNTRUSTED, "unknown_hash",
			                "%s: %.200s: lists a hash that is not "
			                "known here, sha256 or sha512 is "
			                "needed",
			                r->name, t->path);
		t->found = (struct trust_target){.role = r->name,
		                                 .entry = entry,
		                                 .listed_hashes_known = true};
		t->has_found = true;
		t->phase = PHASE_ANSWERED;
		return 0;
	}
	t->phase = PHASE_WALK;
	if (r->doc->targets.succinct.present)
		return follow_bin(t, &r->doc->targets, e);
	return follow(t, &r->doc->targets, e);
}

void trust_walk_begin(struct trust *t, const char *path)
{
	t->path = strdup(path);
	t->stack = calloc(1, sizeof(*t->stack));
	if (t->stack == NULL)
		return;
	(void)snprintf(t->stack->role, sizeof(t->stack->role), "targets");
	(void)snprintf(t->stack->delegator, sizeof(t->stack->delegator),
	               "root");
	t->n_stack = 1;
}

#include "config.h"

#include "device/state.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY(to, from) (void)snprintf((to), sizeof(to), "%s", (from))

void state_init(struct device_state *s, const struct provision *p)
{
	*s = (struct device_state){0};
	s->counter = p->image.counter;
	/* Check 10: the floor starts at `built` of the running image. */
	s->floor_s = p->image.built_s;
	s->boot.trying = -1;
	s->slots[0].fill = SLOT_GOOD;
	COPY(s->slots[0].sha256, p->image.sha256);
	s->slots[0].length = p->image.length;
	s->slots[0].counter = p->image.counter;
	COPY(s->slots[0].version, p->image.version);
	s->slots[0].built_s = p->image.built_s;
}

void state_fini(struct device_state *s)
{
	for (size_t i = 0; i < s->n_marks; i++)
		free(s->marks[i].keyids);
	free(s->marks);
	free(s->latches);
	free(s->confirmed);
	free(s->failed);
	*s = (struct device_state){0};
}

struct state_mark *state_mark_find(struct device_state *s, const char *role)
{
	for (size_t i = 0; i < s->n_marks; i++)
		if (strcmp(s->marks[i].role, role) == 0)
			return &s->marks[i];
	return NULL;
}

void state_mark_set(struct device_state *s, const char *role, int64_t version,
                    int64_t threshold, const char (*keyids)[KEY_ID_SIZE],
                    size_t n_keyids)
{
	struct state_mark *m = state_mark_find(s, role);

	if (m == NULL) {
		s->marks = xreallocarray(s->marks, s->n_marks + 1,
		                         sizeof(*s->marks));
		m = &s->marks[s->n_marks++];
		*m = (struct state_mark){0};
		COPY(m->role, role);
	}
	m->version = version;
	m->threshold = threshold;
	m->keyids = xreallocarray(m->keyids, n_keyids, sizeof(*m->keyids));
	if (n_keyids > 0)
		memcpy(m->keyids, keyids, n_keyids * sizeof(*m->keyids));
	m->n_keyids = n_keyids;
}

void state_mark_drop(struct device_state *s, const char *role)
{
	struct state_mark *m = state_mark_find(s, role);

	if (m == NULL)
		return;
	free(m->keyids);
	*m = s->marks[--s->n_marks];
}

struct state_latch *state_latch_find(struct device_state *s,
                                     const char *plan_id)
{
	for (size_t i = 0; i < s->n_latches; i++)
		if (strcmp(s->latches[i].plan_id, plan_id) == 0)
			return &s->latches[i];
	return NULL;
}

void state_latch_set(struct device_state *s, const char *plan_id, int64_t rev)
{
	struct state_latch *l = state_latch_find(s, plan_id);

	if (l == NULL) {
		s->latches = xreallocarray(s->latches, s->n_latches + 1,
		                           sizeof(*s->latches));
		l = &s->latches[s->n_latches++];
		*l = (struct state_latch){0};
		COPY(l->plan_id, plan_id);
	}
	if (rev > l->rev)
		l->rev = rev;
	/* What was lifted for lower revisions stays lifted; this one is not. */
	if (l->lifted_rev != 0 && rev >= l->lifted_rev)
		l->lifted_rev = 0;
}

bool state_has_sha256(const state_sha256 *list, size_t n, const char *sha256)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], sha256) == 0)
			return true;
	return false;
}

void state_add_sha256(state_sha256 **list, size_t *n, const char *sha256)
{
	if (state_has_sha256((const state_sha256 *)*list, *n, sha256))
		return;
	*list = xreallocarray(*list, *n + 1, sizeof(**list));
	COPY((*list)[*n], sha256);
	(*n)++;
}

int state_running(const struct device_state *s)
{
	return s->attempt.phase == ATTEMPT_BOOTED && s->boot.trying >= 0
	               ? s->boot.trying
	               : s->boot.active;
}

int state_spare(const struct device_state *s)
{
	return 1 - s->boot.active;
}

#include "config.h"

#include "server/fleet/precede.h"
#include "server/show/show.h"

#include <stdio.h>

/* Whose devices are whose: between rollouts, and among the rules of a state
 * for one device. */

static void put_pair(struct jw *w, const struct rollout *other, int64_t devices)
{
	jw_object(w);
	jw_put_int(w, "rollout", other->key);
	jw_put_int(w, "devices", devices);
	jw_end_object(w);
}

static void put_taken(struct jw *w, struct fleet *f, const struct rollout *r)
{
	for (size_t i = 0; i < r->over.len; i++) {
		const struct rollout_over *o = &r->over.items[i];
		const struct rollout *below = live_by_key(&f->live, o->rollout);

		if (below != NULL && precede_is_unfinished(below))
			put_pair(w, below, o->devices);
	}
}

static void put_lost(struct jw *w, struct fleet *f, const struct rollout *r)
{
	for (size_t i = 0; i < f->live.len; i++) {
		const struct rollout *above = f->live.items[i];

		if (!rollout_is_listed(above, fleet_now_s(f)))
			continue;
		for (size_t k = 0; k < above->over.len; k++)
			if (above->over.items[k].rollout == r->key)
				put_pair(w, above,
				         above->over.items[k].devices);
	}
}

void show_precedence(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_key(w, "takes");
	jw_array(w);
	if (rollout_is_listed(r, fleet_now_s(f)))
		put_taken(w, f, r);
	jw_end_array(w);
	jw_key(w, "loses");
	jw_array(w);
	if (precede_is_unfinished(r))
		put_lost(w, f, r);
	jw_end_array(w);
}

void show_recall(struct jw *w, const struct fleet *f, const struct rollout *r)
{
	const struct rollout *recall = precede_recall_of(f, r);

	if (recall != NULL)
		jw_put_int(w, "recalled_by", recall->key);
	else
		jw_put_null(w, "recalled_by");
}

static void put_step(struct jw *w, const char *text)
{
	jw_object(w);
	jw_put_str(w, "text", text);
	jw_end_object(w);
}

/* One rule: the one that decided, one that lacks the device, or one below that
 * has it, too, and is not asked. */
static void say_rule(char *out, size_t size, const struct state_file *s,
                     const struct offer *o, const struct offer_device *d,
                     size_t i)
{
	char why[400];

	if (o->rule == (int)i)
		(void)snprintf(why, sizeof(why), "%s", o->text);
	else if (o->rule >= 0 && o->rule < (int)i)
		(void)snprintf(why, sizeof(why),
		               "its scope has the device, too; rule %d stands "
		               "above it and decides",
		               o->rule);
	else
		offer_say_scope(why, sizeof(why), &s->rules[i], d);
	(void)snprintf(out, size, "rule %zu, %s: %s", i,
	               s->doc.rules[i].plan_path, why);
}

void show_steps(struct jw *w, const struct state_file *s, const struct offer *o,
                const struct offer_device *d)
{
	size_t n = s != NULL ? s->doc.n_rules : 0;
	char text[1400];

	jw_key(w, "steps");
	jw_array(w);
	if (s == NULL) {
		put_step(w, "no state file is published for its product and "
		            "channel");
	} else {
		(void)snprintf(text, sizeof(text), "%s has %zu rules", s->path,
		               n);
		put_step(w, text);
	}
	for (size_t i = 0; i < n; i++) {
		if (o->rule >= 0 && (int)i > o->rule &&
		    !offer_has(&s->rules[i], d))
			continue;
		say_rule(text, sizeof(text), s, o, d, i);
		put_step(w, text);
	}
	jw_end_array(w);
}

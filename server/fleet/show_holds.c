#include "config.h"

#include "server/fleet/holds.h"
#include "server/fleet/show.h"

#include <string.h>

/* Why a scope is on hold, as JSON: what the API shows and the audit log
 * keeps. */

void show_put_hold(struct jw *w, const struct hold *h, int64_t since_ms)
{
	jw_object(w);
	jw_put_str(w, "hw", h->hw);
	jw_put_str(w, "region", h->region);
	show_when(w, "since", since_ms);
	jw_put_int(w, "overdue", h->overdue);
	jw_put_int(w, "silent", h->silent);
	jw_put_int(w, "trials", h->trials);
	jw_put_int(w, "bound", h->bound);
	jw_put_int(w, "p_silent_ppm", h->p_silent_ppm);
	jw_put_int(w, "alpha_silent_ppm", h->alpha_silent_ppm);
	jw_put_int(w, "weight_ppm", h->weight_ppm);
	jw_put_int(w, "epoch", h->epoch);
	jw_put_str(w, "text", h->text);
	jw_end_object(w);
}

static int64_t since_of(const struct rollout *r, const struct hold *h)
{
	for (size_t i = 0; i < r->holds.len; i++)
		if (strcmp(r->holds.items[i].hw, h->hw) == 0 &&
		    strcmp(r->holds.items[i].region, h->region) == 0)
			return r->holds.items[i].since_ms;
	return 0;
}

void show_holds(struct jw *w, const struct rollout *r)
{
	enum rollout_state s = engine_state(r->engine);
	bool any = s == ROLLOUT_RUNNING || s == ROLLOUT_PAUSED;

	jw_key(w, "holds");
	jw_array(w);
	for (size_t k = 0; any && k < engine_n_holds(r->engine); k++) {
		struct hold h;

		engine_hold_at(r->engine, k, &h);
		show_put_hold(w, &h, since_of(r, &h));
	}
	jw_end_array(w);
}

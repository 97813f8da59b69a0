#include "config.h"

#include "server/fleet/holds.h"

#include "server/show/show.h"

#include <string.h>

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

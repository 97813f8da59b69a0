#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/fleet/renew.h"
#include "server/show/watch.h"

static int run_confirm(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	const char *const *reason = params;
	struct deed deed = later_deed(q, "clock.confirm", "", *reason);
	struct jw w;

	if (renew_confirm_clock(f, &deed, e) != 0)
		return -1;
	jw_init(&w, out);
	jw_object(&w);
	watch_put(&w, f);
	watch_put_advice(&w, f);
	watch_put_expires(&w, f);
	jw_end_object(&w);
	return 0;
}

int clock_confirm(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	const char **reason = body_alloc(q, sizeof(*reason), e);

	(void)r;
	if (reason == NULL || body_reason(reason, q, e) != 0)
		return -1;
	return later(d, q, 200, run_confirm, reason, e);
}

#include "config.h"

#include "server/fleet/renew.h"

#include "lib/base/log.h"

#include <inttypes.h>
#include <stdio.h>

/* After a failed signing. Milliseconds. */
#define RETRY_MS 5000

void renew_draw(struct fleet *f)
{
	f->early_ppm = (int32_t)rng_below(f->rng, ONLINE_EARLY_MAX_PPM);
}

/* The span it was about may have been one in which nobody was heard, or none
 * at all: deadlines that passed by it say nothing of devices yet. */
static void end_doubt(struct fleet *f)
{
	fleet_set_trouble(f, TROUBLE_CLOCK, false);
	f->hears_since_ms = clock_mono_ms(f->clock);
}

void renew_look_at_clock(struct fleet *f)
{
	struct err e = {0};
	bool was = (f->trouble & TROUBLE_CLOCK) != 0;
	bool is = signtime_check(&f->signtime, f->clock, &e) != 0;

	/* A clock that stood wrong at start was set right: from here on it is
	 * measured against the running clock. */
	if (!is && f->signtime.from_journal)
		signtime_set(&f->signtime, f->clock);
	if (is && !was) {
		log_error("nothing is renewed: %s", e.msg);
		fleet_set_trouble(f, TROUBLE_CLOCK, true);
	}
	if (was && !is) {
		log_info("the wall clock is right again");
		end_doubt(f);
	}
}

static int sign_anew(struct fleet *f, const struct deed *deed, struct err *e)
{
	struct change c = {.deed = *deed, .cause = PUBLISHED_RESIGN};

	if (sign_change(f, &c, e) != 0)
		return -1;
	renew_draw(f);
	return 0;
}

/* Too soon after the last try, by a clock that may have been set back. */
static bool is_too_soon(const struct fleet *f, int64_t mono)
{
	return f->last_sign_try_ms != 0 &&
	       mono - f->last_sign_try_ms < RETRY_MS;
}

/* Keys that were brought back are found without a restart. */
static void look_for_keys(struct fleet *f)
{
	struct err e = {0};

	if ((f->trouble & TROUBLE_SIGNER) != 0 &&
	    signer_refresh(&f->signer, f->config.online_keys,
	                   f->config.passphrase, &e) != 0)
		log_error("online keys: %s", e.msg);
}

void renew_if_due(struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	int64_t mono = clock_mono_ms(f->clock);
	struct err e = {0};
	const struct deed deed = {.actor = "server",
	                          .action = "online.resign",
	                          .object = "",
	                          .reason = "",
	                          .request_id = ""};

	renew_look_at_clock(f);
	if (v == NULL)
		return;
	if (!f->online_stale && !online_is_due(view_online(v), &f->config.lives,
	                                       f->early_ppm, fleet_now_s(f)))
		return;
	if (is_too_soon(f, mono))
		return;
	f->last_sign_try_ms = mono;
	look_for_keys(f);
	/* A halt that could not be signed waits for nothing: not for the
	 * database, and not for the clock. */
	if (f->halt_unsigned || (f->online_stale && f->halts_unsaved)) {
		sign_at_once(f);
		return;
	}
	if ((f->trouble & TROUBLE_CLOCK) != 0)
		return; /* said once, by renew_look_at_clock() */
	/* Which trouble it is, sign_change() has said. */
	if (sign_anew(f, &deed, &e) != 0)
		log_error("online roles are not signed anew: %s", e.msg);
}

static int write_deed(struct fleet *f, const struct deed *deed, struct err *e)
{
	if (store_begin(f->store, e) != 0)
		return -1;
	if (sign_audit(f, deed, e) != 0 || store_commit(f->store, e) != 0) {
		store_rollback(f->store);
		return -1;
	}
	return 0;
}

int renew_confirm_clock(struct fleet *f, const struct deed *deed, struct err *e)
{
	const struct deed resign = {.actor = deed->actor,
	                            .action = "online.resign",
	                            .object = "",
	                            .reason = deed->reason,
	                            .request_id = deed->request_id};
	struct deed said = *deed;
	int64_t off_ms;
	char detail[64];
	struct err why = {0};

	if (signtime_doubt(&f->signtime, f->clock, &off_ms) == SIGNTIME_FINE)
		return err_code(e, ERR_CONFLICT, "clock_fine",
		                "the wall clock is not in doubt: there is "
		                "nothing to confirm");
	(void)snprintf(detail, sizeof(detail), "{\"off_s\":%" PRId64 "}",
	               off_ms / 1000);
	said.detail = detail;
	if (write_deed(f, &said, e) != 0)
		return -1;
	signtime_set(&f->signtime, f->clock);
	end_doubt(f);
	if ((f->trouble & TROUBLE_NOTHING_PUBLISHED) != 0)
		return 0;
	/* Confirmed all the same; tried again within seconds. */
	if (sign_anew(f, &resign, &why) != 0)
		log_error("online roles are not signed anew: %s", why.msg);
	return 0;
}

#include "config.h"

#include "server/repo/signtime.h"

#include <inttypes.h>
#include <stddef.h>

static bool is_fine_at_start(int64_t last_signed_ms, int64_t now_ms)
{
	return now_ms >= last_signed_ms &&
	       now_ms - last_signed_ms <= SIGNTIME_OFF_MAX_MS;
}

void signtime_set(struct signtime *t, const struct clock *c)
{
	*t = (struct signtime){
		.utc_ms = clock_utc_ms(c),
		.mono_ms = clock_mono_ms(c),
		.awake_ms = clock_awake_ms(c),
	};
}

void signtime_start(struct signtime *t, int64_t last_signed_ms,
                    const struct clock *c)
{
	signtime_set(t, c);
	if (last_signed_ms == 0 || is_fine_at_start(last_signed_ms, t->utc_ms))
		return;
	t->from_journal = true;
	t->utc_ms = last_signed_ms;
}

enum signtime_doubt signtime_doubt(const struct signtime *t,
                                   const struct clock *c, int64_t *off_ms)
{
	int64_t elapsed = clock_mono_ms(c) - t->mono_ms;
	int64_t slept = elapsed - (clock_awake_ms(c) - t->awake_ms);
	int64_t now = clock_utc_ms(c);
	int64_t off = now - (t->utc_ms + (t->from_journal ? 0 : elapsed));
	enum signtime_doubt doubt = SIGNTIME_FINE;

	if (t->from_journal)
		doubt = is_fine_at_start(t->utc_ms, now) ? SIGNTIME_FINE
		        : off < 0                        ? SIGNTIME_BEFORE
		                                         : SIGNTIME_LONG_AFTER;
	else if (off > SIGNTIME_DRIFT_MAX_MS)
		doubt = SIGNTIME_AHEAD;
	else if (off < -SIGNTIME_DRIFT_MAX_MS)
		doubt = SIGNTIME_BACK;
	else if (slept > SIGNTIME_DRIFT_MAX_MS) {
		doubt = SIGNTIME_SUSPENDED;
		off = slept;
	}
	if (off_ms != NULL)
		*off_ms = off;
	return doubt;
}

static const char *sentence_of(enum signtime_doubt d)
{
	switch (d) {
	case SIGNTIME_FINE: break;
	case SIGNTIME_AHEAD: return "jumped forward since the last signing";
	case SIGNTIME_BACK: return "jumped back since the last signing";
	case SIGNTIME_SUSPENDED:
		return "alone says how long the machine was suspended";
	case SIGNTIME_BEFORE:
		return "stands before the last signing of an earlier run";
	case SIGNTIME_LONG_AFTER:
		return "stands more than 45 days after the last signing";
	}
	return "is right";
}

int signtime_check(const struct signtime *t, const struct clock *c,
                   struct err *e)
{
	int64_t off_ms, off_s;
	enum signtime_doubt d = signtime_doubt(t, c, &off_ms);

	if (d == SIGNTIME_FINE)
		return 0;
	off_s = (off_ms < 0 ? -off_ms : off_ms) / 1000;
	return err_code(e, ERR_CONFLICT, "clock_jump",
	                "the wall clock %s (%" PRId64 " s); set it right, or "
	                "confirm it with `pawlctl clock confirm`",
	                sentence_of(d), off_s);
}

int64_t signtime_now_ms(const struct signtime *t, const struct clock *c)
{
	if (signtime_doubt(t, c, NULL) == SIGNTIME_FINE)
		return clock_utc_ms(c);
	return t->utc_ms + (clock_mono_ms(c) - t->mono_ms);
}

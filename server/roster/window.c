#include "config.h"

#include "server/roster/window.h"

enum window_verdict window_judge(const struct window *w, int64_t seq,
                                 uint32_t body_hash)
{
	int64_t below = w->mark - seq;

	if (below < -WINDOW_REACH)
		return WINDOW_FAR;
	if (below < 0)
		return WINDOW_NEW;
	if (below >= 64)
		return WINDOW_LATE;
	if ((w->bits >> below & 1) == 0)
		return WINDOW_NEW;
	if (below < WINDOW_HASHES &&
	    w->hashes[seq % WINDOW_HASHES] != body_hash)
		return WINDOW_CONFLICT;
	return WINDOW_SEEN;
}

void window_take(struct window *w, int64_t seq, uint32_t body_hash)
{
	int64_t above = seq - w->mark;

	if (above > 0) {
		w->bits = above < 64 ? w->bits << above : 0;
		w->mark = seq;
		above = 0;
	}
	w->bits |= UINT64_C(1) << -above;
	if (-above < WINDOW_HASHES)
		w->hashes[seq % WINDOW_HASHES] = body_hash;
}

#include "config.h"

#include "tests/support/runner.h"
#include "tests/twin/twin.h"

/* The server of this program takes the device whose bucket is the share
 * itself; the device is the real one. */
TEST(a_server_that_is_off_by_one_is_caught)
{
	SCOPED(twin_free)
	struct twin *t = twin_new(1);
	bool caught = false;

	twin_set_time(t, corpus_moment(0));
	for (int i = 0; i < 1000 && !caught; i++) {
		struct corpus_case q;
		struct twin_answers a;
		struct twin_decision d;
		char why[800];

		if (i % 20 == 0)
			twin_sign_anything(t);
		corpus_ask(&q, &t->corpus);
		twin_ask(&a, t, &q);
		twin_decide(&d, t, &q, "pawl-device");
		caught = twin_disagree(why, sizeof(why), t, &q, &a, &d);
	}
	ck_assert(caught);
}

/*
 * The ROLLOUT object of a server, as text, for the tests of what shows it.
 */
#ifndef TESTS_UNIT_PAWLCTL_ROLLOUT_H
#define TESTS_UNIT_PAWLCTL_ROLLOUT_H

#define ROLLOUT_CELLS                                                         \
	"\"cells\":[{\"hw\":\"a1\",\"region\":\"eu\",\"trials\":10,"          \
	"\"open\":1,\"confirmed\":9,\"failed\":0,\"silent\":0,\"overdue\":1," \
	"\"bound\":4,\"held\":true,\"halted\":false},{\"hw\":\"a1\","         \
	"\"region\":\"us\",\"trials\":8,"                                     \
	"\"open\":2,\"confirmed\":2,\"failed\":4,\"silent\":0,"               \
	"\"overdue\":0,\"bound\":4,"                                          \
	"\"halted\":true}]"
#define ROLLOUT_HALT                                                        \
	"{\"hw\":\"a1\",\"region\":\"us\",\"at\":\"2026-03-01T00:10:00Z\"," \
	"\"by_hand\":false,\"actor\":\"pawld\",\"actor_name\":\"pawld\","   \
	"\"evidence\":{\"crossed\":"                                        \
	"\"cell\",\"hw\":\"a1\",\"region\":\"us\",\"failures\":4,"          \
	"\"trials\":8,\"bound\":4,\"p0_ppm\":20000,\"alpha_ppm\":50000,"    \
	"\"weight_ppm\":250000,\"prefix\":false,\"first_devices\":["        \
	"\"00aa\",\"00bb\"],\"text\":\"cell a1/us: 4 failures in 8 "        \
	"trials\"}}"
#define ROLLOUT_HALT_BY_HAND                                              \
	"{\"hw\":\"*\",\"region\":\"*\",\"at\":\"2026-03-01T00:20:00Z\"," \
	"\"by_hand\":true,\"actor\":\"5d0c\",\"actor_name\":\"alice\","   \
	"\"evidence\":{\"failures\":0,"                                   \
	"\"text\":"                                                       \
	"\"halted by hand: recall\"}}"

/* state and halts are string literals: "running", "" or ROLLOUT_HALT. */
/* One hold, of the first cell. */
#define ROLLOUT_HOLD                                                           \
	"{\"hw\":\"a1\",\"region\":\"eu\",\"since\":\"2026-03-01T00:05:00Z\"," \
	"\"overdue\":2,\"silent\":1,\"trials\":8,\"bound\":3,"                 \
	"\"p_silent_ppm\":100000,\"alpha_silent_ppm\":50000,"                  \
	"\"weight_ppm\":250000,\"epoch\":0,\"text\":\"a1/eu: 3 too late\"}"
#define ROLLOUT(state, stage, confirmed, halts)                             \
	"{\"key\":7,\"product\":\"coat\",\"plan\":\"plan/coat/x.1.json\","  \
	"\"plan_id\":\"x\",\"rev\":1,\"kind\":\"install\",\"release\":"     \
	"\"fw/coat/1.2.0_a.bin\",\"version\":\"1.2.0\",\"state\":\"" state  \
	"\",\"stage\":" stage ",\"stages\":[{\"ppm\":10000,\"not_before\":" \
	"\"2026-03-01T00:00:00Z\",\"soak_s\":3600},{\"ppm\":1000000,"       \
	"\"not_before\":\"2026-03-02T00:00:00Z\",\"soak_s\":21600}],"       \
	"\"stage_since\":\"2026-03-01T00:00:00Z\",\"began\":"               \
	"\"2026-03-01T00:00:00Z\",\"ended\":null,\"created_by\":\"5d0c\","  \
	"\"created_by_name\":\"alice\","                                    \
	"\"waits_for\":\"soak until 01:00\",\"eta\":{\"at\":"               \
	"\"2026-03-02T06:00:00Z\",\"stage_end\":null,\"who\":\"nobody\","   \
	"\"text\":\"2026-03-02T06:00:00Z if nothing fails: 1 more stage, "  \
	"and the watch\"},\"counts\":{\"trials\":18,"                       \
	"\"open\":3,\"confirmed\":" confirmed                               \
	",\"failed\":4,\"silent\":0}," ROLLOUT_CELLS ",\"halts\":[" halts   \
	"],\"holds\":[" ROLLOUT_HOLD "]}"

#endif

/*
 * A rollout's export, as a server writes it: eight devices of a7/eu were
 * granted a second apart, four of them failed and halted their cell.
 */
#ifndef TESTS_UNIT_SIM_EXPORT_H
#define TESTS_UNIT_SIM_EXPORT_H

#define EXPORT_HALT                                                       \
	"{\"hw\":\"a7\",\"region\":\"eu\",\"at_ms\":1795132900000,"       \
	"\"by_hand\":false,\"actor\":\"engine\",\"evidence\":{"           \
	"\"crossed\":\"cell\",\"hw\":\"a7\",\"region\":\"eu\","           \
	"\"failures\":4,\"trials\":8,\"bound\":4,\"p0_ppm\":20000,"       \
	"\"alpha_ppm\":50000,\"weight_ppm\":27778,\"epoch\":0,"           \
	"\"prefix\":false,\"silence\":false,\"text\":\"a7/eu: too many\"" \
	"}}"

/* One page; the first `from` in it replaced by `to` when it is not "". Lives
 * to the end of the test. */
char *export_text(const char *from, const char *to);
/* Another page of it, with "%s" for the plan's sha256. */
char *export_page(const char *format);

#endif

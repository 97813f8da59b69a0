/*
 * A test is a sentence:
 *
 *	TEST(a_threshold_of_two_is_not_met_by_one_key_twice)
 *	{
 *		ck_assert_int_eq(…);
 *	}
 *
 * It registers itself; adding a file to a local.mk is all there is to do.
 * Each runs in a process of its own (Check's fork mode), so a crash is one
 * failed test. Below are the small assertions that say more when they fail.
 */
#ifndef TESTS_SUPPORT_RUNNER_H
#define TESTS_SUPPORT_RUNNER_H

#include "lib/base/err.h"

#include <check.h>

void runner_add(const TTest *test);

#define TEST(name)                                                     \
	static void name##_fn(int);                                    \
	static const TTest name##_ttest = {#name, name##_fn, __FILE__, \
	                                   __LINE__};                  \
	__attribute__((constructor)) static void name##_register(void) \
	{                                                              \
		runner_add(&name##_ttest);                             \
	}                                                              \
	static void name##_fn(int _i CK_ATTRIBUTE_UNUSED)

/* The call succeeds; else the error's sentence is printed. `e` is in scope. */
#define ASSERT_OK(call)                                                    \
	do {                                                               \
		e = (struct err){0};                                       \
		if ((call) != 0)                                           \
			ck_abort_msg("%s: [%s] %s", #call, e.code, e.msg); \
	} while (0)

/* The call is refused with this kind. */
#define ASSERT_ERR(call, wanted)                                        \
	do {                                                            \
		e = (struct err){0};                                    \
		if ((call) == 0)                                        \
			ck_abort_msg("%s was not refused", #call);      \
		if (e.kind != (wanted))                                 \
			ck_abort_msg("%s: %s instead of %s: %s", #call, \
			             err_kind_name(e.kind),             \
			             err_kind_name(wanted), e.msg);     \
	} while (0)

/* … with this code … */
#define ASSERT_CODE(call, wanted)                                             \
	do {                                                                  \
		e = (struct err){0};                                          \
		if ((call) == 0)                                              \
			ck_abort_msg("%s was not refused", #call);            \
		ck_assert_msg(strcmp(e.code, wanted) == 0,                    \
		              "%s: code %s instead of %s: %s", #call, e.code, \
		              wanted, e.msg);                                 \
	} while (0)

/* … and the sentence of the last refusal contains this. */
#define ASSERT_SAYS(text)                                                    \
	ck_assert_msg(strstr(e.msg, text) != NULL, "'%s' does not say '%s'", \
	              e.msg, text)

/* A fresh folder below $TMPDIR (else in memory, else /tmp), removed with all
 * in it when the test process ends; the string lives as long. */
const char *test_dir(void);
/* test_dir()/name; lives as long. */
const char *test_path(const char *name);
/* Hands heap memory to the test process, which keeps it to its end; returns
 * p. For a helper whose result is used once, in an assertion. */
void *test_keep(void *p);

#endif

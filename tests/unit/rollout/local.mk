tests_libsupport_a_SOURCES += \
	tests/support/json_edit.c tests/support/json_edit.h \
	tests/support/plan_fixture.c tests/support/plan_fixture.h \
	tests/support/schema_check.c tests/support/schema_check.h

check_PROGRAMS += unit-rollout
TESTS += unit-rollout
unit_rollout_SOURCES = \
	%D%/test_bar.c \
	%D%/test_bucket.c \
	%D%/test_compare.c \
	%D%/engine_rig.h \
	%D%/test_engine.c \
	%D%/test_engine_care.c \
	%D%/test_engine_caps.c \
	%D%/test_engine_hold.c \
	%D%/test_engine_runs.c \
	%D%/test_engine_silence.c \
	%D%/test_engine_stages.c \
	%D%/test_eta.c \
	%D%/test_evidence.c \
	%D%/test_fw.c \
	%D%/test_gate.c \
	%D%/offer_rig.h \
	%D%/test_offer.c \
	%D%/test_offer_device.c \
	%D%/test_offer_stage.c \
	%D%/test_offer_stop.c \
	%D%/test_plan.c \
	%D%/test_schemas.c \
	%D%/test_scopes.c \
	%D%/test_state.c \
	%D%/test_state_doc.c \
	%D%/test_stats.c \
	%D%/test_tally.c \
	%D%/test_template.c \
	%D%/test_trial.c \
	%D%/test_words.c
unit_rollout_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_rollout_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)

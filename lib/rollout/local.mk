lib_libpawl_a_SOURCES += \
	%D%/bar.c %D%/bar.h \
	%D%/bucket.c %D%/bucket.h \
	%D%/by_batch.c %D%/by_batch.h \
	%D%/compare.c %D%/compare.h \
	%D%/engine.c %D%/engine.h %D%/engine_parts.h \
	%D%/engine_grant.c \
	%D%/engine_compare.c \
	%D%/engine_hold.c \
	%D%/engine_verdict.c \
	%D%/eta.c %D%/eta.h \
	%D%/evidence.c %D%/evidence.h \
	%D%/fw.c %D%/fw.h \
	%D%/gate.c %D%/gate.h \
	%D%/hold.c %D%/hold.h \
	%D%/offer.c %D%/offer.h \
	%D%/plan.c %D%/plan.h \
	%D%/plan_parse.c \
	%D%/plan_write.c \
	%D%/scopes.c %D%/scopes.h \
	%D%/state.c %D%/state.h \
	%D%/state_doc.c %D%/state_doc.h \
	%D%/stats.c %D%/stats.h \
	%D%/tally.c %D%/tally.h \
	%D%/template.c %D%/template.h \
	%D%/trial.c %D%/trial.h \
	%D%/words.c %D%/words.h

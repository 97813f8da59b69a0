lib_libpawl_a_SOURCES += \
	%D%/bucket.c %D%/bucket.h \
	%D%/fw.c %D%/fw.h \
	%D%/plan.c %D%/plan.h \
	%D%/plan_parse.c \
	%D%/plan_write.c \
	%D%/state_doc.c %D%/state_doc.h \
	%D%/stats.c %D%/stats.h \
	%D%/words.c %D%/words.h

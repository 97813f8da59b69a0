lib_libpawl_a_SOURCES += \
	%D%/delegate.c \
	%D%/doc.c %D%/doc.h \
	%D%/envelope.c %D%/envelope.h \
	%D%/keys.c %D%/keys.h \
	%D%/replay.c %D%/replay.h \
	%D%/root.c %D%/root.h \
	%D%/rotation.c %D%/rotation.h \
	%D%/snapshot.c %D%/snapshot.h \
	%D%/targets.c %D%/targets.h \
	%D%/targets_write.c \
	%D%/trust.c %D%/trust.h \
	%D%/trust_accept.c \
	%D%/trust_find.c \
	%D%/trust_internal.h \
	%D%/trust_step.c \
	%D%/vouched.c %D%/vouched.h

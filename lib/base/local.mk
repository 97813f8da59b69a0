lib_libpawl_a_SOURCES += \
	%D%/arena.c %D%/arena.h \
	%D%/buf.c %D%/buf.h \
	%D%/cleanup.h \
	%D%/clock.c %D%/clock.h \
	%D%/crew.c %D%/crew.h \
	%D%/dirlock.c %D%/dirlock.h \
	%D%/err.c %D%/err.h \
	%D%/fs.c %D%/fs.h %D%/fs_internal.h \
	%D%/fs_batch.c %D%/fs_batch.h \
	%D%/hex.c %D%/hex.h \
	%D%/lock.c %D%/lock.h \
	%D%/log.c %D%/log.h \
	%D%/mem.c %D%/mem.h \
	%D%/name.c %D%/name.h \
	%D%/num.c %D%/num.h \
	%D%/queue.c %D%/queue.h \
	%D%/rfc3339.c %D%/rfc3339.h \
	%D%/rng.c %D%/rng.h \
	%D%/semver.c %D%/semver.h \
	%D%/strmap.c %D%/strmap.h \
	%D%/strsort.c %D%/strsort.h \
	%D%/utf8.c %D%/utf8.h

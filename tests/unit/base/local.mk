check_PROGRAMS += unit-base
TESTS += unit-base
unit_base_SOURCES = \
	%D%/test_arena.c \
	%D%/test_buf.c \
	%D%/test_clock.c \
	%D%/test_crew.c \
	%D%/test_dirlock.c \
	%D%/test_err.c \
	%D%/test_fs.c \
	%D%/test_fs_batch.c \
	%D%/test_hex.c \
	%D%/test_lock.c \
	%D%/test_log.c \
	%D%/test_mem.c \
	%D%/test_name.c \
	%D%/test_num.c \
	%D%/test_queue.c \
	%D%/test_rfc3339.c \
	%D%/test_rng.c \
	%D%/test_semver.c \
	%D%/test_strmap.c \
	%D%/test_strsort.c \
	%D%/test_utf8.c
unit_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_base_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
unit_base_LDFLAGS = $(AM_LDFLAGS) $(FAILING_MALLOC_WRAP)

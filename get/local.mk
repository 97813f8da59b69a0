# pawl-get without its main(), for the tests to run in-process.
noinst_LIBRARIES += get/libget.a
get_libget_a_SOURCES = \
	%D%/artifact.c %D%/artifact.h \
	%D%/digest.c %D%/digest.h \
	%D%/get.c %D%/get.h \
	%D%/name.c %D%/name.h \
	%D%/store.c %D%/store.h \
	%D%/url.c %D%/url.h

GET_LIBS = get/libget.a $(NET_LIBS) $(PAWL_LIBS)

bin_PROGRAMS += pawl-get
pawl_get_SOURCES = %D%/pawl-get.c
pawl_get_LDADD = $(GET_LIBS)

lib_libpawl_a_SOURCES += \
	%D%/canon.c %D%/canon.h \
	%D%/js.c %D%/js.h \
	%D%/jw.c %D%/jw.h \
	%D%/parse.c %D%/parse.h

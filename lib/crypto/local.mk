lib_libpawl_a_SOURCES += \
	%D%/hash.c %D%/hash.h \
	%D%/key.c %D%/key.h \
	%D%/secretfile.c %D%/secretfile.h

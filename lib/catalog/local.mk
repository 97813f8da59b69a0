lib_libpawl_a_SOURCES += \
	%D%/catalog.h

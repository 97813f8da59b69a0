lib_libpawl_a_SOURCES += \
	%D%/catalog.c \
	%D%/catalog.h \
	%D%/delegations.c \
	%D%/delegations.h \
	%D%/product.c \
	%D%/product.h

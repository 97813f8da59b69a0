lib_libpawl_a_SOURCES += \
	%D%/catalog.c \
	%D%/catalog.h \
	%D%/delegations.c \
	%D%/delegations.h \
	%D%/history.c \
	%D%/history.h \
	%D%/product.c \
	%D%/product.h

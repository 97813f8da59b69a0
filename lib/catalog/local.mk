lib_libpawl_a_SOURCES += \
	%D%/bins.c \
	%D%/bins.h \
	%D%/catalog.c \
	%D%/catalog.h \
	%D%/delegations.c \
	%D%/delegations.h \
	%D%/delegations_check.c \
	%D%/history.c \
	%D%/history.h \
	%D%/jump.h \
	%D%/plain.c \
	%D%/plain.h \
	%D%/probe.c \
	%D%/probe.h \
	%D%/product.c \
	%D%/product.h

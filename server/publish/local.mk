server_libserver_a_SOURCES += \
	%D%/check.c %D%/check.h \
	%D%/errand.c %D%/errand.h \
	%D%/publish.c %D%/publish.h \
	%D%/revise.c %D%/revise.h \
	%D%/rows.c %D%/rows.h

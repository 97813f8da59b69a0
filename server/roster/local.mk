server_libserver_a_SOURCES += \
	%D%/images.c %D%/images.h \
	%D%/index.c %D%/index.h \
	%D%/intake.c %D%/intake.h \
	%D%/seen.c %D%/seen.h \
	%D%/window.c %D%/window.h \
	%D%/wire.c %D%/wire.h

server_libserver_a_SOURCES += \
	%D%/conf.c %D%/conf.def %D%/conf.h \
	%D%/ini.c \
	%D%/value.c %D%/value.h

lib_libpawl_a_SOURCES += \
	%D%/course.c %D%/course.h \
	%D%/estimate.c %D%/estimate.h \
	%D%/fleet.c %D%/fleet.h \
	%D%/fleet_file.c \
	%D%/forecast.c %D%/forecast.h \
	%D%/habit.c %D%/habit.h \
	%D%/peer.c %D%/peer.h \
	%D%/replay.c %D%/replay.h \
	%D%/replay_read.c \
	%D%/rule.c %D%/rule.h \
	%D%/stage.c %D%/stage.h

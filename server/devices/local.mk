server_libserver_a_SOURCES += \
	%D%/arrival.c %D%/arrival.h \
	%D%/checkin.c %D%/checkin.h \
	%D%/checkin_job.h \
	%D%/enrol.c %D%/enrol.h \
	%D%/grant.c %D%/grant.h \
	%D%/report.c %D%/report.h \
	%D%/told.c %D%/told.h

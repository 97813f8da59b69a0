server_libserver_a_SOURCES += \
	%D%/arrival.c %D%/arrival.h \
	%D%/ask.c %D%/ask.h \
	%D%/attest.c %D%/attest.h \
	%D%/attest_accept.c \
	%D%/brake.c %D%/brake.h \
	%D%/census.c %D%/census.h \
	%D%/checkin.c %D%/checkin.h %D%/checkin_job.h \
	%D%/checkin_device.c %D%/checkin_device.h \
	%D%/controls.c %D%/controls.h \
	%D%/enrol.c %D%/enrol.h \
	%D%/epoch.c %D%/epoch.h \
	%D%/errand.c %D%/errand.h \
	%D%/exclude.c %D%/exclude.h \
	%D%/exporter.c %D%/exporter.h \
	%D%/fleet.c %D%/fleet.h \
	%D%/grant.c %D%/grant.h \
	%D%/holds.c %D%/holds.h \
	%D%/index.c %D%/index.h \
	%D%/intake.c %D%/intake.h \
	%D%/judge.c %D%/judge.h \
	%D%/kept_back.c %D%/kept_back.h \
	%D%/latch.c %D%/latch.h \
	%D%/lineage.c %D%/lineage.h \
	%D%/live.c %D%/live.h \
	%D%/load.c %D%/load.h \
	%D%/operate.c %D%/operate.h \
	%D%/precede.c %D%/precede.h \
	%D%/publish.c %D%/publish.h \
	%D%/publish_check.c %D%/publish_check.h \
	%D%/publish_rows.c %D%/publish_rows.h \
	%D%/reach.c %D%/reach.h \
	%D%/renew.c %D%/renew.h \
	%D%/report.c %D%/report.h \
	%D%/retain.c %D%/retain.h \
	%D%/retry.c %D%/retry.h \
	%D%/revise.c %D%/revise.h \
	%D%/scribe.c %D%/scribe.h \
	%D%/seen.c %D%/seen.h \
	%D%/share.c %D%/share.h \
	%D%/show.c %D%/show.h \
	%D%/show_actor.c \
	%D%/show_eta.c \
	%D%/show_catalog.c \
	%D%/show_device.c \
	%D%/show_holds.c \
	%D%/show_rollout.c \
	%D%/show_scope.c \
	%D%/show_why.c \
	%D%/show_export.c \
	%D%/sign.c %D%/sign.h \
	%D%/told.c %D%/told.h \
	%D%/watch.c %D%/watch.h \
	%D%/window.c %D%/window.h \
	%D%/wire.c %D%/wire.h \
	%D%/written.c %D%/written.h

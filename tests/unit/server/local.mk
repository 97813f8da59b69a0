check_PROGRAMS += unit-server
TESTS += unit-server
unit_server_SOURCES = \
	%D%/revisions.c %D%/revisions.h \
	%D%/stock.c %D%/stock.h \
	tests/support/days.c tests/support/days.h \
	tests/support/disk_fail.c tests/support/disk_fail.h \
	%D%/http_world.c %D%/http_world.h \
	tests/support/server_devices.c tests/support/server_devices.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	tests/support/server_repo.c tests/support/server_repo.h \
	%D%/test_all_hold.c \
	%D%/test_arrival.c \
	%D%/test_assets.c \
	%D%/test_attest.c \
	%D%/test_audit.c \
	%D%/test_show_actor.c \
	%D%/test_bad_input.c \
	%D%/test_bad_reports.c \
	%D%/test_batches.c \
	%D%/test_blobs.c \
	%D%/test_brake.c \
	%D%/test_census.c \
	%D%/test_checkin.c \
	%D%/test_conf.c \
	%D%/test_days.c \
	%D%/test_db.c \
	%D%/test_devices.c \
	%D%/test_enrol.c \
	%D%/test_epoch.c \
	%D%/test_file.c \
	%D%/test_gate.c \
	%D%/test_exclude.c \
	%D%/test_export.c \
	%D%/test_gate_lint.c \
	%D%/test_gate_rsa.c \
	%D%/test_guard.c \
	%D%/test_history.c \
	%D%/test_halts.c \
	%D%/test_descriptors.c \
	%D%/test_index.c \
	%D%/test_holds.c \
	%D%/test_journal.c \
	%D%/test_judge.c \
	%D%/test_judge_promote.c \
	%D%/test_http.c \
	%D%/test_http_body.c \
	%D%/test_http_guard.c \
	%D%/test_http_many.c \
	%D%/test_http_park.c \
	%D%/test_http_range.c \
	%D%/test_kept_back.c \
	%D%/test_latch.c \
	%D%/test_limit.c \
	%D%/test_limits.c \
	%D%/test_metadata.c \
	%D%/test_migrate.c \
	%D%/test_online.c \
	%D%/test_operate.c \
	%D%/test_plans.c \
	%D%/test_precede.c \
	%D%/test_publish.c \
	%D%/test_publisher.c \
	%D%/test_publish_rules.c \
	%D%/test_published.c \
	%D%/test_range.c \
	%D%/test_reach.c \
	%D%/test_recall.c \
	%D%/test_releases.c \
	%D%/test_report.c \
	%D%/test_renew.c \
	%D%/test_reply.c \
	%D%/test_reports.c \
	%D%/test_request.c \
	%D%/test_retain.c \
	%D%/test_retry.c \
	%D%/test_revise.c \
	%D%/test_rollouts.c \
	%D%/test_rotate.c \
	%D%/test_route.c \
	%D%/test_scribe.c \
	%D%/test_set.c \
	%D%/test_settings.c \
	%D%/test_seen.c \
	%D%/test_share.c \
	%D%/test_sign.c \
	%D%/test_show_export.c \
	%D%/test_signer.c \
	%D%/test_signtime.c \
	%D%/test_store.c \
	%D%/test_tokens.c \
	%D%/test_told.c \
	%D%/test_trials.c \
	%D%/test_view.c \
	%D%/test_watch.c \
	%D%/test_window.c \
	%D%/test_witness.c
unit_server_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(SQLITE_CFLAGS)
unit_server_LDADD = $(UNIT_LIBS) $(SERVER_LIBS)

tests_libsupport_a_SOURCES += tests/support/db_fail.c tests/support/db_fail.h

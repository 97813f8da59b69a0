# The one decision function, asked from three sides (tests/twin/twin.h).
check_LIBRARIES += tests/twin/libtwin.a
tests_twin_libtwin_a_SOURCES = \
	tests/support/server_devices.c tests/support/server_devices.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	tests/support/server_repo.c tests/support/server_repo.h \
	tests/api/world.c tests/api/world.h \
	%D%/corpus.c %D%/corpus.h \
	%D%/twin.c %D%/twin.h
tests_twin_libtwin_a_CPPFLAGS = $(AM_CPPFLAGS) -DAPI_LOG='"%D%/answers.jsonl"'
tests_twin_libtwin_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
TWIN_LIBS = tests/twin/libtwin.a $(UNIT_LIBS) device/libdevice.a $(SERVER_LIBS)

check_PROGRAMS += twin-tests
TESTS += twin-tests
twin_tests_SOURCES = %D%/test_twin.c
twin_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
twin_tests_LDADD = $(TWIN_LIBS)

# And that it would be noticed: devices, and one server, whose copy of the
# decision has one comparison off by one (plant.sh).
PLANTED = planted-bucket planted-opens planted-expires planted-counter \
	planted-version planted-stage
check_PROGRAMS += $(PLANTED)
PLANTED_LIBS = cli/libcli.a $(DEVICE_LIBS)
PLANT = $(MKDIR_P) %D% && sh $(srcdir)/%D%/plant.sh \
	$(srcdir)/lib/rollout/offer.c
PLANT_FROM = lib/rollout/offer.c %D%/plant.sh

planted_bucket_SOURCES = device/pawl-device.c
nodist_planted_bucket_SOURCES = %D%/planted_bucket.c
planted_bucket_LDADD = $(PLANTED_LIBS)
%D%/planted_bucket.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) bucket >$@.new && mv $@.new $@

planted_opens_SOURCES = device/pawl-device.c
nodist_planted_opens_SOURCES = %D%/planted_opens.c
planted_opens_LDADD = $(PLANTED_LIBS)
%D%/planted_opens.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) opens >$@.new && mv $@.new $@

planted_expires_SOURCES = device/pawl-device.c
nodist_planted_expires_SOURCES = %D%/planted_expires.c
planted_expires_LDADD = $(PLANTED_LIBS)
%D%/planted_expires.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) expires >$@.new && mv $@.new $@

planted_counter_SOURCES = device/pawl-device.c
nodist_planted_counter_SOURCES = %D%/planted_counter.c
planted_counter_LDADD = $(PLANTED_LIBS)
%D%/planted_counter.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) counter >$@.new && mv $@.new $@

planted_version_SOURCES = device/pawl-device.c
nodist_planted_version_SOURCES = %D%/planted_version.c
planted_version_LDADD = $(PLANTED_LIBS)
%D%/planted_version.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) version >$@.new && mv $@.new $@

planted_stage_SOURCES = device/pawl-device.c
nodist_planted_stage_SOURCES = %D%/planted_stage.c
planted_stage_LDADD = $(PLANTED_LIBS)
%D%/planted_stage.c: $(PLANT_FROM)
	$(AM_V_GEN)$(PLANT) stage >$@.new && mv $@.new $@

check_PROGRAMS += twin-planted-server
TESTS += twin-planted-server
twin_planted_server_SOURCES = %D%/test_planted_server.c
nodist_twin_planted_server_SOURCES = %D%/planted_bucket.c
twin_planted_server_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
twin_planted_server_LDADD = $(TWIN_LIBS)

EXTRA_DIST += %D%/plant.sh
CLEANFILES += %D%/answers.jsonl %D%/planted_bucket.c %D%/planted_opens.c \
	%D%/planted_expires.c %D%/planted_counter.c %D%/planted_version.c \
	%D%/planted_stage.c

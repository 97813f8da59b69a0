# One removed check at a time, and a test that goes red: `make check-slow`.
# What run.sh makes of a mutant: its object, and a program with that object
# before the library. "-w": what only the check used is unused now.
if SERVER
SLOW_TESTS += %D%/run.sh
SLOW_DEPS += unit-json unit-tuf unit-catalog unit-rollout unit-server \
	unit-device unit-repo-tools api-tests hostile-tests pawl-device
EXTRA_DIST += %D%/run.sh %D%/apply.awk %D%/list.txt

MUTANT_DIR = mutant
$(MUTANT_DIR)/mutant.o: $(MUTANT_DIR)/mutant.c
	$(AM_V_CC)$(COMPILE) $(MHD_CFLAGS) $(SQLITE_CFLAGS) $(INIH_CFLAGS) \
		-w -c -o $@ $(MUTANT_DIR)/mutant.c
$(MUTANT_DIR)/unit-json: $(MUTANT_DIR)/mutant.o
	$(unit_json_LINK) $(MUTANT_DIR)/mutant.o $(unit_json_OBJECTS) \
		$(unit_json_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-tuf: $(MUTANT_DIR)/mutant.o
	$(unit_tuf_LINK) $(MUTANT_DIR)/mutant.o $(unit_tuf_OBJECTS) \
		$(unit_tuf_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-catalog: $(MUTANT_DIR)/mutant.o
	$(unit_catalog_LINK) $(MUTANT_DIR)/mutant.o $(unit_catalog_OBJECTS) \
		$(unit_catalog_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-rollout: $(MUTANT_DIR)/mutant.o
	$(unit_rollout_LINK) $(MUTANT_DIR)/mutant.o $(unit_rollout_OBJECTS) \
		$(unit_rollout_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-server: $(MUTANT_DIR)/mutant.o
	$(unit_server_LINK) $(MUTANT_DIR)/mutant.o $(unit_server_OBJECTS) \
		$(unit_server_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-device: $(MUTANT_DIR)/mutant.o
	$(unit_device_LINK) $(MUTANT_DIR)/mutant.o $(unit_device_OBJECTS) \
		$(unit_device_LDADD) $(LIBS)
$(MUTANT_DIR)/unit-repo-tools: $(MUTANT_DIR)/mutant.o
	$(unit_repo_tools_LINK) $(MUTANT_DIR)/mutant.o \
		$(unit_repo_tools_OBJECTS) $(unit_repo_tools_LDADD) $(LIBS)
$(MUTANT_DIR)/api-tests: $(MUTANT_DIR)/mutant.o
	$(api_tests_LINK) $(MUTANT_DIR)/mutant.o $(api_tests_OBJECTS) \
		$(api_tests_LDADD) $(LIBS)
$(MUTANT_DIR)/hostile-tests: $(MUTANT_DIR)/mutant.o
	$(hostile_tests_LINK) $(MUTANT_DIR)/mutant.o $(hostile_tests_OBJECTS) \
		$(hostile_tests_LDADD) $(LIBS)
endif

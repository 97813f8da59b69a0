noinst_PROGRAMS += bench-server bench-tuf
bench_server_SOURCES = %D%/bench_server.c
bench_server_LDADD = $(SERVER_LIBS)
bench_tuf_SOURCES = %D%/bench_tuf.c
bench_tuf_LDADD = $(PAWL_LIBS)
EXTRA_DIST += %D%/checkin.lua %D%/checkin.sh %D%/report.lua %D%/report.sh \
	%D%/rollout-plan.json %D%/rollout.sh %D%/scene.sh %D%/static.lua \
	%D%/python_tuf.py %D%/refresh.sh %D%/tuf.sh

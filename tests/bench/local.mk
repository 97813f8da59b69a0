noinst_PROGRAMS += bench-add bench-engine bench-search bench-server bench-tuf
bench_add_SOURCES = %D%/bench_add.c %D%/many.c %D%/many.h
bench_add_LDADD = $(SERVER_LIBS)
bench_engine_SOURCES = %D%/bench_engine.c
bench_engine_LDADD = $(PAWL_LIBS)
bench_search_SOURCES = %D%/bench_search.c
bench_search_LDADD = $(PAWL_LIBS)
bench_server_SOURCES = %D%/bench_server.c
bench_server_LDADD = $(SERVER_LIBS)
bench_tuf_SOURCES = %D%/bench_tuf.c %D%/many.c %D%/many.h
bench_tuf_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_tuf_LDADD = $(PAWL_LIBS) $(JANSSON_LIBS)
EXTRA_DIST += %D%/checkin.lua %D%/checkin.sh %D%/report.lua %D%/report.sh \
	%D%/rollout-plan.json %D%/rollout.sh %D%/scene.sh %D%/search.sh %D%/static.lua \
	%D%/python_tuf.py %D%/refresh.sh %D%/tuf.sh

# The database schema, compiled into the server as a table of strings. A new
# file is one more line here, in the order of its number.
MIGRATIONS_SQLITE = schema/sqlite/0001-init.sql \
	schema/sqlite/0002-rollout-promote.sql \
	schema/sqlite/0003-rollout-epoch.sql \
	schema/sqlite/0004-alarms.sql \
	schema/sqlite/0005-once-more.sql \
	schema/sqlite/0006-holds.sql

schema/migrations.c: $(MIGRATIONS_SQLITE) schema/embed.awk
	$(AM_V_GEN)$(MKDIR_P) schema && (cd $(srcdir) && \
		LC_ALL=C $(AWK) -f schema/embed.awk $(MIGRATIONS_SQLITE)) \
		>$@-t && mv -f $@-t $@

EXTRA_DIST += $(MIGRATIONS_SQLITE) schema/embed.awk
CLEANFILES += schema/migrations.c schema/migrations.c-t

# The HTTP interface; web/local.mk compiles it in, too.
EXTRA_DIST += schema/openapi.yaml

# The signed documents, for people and other programs.
EXTRA_DIST += %D%/fw-1.schema.json %D%/plan-1.schema.json \
	%D%/state-1.schema.json

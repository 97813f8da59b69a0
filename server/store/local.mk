server_libserver_a_SOURCES += \
	%D%/db.h %D%/db_sqlite.c \
	%D%/migrate.c %D%/migrate.h \
	schema/migrations.h
nodist_server_libserver_a_SOURCES += schema/migrations.c

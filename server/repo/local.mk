server_libserver_a_SOURCES += \
	%D%/all_hold.c %D%/all_hold.h \
	%D%/blobs.c %D%/blobs.h \
	%D%/export.c %D%/export.h \
	%D%/file.c %D%/file.h \
	%D%/gate.c %D%/gate.h \
	%D%/gate_lint.c %D%/gate_lint.h \
	%D%/journal.c %D%/journal.h \
	%D%/online.c %D%/online.h \
	%D%/online_before.c %D%/online_internal.h \
	%D%/set.c %D%/set.h \
	%D%/signer.c %D%/signer.h \
	%D%/signtime.c %D%/signtime.h \
	%D%/view.c %D%/view.h \
	%D%/witness.c %D%/witness.h

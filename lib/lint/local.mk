lib_libpawl_a_SOURCES += \
	%D%/lint.c %D%/lint.h \
	%D%/lint_fields.c \
	%D%/lint_internal.h \
	%D%/lint_keys.c \
	%D%/lint_patterns.c \
	%D%/lint_rsa.c \
	%D%/lint_targets.c \
	%D%/lint_text.c \
	%D%/lint_tree.c \
	%D%/raw.c %D%/raw.h \
	%D%/rules.c %D%/rules.h

lib_libpawl_a_SOURCES += \
	%D%/hash.c %D%/hash.h \
	%D%/key.c %D%/key.h \
	%D%/key_ecdsa.c \
	%D%/key_ed25519.c \
	%D%/key_evp.c %D%/key_evp.h \
	%D%/key_pem.c %D%/key_pem.h \
	%D%/key_rsa.c \
	%D%/key_scheme.h \
	%D%/secretfile.c %D%/secretfile.h

check_PROGRAMS += unit-crypto
TESTS += unit-crypto
unit_crypto_SOURCES = \
	%D%/test_hash.c \
	%D%/key_vectors.h \
	%D%/test_key.c \
	%D%/test_key_types.c \
	%D%/test_secretfile.c
unit_crypto_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_crypto_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)

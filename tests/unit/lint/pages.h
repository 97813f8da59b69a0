/*
 * Metadata files that break no rule, as texts to edit: @KEY@ and @ID@ stand for
 * a key and its id until page_make() puts them there.
 */
#ifndef TESTS_UNIT_LINT_PAGES_H
#define TESTS_UNIT_LINT_PAGES_H

#include "lib/lint/lint.h"

#define HEX32 "abababababababababababababababab"
#define HEX64 HEX32 HEX32
#define KEY                                                               \
	"{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" HEX64 "\"}," \
	"\"scheme\":\"ed25519\"}"
#define HASHES "{\"sha256\":\"" HEX64 "\"}"
#define ONE "{\"keyids\":[\"@ID@\"],\"threshold\":1}"
#define FILE_OF(body)                                                      \
	"{\"signatures\":[{\"keyid\":\"@ID@\",\"sig\":\"\"}],\"signed\":{" \
	"\"expires\":\"2027-01-01T00:00:00Z\",\"spec_version\":\"1.0.0\"," \
	"\"version\":7," body "}}"
#define ROOT                                                                   \
	FILE_OF("\"_type\":\"root\",\"consistent_snapshot\":true,"             \
	        "\"keys\":{\"@ID@\":@KEY@},\"roles\":{\"root\":" ONE           \
	        ",\"snapshot\":" ONE ",\"targets\":" ONE ",\"timestamp\":" ONE \
	        "}")
#define META "{\"hashes\":" HASHES ",\"length\":9,\"version\":3}"
#define TIMESTAMP \
	FILE_OF("\"_type\":\"timestamp\",\"meta\":{\"snapshot.json\":" META "}")
#define SNAPSHOT                                                          \
	FILE_OF("\"_type\":\"snapshot\",\"meta\":{\"targets.json\":" META \
	        ",\"releases.coat.json\":" META "}")
#define DELEGATION                                                      \
	"{\"keyids\":[\"@ID@\"],\"name\":\"releases.coat\",\"paths\":[" \
	"\"fw/coat/a\"],\"terminating\":true,\"threshold\":1}"
#define TARGETS                                                              \
	FILE_OF("\"_type\":\"targets\",\"delegations\":{\"keys\":{\"@ID@\":" \
	        "@KEY@},\"roles\":[" DELEGATION "]},\"targets\":{"           \
	        "\"fw/x.bin\":{\"custom\":{\"a\":1},\"hashes\":" HASHES      \
	        ",\"length\":5}}")
#define KEY_OF(type, scheme, public)                 \
	"{\"keytype\":\"" type                       \
	"\",\"keyval\":{\"public\":\"" public "\"}," \
					      "\"scheme\":\"" scheme "\"}"
#define RSA_1024                                                              \
	"-----BEGIN PUBLIC KEY-----\\n"                                       \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7hJdruDjf4UkkB04+6v3e/dkG\\n" \
	"8opUyGcaLIJ2+ERFNV8p0fjqzrjuZjVnU2XYY5Oaxq/I7XzAk5IabX2fkDxxBKgT\\n" \
	"4iFzNlAjTTrE4CzG319ATmGkNR5I7eytjtUG61OV4axWosIZu173lekAAAPgYFwa\\n" \
	"xz6W5nXmXoglpQJXuQIDAQAB\\n"                                         \
	"-----END PUBLIC KEY-----\\n"
#define RSA_2048                                                              \
	"-----BEGIN PUBLIC KEY-----\\n"                                       \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs/z97PfYRCTB/Mt3UQ65\\n" \
	"C/qHOWpMUYo11Re1FVZvKPaFUPvbb7giIimnpU8bkI43uINVHWwNsolLQlczYzZH\\n" \
	"vI1BZkjj3Y9jMcJB74NNNWY9u9RZta1U/0t6YotqMlV6sNMDJIKbX29SLgeQ2afG\\n" \
	"6UlLIvMhMnxBGCK3pH2DNuvarrQ5L79I+5eiEpH+g+LEsiqF/HhaiuSCf7fApLYE\\n" \
	"fyWjMMV7JYqSSNxdy1D9rODKSuXZaC0Oe748kHmenPR/mR+cDdmSItM4fEpZFk2i\\n" \
	"2iUIXKzMc5KswVDf0VfSSmOluK3QnLBq2D/sPQNhsNecV3uoPUdRl25D57XAPUkv\\n" \
	"WQIDAQAB\\n"                                                         \
	"-----END PUBLIC KEY-----\\n"
#define P256                                                                  \
	"-----BEGIN PUBLIC KEY-----\\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfZG1RuVD2jfNGjdEqPU+Cy8918lu\\n" \
	"IvjENmH2fmSJ3h5iY8t+OOQNVwYXOFBjqXh8WHwOgzYYNi3IZvFivYy9Wg==\\n"     \
	"-----END PUBLIC KEY-----\\n"

/* Every `from` becomes `to`, or the first; in fresh memory. */
char *page_swap(const char *text, const char *from, const char *to, bool all);
/* The id of a key as it stands in the file. */
const char *page_id_of(const char *key);
char *page_make(const char *text, const char *key);
/* That of the role; delegated ones are like targets. */
const char *page_clean(const char *role);
/* As version 7. */
void page_lint(struct lint *l, const char *role, const char *text);

#endif

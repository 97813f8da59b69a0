#include "config.h"

#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"
#include "lib/json/canon.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* A key object. Its id is computed here, so that no fuzzer has to find it.
 * What is read is written and read again: the same id, the same key; and no
 * key takes the object's own bytes for its signature. */
FUZZ_TARGET(key)
{
	static bool started;
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(js_fini)
	struct js_doc doc2 = {0};
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(1 << 16);
	SCOPED(buf_fini)
	struct buf again = BUF_INIT(1 << 16);
	char id[SHA256_HEX_SIZE];
	struct key_public k, k2;
	struct js_at at;
	struct jw w;

	if (!started)
		key_library_init();
	started = true;
	if (js_parse(&doc, "fuzz", data, size, NULL) != 0)
		return;
	at = js_root(&doc);
	if (canon_write(&canonical, &at, NULL) != 0)
		return;
	hash_sha256_hex(id, buf_str(&canonical), canonical.len);
	if (key_public_parse(&k, &at, id, NULL) != 0)
		return;
	if (key_verify(&k, data, size < 64 ? size : 64, data, size))
		abort();
	jw_init(&w, &again);
	key_public_write(&w, &k);
	if (js_parse(&doc2, "again", buf_str(&again), again.len, NULL) != 0)
		abort();
	at = js_root(&doc2);
	if (key_public_parse(&k2, &at, k.id, NULL) != 0 ||
	    !key_public_equal(&k, &k2))
		abort();
}

#include "config.h"

#include "lib/tuf/root.h"
#include "lib/tuf/snapshot.h"
#include "lib/tuf/targets.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Writes what was read and reads it again; the second writing is the same
 * bytes. Some things that can be read are not written, on purpose. */
static int rewrite(struct buf *out, const struct tuf_envelope *env)
{
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot snapshot = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets targets = {0};
	struct tuf_quorum q;

	switch (env->type) {
	case TUF_ROOT:
		if (tuf_root_parse(&root, env, NULL) != 0)
			return -1;
		/* Nobody can have signed this by chance. */
		q = tuf_root_quorum(&root, TUF_ROOT);
		(void)tuf_quorum_count(&q, env);
		return tuf_root_write(out, &root, NULL);
	case TUF_TIMESTAMP:
	case TUF_SNAPSHOT:
		if (tuf_snapshot_parse(&snapshot, env, NULL) != 0)
			return -1;
		for (size_t i = 0; i < snapshot.n_files; i++)
			if (tuf_snapshot_find(&snapshot,
			                      snapshot.files[i].role) !=
			    &snapshot.files[i])
				abort();
		return tuf_snapshot_write(out, env->type, &snapshot, NULL);
	case TUF_TARGETS:
		if (tuf_targets_parse(&targets, "fuzz", env, NULL) != 0)
			return -1;
		for (size_t i = 0; i < targets.n_targets; i++)
			if (tuf_targets_find(&targets,
			                     targets.targets[i].path) !=
			    &targets.targets[i])
				abort();
		for (size_t i = 0; i < targets.n_roles; i++)
			(void)tuf_delegation_matches(&targets.roles[i],
			                             "fw/coat/1.0_a.bin");
		if (targets.succinct.present) {
			char bin[TUF_ROLE_MAX];

			tuf_succinct_bin(bin, &targets.succinct, "fw/a");
			if (!tuf_succinct_is_bin(&targets.succinct, bin))
				abort();
		}
		return tuf_targets_write(out, &targets, NULL);
	}
	return -1;
}

/* The first byte chooses the role, the rest is its file. */
FUZZ_TARGET(tuf)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope again = {0};
	SCOPED(buf_fini)
	struct buf one = BUF_INIT(4 << 20);
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(4 << 20);
	SCOPED(buf_fini)
	struct buf two = BUF_INIT(4 << 20);
	enum tuf_type type;

	if (size < 1)
		return;
	type = (enum tuf_type)(data[0] & 3);
	if (tuf_envelope_parse(&env, type, "fuzz", data + 1, size - 1, NULL) !=
	            0 ||
	    rewrite(&one, &env) != 0)
		return;
	if (tuf_envelope_write(&file, buf_str(&one), one.len, env.sigs,
	                       env.n_sigs, NULL) != 0 ||
	    tuf_envelope_parse(&again, type, "again", buf_str(&file), file.len,
	                       NULL) != 0 ||
	    rewrite(&two, &again) != 0)
		abort();
	if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
		abort();
}

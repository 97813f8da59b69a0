/*
 * "fw/1": what a release says about itself, signed beside its hash in
 * custom.fw of the firmware's target entry (trust.md, Formats).
 */
#ifndef LIB_ROLLOUT_FW_H
#define LIB_ROLLOUT_FW_H

#include "lib/base/semver.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/words.h"

#include <stdint.h>

#define FW_CUSTOM_MAX 8192 /* bytes of custom, as JSON */

enum fw_consent { FW_AUTO, FW_OPT_IN, FW_MANDATORY };
enum fw_on_fail { FW_REVERT, FW_RECOVERY };
/* Nobody is kept back from the last two (rollout-rules.md, Hold-back). */
enum fw_urgency { FW_NORMAL, FW_OPTIONAL, FW_SECURITY, FW_CRITICAL };

struct fw {
	struct doc_head head;
	char component[NAME_MAX_LEN + 1];
	char version[SEMVER_MAX_LEN + 1];
	uint32_t counter; /* security counter */
	struct words hw;
	struct words regions; /* or the single word "*" */
	int64_t built_s;
	bool has_from; /* then listed in `critical` */
	char from_min[SEMVER_MAX_LEN + 1], from_max[SEMVER_MAX_LEN + 1];
	int battery_pct;          /* needs.battery_pct, 0 when not given */
	int64_t flash_free_bytes; /* needs.flash_free, 0 when not given */
	enum fw_consent consent;
	bool has_window;
	int32_t window_start_s, window_end_s; /* local, of the day */
	uint8_t window_days;                  /* bit 0 = Monday */
	int confirm_tries;
	int64_t confirm_deadline_s;
	enum fw_on_fail confirm_on_fail;
	enum fw_urgency urgency; /* FW_NORMAL when not given */
	/* image.installed_sha256, or "": then the target's own hash names what
	 * runs (trust.md, Identities). */
	char installed_sha256[SHA256_HEX_SIZE];
};

/* From the target's custom: canonical, as struct tuf_target has it, or NULL. */
MUST_USE int fw_parse(struct fw *out, const char *path, const char *custom,
                      struct err *e);
/* custom as canonical JSON: {"fw":{…}}. */
MUST_USE int fw_write(struct buf *out, const struct fw *f, struct err *e);
const char *fw_urgency_word(enum fw_urgency u);
bool fw_is_urgent(const struct fw *f); /* security or critical */
bool fw_allows_region(const struct fw *f, const char *region);
/* fw/<product>/<version>_<name>: the product and version of a path match. */
MUST_USE int fw_check_path(const struct fw *f, const char *path, struct err *e);

#endif

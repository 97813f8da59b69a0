#include "config.h"

#include "repo-tools/cmd/release_options.h"

#include "lib/base/hex.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/names.h"

#include <string.h>

#define CONFIRM_DEADLINE_MAX_S (INT64_C(30) * 86400)

const struct cli_option cmd_release_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "what the firmware is for"},
	{"version", 'V', "VERSION", CLI_REQUIRED, NULL, "its version, like 2.1.0"},
	{"hw", 0, "A[,B…]", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "hardware revisions it runs on, exactly"},
	{"region", 0, "R[,S…]", CLI_REPEATS, "*",
	 "regions it may go to, or \"*\""},
	{"counter", 0, "N", 0, NULL,
	 "its security counter (default the highest so far)"},
	{"force", 'f', NULL, 0, NULL,
	 "let the counter jump by more than 1"},
	{"component", 0, "NAME", 0, "app", "which part of the device it is"},
	{"name", 0, "NAME", 0, NULL,
	 "the file's name in the repository (default FILE's)"},
	{"built", 0, "TIME", 0, NULL,
	 "when it was built (default now); devices take it as a floor of "
	 "time"},
	{"from", 0, "MIN..MAX", 0, NULL,
	 "versions it can be installed over (default all below it)"},
	{"needs-battery", 0, "PERCENT", 0, NULL,
	 "battery charge to begin with"},
	{"needs-flash", 0, "SIZE", 0, NULL, "free flash to begin with"},
	{"consent", 0, "HOW", 0, "auto", "auto, opt_in or mandatory"},
	{"urgency", 0, "HOW", 0, "normal",
	 "normal, optional, security or critical; of the last two no plan "
	 "keeps devices back"},
	{"window", 0, "H:M-H:M", 0, NULL,
	 "local hours in which it may be installed, every day"},
	{"confirm-tries", 0, "N", 0, "3",
	 "boots it has to confirm itself"},
	{"confirm-deadline", 0, "DURATION", 0, "10m",
	 "time it has to confirm itself"},
	{"on-fail", 0, "HOW", 0, "revert",
	 "revert or recovery, when it does not"},
	{"installed-sha256", 0, "HEX", 0, NULL,
	 "hash of what runs afterwards, when that is not FILE"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

static int read_version(char out[SEMVER_MAX_LEN + 1], const char *text,
                        const char *option, struct err *e)
{
	if (strlen(text) > SEMVER_MAX_LEN || !semver_is_valid(text))
		return err_code(e, ERR_USAGE, "bad_version",
		                "--%s: '%.80s' is no version like 2.1.0 "
		                "(SemVer 2, at most %d bytes)",
		                option, text, SEMVER_MAX_LEN);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int read_identity(struct fw *f, const struct cli *c,
                         const struct workspace *ws, struct err *e)
{
	const char *component = cli_get(c, "component");

	memcpy(f->head.repo, ws->repo, sizeof(f->head.repo));
	(void)snprintf(f->head.product, sizeof(f->head.product), "%s",
	               cli_get(c, "product"));
	if (!name_is_word(component))
		return err_set(e, ERR_USAGE, "--component: '%.80s' is no name",
		               component);
	word_set(f->component, component);
	if (read_version(f->version, cli_get(c, "version"), "version", e) !=
	            0 ||
	    names_read(&f->hw, c, "hw", false, e) != 0)
		return -1;
	return names_read(&f->regions, c, "region", true, e);
}

static int read_built(struct fw *f, const struct cli *c,
                      const struct workspace *ws, struct err *e)
{
	const char *text = cli_get(c, "built");

	f->built_s = ws->now_s;
	if (text == NULL)
		return 0;
	if (rfc3339_parse(&f->built_s, text) != 0)
		return err_set(e, ERR_USAGE,
		               "--built: '%s' is no time like "
		               "2026-11-20T20:37:00Z",
		               text);
	/* Devices refuse to believe in an earlier time from then on. */
	if (f->built_s > ws->now_s)
		return err_set(e, ERR_USAGE, "--built: %s is in the future",
		               text);
	return 0;
}

/* "1.0.0..1.9.9" */
static int read_from(struct fw *f, const struct cli *c, struct err *e)
{
	const char *text = cli_get(c, "from"), *dots;
	char min[SEMVER_MAX_LEN + 2];

	if (text == NULL)
		return 0;
	dots = strstr(text, "..");
	if (dots == NULL)
		return err_set(e, ERR_USAGE,
		               "--from: '%s' is no range like 1.0.0..1.9.9",
		               text);
	(void)snprintf(min, sizeof(min), "%.*s", (int)(dots - text), text);
	f->has_from = true;
	if (read_version(f->from_min, min, "from", e) != 0)
		return -1;
	return read_version(f->from_max, dots + 2, "from", e);
}

/* "22:30" as a second of the day; moves *p behind it. */
static int clock_time(int32_t *out, const char **p)
{
	const char *s = *p;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return -1;
	*out = ((s[0] - '0') * 10 + s[1] - '0') * 3600 +
	       ((s[3] - '0') * 10 + s[4] - '0') * 60;
	*p = s + 5;
	return s[3] > '5' || *out > 86400 ? -1 : 0;
}

static int read_window(struct fw *f, const struct cli *c, struct err *e)
{
	const char *text = cli_get(c, "window"), *p = text;

	if (text == NULL)
		return 0;
	if (clock_time(&f->window_start_s, &p) != 0 || *p++ != '-' ||
	    clock_time(&f->window_end_s, &p) != 0 || *p != '\0')
		return err_set(e, ERR_USAGE,
		               "--window: '%s' is no window like 22:00-06:00",
		               text);
	f->has_window = true;
	f->window_days = 0x7f;
	return 0;
}

static int read_behaviour(struct fw *f, const struct cli *c, struct err *e)
{
	static const char *const consents[] = {"auto", "opt_in", "mandatory",
	                                       NULL};
	static const char *const fails[] = {"revert", "recovery", NULL};
	static const char *const urgencies[] = {"normal", "optional",
	                                        "security", "critical", NULL};
	int64_t battery = 0, tries = 0;
	int consent = 0, on_fail = 0, urgency = 0;

	if (cli_int(&battery, c, "needs-battery", 1, 100, e) != 0 ||
	    cli_bytes(&f->flash_free_bytes, c, "needs-flash", 1,
	              INT64_C(1) << 50, e) != 0 ||
	    cli_enum(&consent, c, "consent", consents, e) != 0 ||
	    cli_int(&tries, c, "confirm-tries", 1, 255, e) != 0 ||
	    cli_seconds(&f->confirm_deadline_s, c, "confirm-deadline", 1,
	                CONFIRM_DEADLINE_MAX_S, e) != 0 ||
	    cli_enum(&on_fail, c, "on-fail", fails, e) != 0 ||
	    cli_enum(&urgency, c, "urgency", urgencies, e) != 0)
		return -1;
	f->battery_pct = (int)battery;
	f->consent = (enum fw_consent)consent;
	f->confirm_tries = (int)tries;
	f->confirm_on_fail = (enum fw_on_fail)on_fail;
	f->urgency = (enum fw_urgency)urgency;
	return 0;
}

static int read_image(struct fw *f, const struct cli *c, struct err *e)
{
	const char *text = cli_get(c, "installed-sha256");

	if (text == NULL)
		return 0;
	if (!is_hex(text, SHA256_HEX_SIZE - 1))
		return err_set(e, ERR_USAGE,
		               "--installed-sha256: 64 lower-case hex digits "
		               "are needed");
	memcpy(f->installed_sha256, text, SHA256_HEX_SIZE);
	return 0;
}

int release_options_read(struct fw *out, const struct cli *c,
                         const struct workspace *ws, struct err *e)
{
	*out = (struct fw){0};
	if (read_identity(out, c, ws, e) != 0 ||
	    read_built(out, c, ws, e) != 0 || read_from(out, c, e) != 0 ||
	    read_window(out, c, e) != 0 || read_behaviour(out, c, e) != 0)
		return -1;
	return read_image(out, c, e);
}

int release_options_path(char out[TARGET_MAX_LEN + 1], const struct cli *c,
                         const struct fw *f, const char *file, struct err *e)
{
	const char *name = cli_get(c, "name"), *slash = strrchr(file, '/');

	if (name == NULL)
		name = slash != NULL ? slash + 1 : file;
	if (!name_is_file(name))
		return err_set(e, ERR_USAGE,
		               "'%.140s': is no file name for a target, "
		               "[A-Za-z0-9._+-]{1,128} is needed; --name gives "
		               "another",
		               name);
	(void)snprintf(out, TARGET_MAX_LEN + 1, "fw/%s/%s_%s", f->head.product,
	               f->version, name);
	return 0;
}

#include "config.h"

#include "tests/fleet/options.h"

#include "lib/base/clock.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_FILE_MAX 1024
#define PATH_BYTES_MAX 4096
/* The factory's image is older than any release. */
#define IMAGE_AGE_S 86400

static const char usage_text[] =
	"usage: pawl-fleet --server URL --batch-token-file F --root FILE\n"
	"         --repo HEX --product P --image FILE --state DIR [OPTION]…\n"
	"\n"
	"Runs many device agents in one process, over real HTTP; at the end\n"
	"(SIGTERM ends it, too) one JSON summary on standard output.\n"
	"\n"
	"  --devices N            how many (default 200)\n"
	"  --hw A,B --regions R,S --channels C,D\n"
	"                         evenly spread over all of them\n"
	"  --image-version V      of the factory's image (default 0.9.0)\n"
	"  --image-counter N      its security counter (default 1)\n"
	"  --seed N               the same seed, the same fleet (default 1)\n"
	"  --threads N            devices are shared out to them (default 4)\n"
	"  --poll-min SECONDS     of the provisioning (default 1)\n"
	"  --chunk BYTES          bytes of a download step (default 16384)\n"
	"  --bad SHA256=HW/REGION[:PERCENT]\n"
	"                         the image does not come up there, on all or\n"
	"                         so many; * for any; may be repeated\n"
	"  --dark SHA256=HW/REGION[:PERCENT[:SECONDS]]\n"
	"                         nothing is heard of who runs it there, for\n"
	"                         so long or ever; may be repeated\n"
	"  --killed PERCENT       lose their power once in each update\n"
	"  --low-battery PERCENT  put each update off once, then are charged\n"
	"  --until-version V      end when every device runs it\n"
	"  --until-idle           end when no device has anything to do\n"
	"  --timeout SECONDS      end with status 1 after so long\n"
	"  --status FILE          a short summary, rewritten as things move\n"
	"  --events FILE          a JSON line per event\n";

enum {
	OPT_SERVER = 1,
	OPT_TOKEN_FILE,
	OPT_ROOT,
	OPT_REPO,
	OPT_PRODUCT,
	OPT_HW,
	OPT_REGIONS,
	OPT_CHANNELS,
	OPT_IMAGE,
	OPT_IMAGE_VERSION,
	OPT_IMAGE_COUNTER,
	OPT_STATE,
	OPT_DEVICES,
	OPT_SEED,
	OPT_THREADS,
	OPT_POLL_MIN,
	OPT_CHUNK,
	OPT_BAD,
	OPT_DARK,
	OPT_KILLED,
	OPT_LOW_BATTERY,
	OPT_UNTIL_VERSION,
	OPT_UNTIL_IDLE,
	OPT_TIMEOUT,
	OPT_STATUS,
	OPT_EVENTS,
	OPT_HELP
};

static const struct option long_options[] = {
	{"server", required_argument, NULL, OPT_SERVER},
	{"batch-token-file", required_argument, NULL, OPT_TOKEN_FILE},
	{"root", required_argument, NULL, OPT_ROOT},
	{"repo", required_argument, NULL, OPT_REPO},
	{"product", required_argument, NULL, OPT_PRODUCT},
	{"hw", required_argument, NULL, OPT_HW},
	{"regions", required_argument, NULL, OPT_REGIONS},
	{"channels", required_argument, NULL, OPT_CHANNELS},
	{"image", required_argument, NULL, OPT_IMAGE},
	{"image-version", required_argument, NULL, OPT_IMAGE_VERSION},
	{"image-counter", required_argument, NULL, OPT_IMAGE_COUNTER},
	{"state", required_argument, NULL, OPT_STATE},
	{"devices", required_argument, NULL, OPT_DEVICES},
	{"seed", required_argument, NULL, OPT_SEED},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"poll-min", required_argument, NULL, OPT_POLL_MIN},
	{"chunk", required_argument, NULL, OPT_CHUNK},
	{"bad", required_argument, NULL, OPT_BAD},
	{"dark", required_argument, NULL, OPT_DARK},
	{"killed", required_argument, NULL, OPT_KILLED},
	{"low-battery", required_argument, NULL, OPT_LOW_BATTERY},
	{"until-version", required_argument, NULL, OPT_UNTIL_VERSION},
	{"until-idle", no_argument, NULL, OPT_UNTIL_IDLE},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"status", required_argument, NULL, OPT_STATUS},
	{"events", required_argument, NULL, OPT_EVENTS},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int set_text(char **out, const char *text)
{
	free(*out);
	*out = xstrdup(text);
	return 0;
}

static int set_words(struct words *out, const char *list, struct err *e)
{
	SCOPED(free)
	char *copy = xstrdup(list);
	char *next = copy;

	out->n = 0;
	while (next != NULL) {
		const char *one = strsep(&next, ",");

		if (!name_is_word(one))
			return err_set(e, ERR_USAGE, "'%s' is not a name", one);
		if (out->n == WORDS_MAX)
			return err_set(e, ERR_USAGE, "more than %d names",
			               WORDS_MAX);
		word_set(out->w[out->n++], one);
	}
	return 0;
}

static int set_version(char out[SEMVER_MAX_LEN + 1], const char *text,
                       struct err *e)
{
	if (strlen(text) > SEMVER_MAX_LEN || !semver_is_valid(text))
		return err_set(e, ERR_USAGE, "'%s' is no version", text);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int set_hex(char *out, size_t digits, const char *text, struct err *e)
{
	if (!is_hex(text, digits))
		return err_set(e, ERR_USAGE, "'%s' is not %zu hex digits", text,
		               digits);
	memcpy(out, text, digits + 1);
	return 0;
}

static int add_harm(struct options *o, enum harm_kind kind, const char *text,
                    struct err *e)
{
	if (o->n_harms == OPTIONS_HARMS_MAX)
		return err_set(e, ERR_USAGE, "more than %d of them",
		               OPTIONS_HARMS_MAX);
	if (harm_parse(&o->harms[o->n_harms], kind, text, e) != 0)
		return -1;
	o->n_harms++;
	return 0;
}

static int read_token(struct options *o, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(TOKEN_FILE_MAX);

	if (fs_read_private(&b, path, e) != 0)
		return -1;
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	return set_text(&o->batch_token, buf_str(&b));
}

static int read_image(struct options *o, const char *path, struct err *e)
{
	struct provision_image *i = &o->image;

	i->built_s = clock_utc_ms(&clock_system) / 1000 - IMAGE_AGE_S;
	return set_text(&i->file, path) != 0
	               ? -1
	               : hash_file(i->sha256, &i->length, path, e);
}

static int set_counter(struct options *o, const char *text, struct err *e)
{
	int64_t n;

	if (num_i64(&n, text, 0, UINT32_MAX, "--image-counter", e) != 0)
		return -1;
	o->image.counter = (uint32_t)n;
	return 0;
}

static int set_product(struct options *o, const char *text, struct err *e)
{
	if (!name_is_product(text))
		return err_set(e, ERR_USAGE, "'%s' is no product", text);
	(void)snprintf(o->product, sizeof(o->product), "%s", text);
	return 0;
}

static int set_number(int64_t *out, const char *text, int64_t min, int64_t max,
                      struct err *e)
{
	return num_i64(out, text, min, max, "number", e);
}

static int set_text_option(struct options *o, int opt, const char *arg,
                           struct err *e)
{
	switch (opt) {
	case OPT_SERVER: return set_text(&o->server, arg);
	case OPT_TOKEN_FILE: return read_token(o, arg, e);
	case OPT_ROOT: return set_text(&o->root, arg);
	case OPT_REPO: return set_hex(o->repo, REPO_ID_SIZE - 1, arg, e);
	case OPT_PRODUCT: return set_product(o, arg, e);
	case OPT_HW: return set_words(&o->hw, arg, e);
	case OPT_REGIONS: return set_words(&o->regions, arg, e);
	case OPT_CHANNELS: return set_words(&o->channels, arg, e);
	case OPT_IMAGE: return read_image(o, arg, e);
	case OPT_IMAGE_VERSION: return set_version(o->image.version, arg, e);
	case OPT_IMAGE_COUNTER: return set_counter(o, arg, e);
	case OPT_STATE: return set_text(&o->state, arg);
	case OPT_BAD: return add_harm(o, HARM_FAILS, arg, e);
	case OPT_DARK: return add_harm(o, HARM_DARK, arg, e);
	case OPT_UNTIL_VERSION: return set_text(&o->until_version, arg);
	case OPT_UNTIL_IDLE: o->until_idle = true; return 0;
	case OPT_STATUS: return set_text(&o->status, arg);
	case OPT_EVENTS: return set_text(&o->events, arg);
	default: return err_set(e, ERR_USAGE, "unknown option");
	}
}

static int set_option(struct options *o, int opt, const char *arg,
                      struct err *e)
{
	switch (opt) {
	case OPT_DEVICES:
		return set_number(&o->devices, arg, 1, OPTIONS_DEVICES_MAX, e);
	case OPT_SEED: return set_number(&o->seed, arg, 0, NUM_JSON_MAX, e);
	case OPT_THREADS:
		return set_number(&o->threads, arg, 1, OPTIONS_THREADS_MAX, e);
	case OPT_POLL_MIN: return set_number(&o->poll_min_s, arg, 1, 86400, e);
	case OPT_CHUNK: return set_number(&o->chunk_bytes, arg, 1, 1 << 30, e);
	case OPT_KILLED: return set_number(&o->killed_pct, arg, 0, 100, e);
	case OPT_LOW_BATTERY:
		return set_number(&o->low_battery_pct, arg, 0, 100, e);
	case OPT_TIMEOUT: return set_number(&o->timeout_s, arg, 1, 86400, e);
	default: return set_text_option(o, opt, arg, e);
	}
}

static const char *missing(const struct options *o)
{
	const struct {
		bool given;
		const char *name;
	} needed[] = {
		{o->server != NULL, "--server"},
		{o->batch_token != NULL, "--batch-token-file"},
		{o->root != NULL, "--root"},
		{o->repo[0] != '\0', "--repo"},
		{o->product[0] != '\0', "--product"},
		{o->image.file != NULL, "--image"},
		{o->state != NULL, "--state"},
		{o->hw.n > 0, "--hw"},
		{o->regions.n > 0, "--regions"},
		{o->channels.n > 0, "--channels"},
	};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!needed[i].given)
			return needed[i].name;
	return NULL;
}

int options_read(struct options *o, int argc, char **argv)
{
	int opt, which = 0;

	*o = (struct options){.devices = 200,
	                      .seed = 1,
	                      .threads = 4,
	                      .poll_min_s = 1,
	                      .chunk_bytes = 16384,
	                      .image = {.version = "0.9.0", .counter = 1}};
	while ((opt = getopt_long(argc, argv, "", long_options, &which)) !=
	       -1) {
		struct err e = {0};

		if (opt == OPT_HELP) {
			fputs(usage_text, stdout);
			return 0;
		}
		if (opt == '?') {
			fputs(usage_text, stderr);
			return 2;
		}
		if (set_option(o, opt, optarg, &e) != 0) {
			fprintf(stderr, "pawl-fleet: --%s: %s\n",
			        long_options[which].name, e.msg);
			return 2;
		}
	}
	if (missing(o) == NULL && optind == argc)
		return -1;
	fprintf(stderr, "pawl-fleet: %s: %s\n",
	        missing(o) != NULL ? missing(o) : argv[optind],
	        missing(o) != NULL ? "is needed" : "is too much");
	return 2;
}

void options_fini(struct options *o)
{
	free(o->server);
	free(o->batch_token);
	free(o->root);
	free(o->image.file);
	free(o->state);
	free(o->until_version);
	free(o->status);
	free(o->events);
	*o = (struct options){0};
}

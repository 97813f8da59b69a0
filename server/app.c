#include "config.h"

#include "server/app.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "server/descriptors.h"

#include <stdlib.h>
#include <string.h>

/* A step granted to a device must begin within this (trust.md, Check-in). */
#define WITHIN_S 300
/* Requests being served get this long when the server stops. */
#define DRAIN_MS 5000

static int read_passphrase(char **out, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1024);

	if (*path == '\0')
		return 0;
	if (fs_read_private(&b, path, e) != 0)
		return -1;
	while (b.len > 0 &&
	       (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == '\r'))
		buf_cut(&b, b.len - 1);
	*out = buf_take(&b);
	return 0;
}

static int start_fleet(struct app *a, const struct conf *conf,
                       const struct clock *clock, struct rng *rng,
                       struct err *e)
{
	struct fleet_config c = {
		.data_dir = conf->data_dir,
		.online_keys = conf->online_keys,
		.witness_file = conf->witness_file,
		.export_dir = conf->export_dir,
		.poll_after_s = (int32_t)conf->poll_after,
		.within_s = WITHIN_S,
		.signed_reports = conf->signed_reports,
		.report_keep_s = conf->report_keep,
		.lives = {.rollout_s = conf->rollout_life,
	                  .snapshot_s = conf->snapshot_life,
	                  .timestamp_s = conf->timestamp_life,
	                  .refresh_s = conf->refresh_every},
	};

	if (read_passphrase(&a->passphrase, conf->passphrase_file, e) != 0)
		return -1;
	c.passphrase = a->passphrase;
	if (gate_accept_init(&a->accept, conf->lint_accept, e) != 0)
		return -1;
	c.lint_accept = a->accept.codes;
	a->fleet_begun = true;
	if (fleet_open(&a->fleet, &c, clock, rng, e) != 0)
		return -1;
	return fleet_start(&a->fleet, e);
}

static int start_reader(struct app *a, const struct conf *conf, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(conf->data_dir, "pawl.db");

	lock_init(&a->deps.reader_lock, LOCK_RANK_READER, "reader");
	a->reader_begun = true;
	return store_open_readonly(&a->deps.reader, path, e);
}

static int start_listeners(struct app *a, const struct conf *conf,
                           struct rng *rng, struct err *e)
{
	struct http_config public = {
		.name = "public",
		.host = conf->listen.host,
		.port = conf->listen.port,
		.threads = (unsigned)conf->threads,
		.max_connections =
			descriptors_take((unsigned)conf->max_connections,
	                                 (unsigned)conf->threads),
		.max_per_address = (unsigned)conf->max_per_address,
		.routes = api_routes,
		.n_routes = api_n_routes,
		.deps = &a->deps,
		.admit = auth_admit,
		.authenticate = auth_check,
		.spool_dir = a->spool,
		.spool_max = (uint64_t)conf->publish_max,
		.rng = rng,
	};
	struct http_config ops = {
		.name = "ops",
		.host = conf->ops_listen.host,
		.port = conf->ops_listen.port,
		.threads = 1,
		.max_connections = 64,
		.routes = ops_routes,
		.n_routes = ops_n_routes,
		.deps = &a->deps,
		.rng = rng,
	};

	if (http_start(&a->public, &public, e) != 0)
		return -1;
	a->deps.http = a->public;
	return *ops.host != '\0' ? http_start(&a->ops, &ops, e) : 0;
}

int app_start(struct app *a, const struct conf *conf, const struct clock *clock,
              struct rng *rng, struct err *e)
{
	memset(a, 0, sizeof(*a));
	key_library_init();
	a->deps.fleet = &a->fleet;
	a->deps.web_root = conf->web_root;
	limits_init(&a->deps.limits, conf, rng);
	SCOPED(free)
	char *blobs = fs_join(conf->data_dir, "blobs");
	a->spool = fs_join(blobs, "spool");
	if (start_fleet(a, conf, clock, rng, e) != 0 ||
	    start_reader(a, conf, e) != 0 ||
	    start_listeners(a, conf, rng, e) != 0) {
		app_stop(a);
		return -1;
	}
	return 0;
}

void app_stop(struct app *a)
{
	if (a->ops != NULL)
		http_stop(a->ops, DRAIN_MS);
	if (a->public != NULL)
		http_stop(a->public, DRAIN_MS);
	if (a->reader_begun) {
		store_close(a->deps.reader);
		lock_fini(&a->deps.reader_lock);
	}
	if (a->fleet_begun)
		fleet_close(&a->fleet);
	limits_fini(&a->deps.limits);
	if (a->passphrase != NULL)
		key_wipe(a->passphrase, strlen(a->passphrase));
	free(a->passphrase);
	gate_accept_fini(&a->accept);
	free(a->spool);
	memset(a, 0, sizeof(*a));
}

uint16_t app_port(const struct app *a)
{
	return a->public != NULL ? http_port(a->public) : 0;
}

uint16_t app_ops_port(const struct app *a)
{
	return a->ops != NULL ? http_port(a->ops) : 0;
}

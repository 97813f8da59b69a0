#include "config.h"

#include "server/app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * pawld with its storage off: reports are parsed, judged and acknowledged,
 * and nothing is written. The yardstick of `script/bench report`; the daemon
 * itself has no such switch.
 *
 *	bench-server DATA_DIR PORT
 */
int main(int argc, char **argv)
{
	struct app *app = calloc(1, sizeof(*app));
	struct err e = {0};
	struct conf conf;
	sigset_t wait_for;
	char listen_on[32];
	int caught;

	if (argc != 3 || app == NULL)
		return 2;
	(void)sigemptyset(&wait_for);
	(void)sigaddset(&wait_for, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &wait_for, NULL);
	conf_init(&conf);
	(void)snprintf(listen_on, sizeof(listen_on), "127.0.0.1:%s", argv[2]);
	if (conf_set(&conf, "data_dir", argv[1], "argument", &e) != 0 ||
	    conf_set(&conf, "listen", listen_on, "argument", &e) != 0 ||
	    conf_set(&conf, "ops_listen", "off", "argument", &e) != 0 ||
	    /* Few devices play many. */
	    conf_set(&conf, "device_rate", "1000000", "argument", &e) != 0 ||
	    conf_finish(&conf, &e) != 0 ||
	    app_start(app, &conf, &clock_system, &rng_system, &e) != 0) {
		fprintf(stderr, "bench-server: %s\n", e.msg);
		return 1;
	}
	app->fleet.config.storage_off = true;
	(void)sigwait(&wait_for, &caught);
	app_stop(app);
	conf_fini(&conf);
	free(app);
	return 0;
}

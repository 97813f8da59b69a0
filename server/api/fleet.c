#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/show/census.h"

#include <string.h>

static int run_fleet(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const char *product = params;
	SCOPED(census_fini)
	struct census c = {0};
	struct jw w;

	(void)q;
	if (census_take(&c, &f->index, product, fleet_now_ms(f), e) != 0)
		return -1;
	jw_init(&w, out);
	census_put(&w, &f->index, &c, product, fleet_now_s(f));
	return 0;
}

/* On the porter's thread: it looks at every device, and holds up no report. */
int fleet_get(struct deps *d, const struct request *q, struct reply *r,
              struct err *e)
{
	const char *product = NULL;
	char *own;
	size_t n;

	(void)r;
	if (request_query(&product, q, "product", e) != 0)
		return -1;
	if (product == NULL || !name_is_product(product))
		return err_set(e, ERR_INVALID,
		               "the query's product: '%.60s' is none, "
		               "[a-z0-9][a-z0-9-]{0,39} is needed",
		               product != NULL ? product : "");
	n = strlen(product) + 1;
	own = body_alloc(q, n, e);
	if (own == NULL)
		return -1;
	memcpy(own, product, n);
	return later_on_disk(d, q, 200, run_fleet, own, e);
}

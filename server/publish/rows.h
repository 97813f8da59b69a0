/*
 * What a publish changes beside the role files: the rows of releases and plans
 * that came or went, and what it tells the operator about them.
 */
#ifndef SERVER_PUBLISH_ROWS_H
#define SERVER_PUBLISH_ROWS_H

#include "lib/lint/lint.h"
#include "server/publish/revise.h"

struct publish_rows {
	const struct set *set;
	const struct set *before; /* NULL: the first publish */
	struct revisions *revisions;
	const struct deed *deed;
	const struct lint *lint;
};

/* The setting that holds what the last publish was warned of: a JSON array of
 * sentences, PUBLISH_WARNINGS_KEPT at most. */
#define PUBLISH_SETTING_WARNINGS "publish_warnings"
#define PUBLISH_WARNINGS_KEPT 20
#define PUBLISH_WARNINGS_BYTES_MAX 65536

/* In the transaction of the publish (sign.h, struct change); ctx is a struct
 * publish_rows. The scribe's thread alone. */
MUST_USE int publish_rows_write(struct fleet *f, void *ctx, struct err *e);
/* What became visible, as JSON. Any thread that holds both sets. */
void publish_rows_result(struct buf *out, const struct publish_rows *r,
                         int64_t timestamp_version);

#endif

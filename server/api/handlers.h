/*
 * Every handler, by the file it lives in. routes.c is the one place that says
 * which method and path leads to which.
 */
#ifndef SERVER_API_HANDLERS_H
#define SERVER_API_HANDLERS_H

#include "server/api/deps.h"

/* tuf.c */
handler metadata_get, target_get;
/* device.c */
handler enrol_post, checkin_post, report_post;
/* rollouts.c */
handler rollout_list, rollout_get, rollout_start, rollout_pause, rollout_resume,
	rollout_promote, rollout_halt, rollout_export;
/* retry_exclude.c */
handler rollout_retry, rollout_exclude, rollout_include;
/* publish.c */
handler blob_get, blob_put, publish_post;
/* devices.c */
handler device_list, device_get, device_why, device_revoke;
/* fleet.c */
handler fleet_get;
/* batches.c */
handler batch_list, batch_new, batch_quarantine;
/* tokens.c */
handler token_list, token_new, token_revoke;
/* clock.c */
handler clock_confirm;
/* look.c */
handler overview_get, catalog_get, audit_list;
/* page.c */
handler page_get, asset_get, openapi_get;
/* health.c */
handler healthz_get, readyz_get, metrics_get;

#endif

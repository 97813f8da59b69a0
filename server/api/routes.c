#include "config.h"

#include "lib/base/mem.h"
#include "server/api/handlers.h"
#include "server/roster/wire.h"

/* A body that is only a reason, and the like. */
#define SMALL 2048
#define MEDIUM 8192

/* The whole interface. schema/openapi.yaml says the same in full, and the
 * tests hold both against what the server really answers. */
const struct route api_routes[] = {
	/* clang-format off */
	{ GET,  "/metadata/{file}",  metadata_get, ANYONE, 0, "Signed metadata, from the view." },
	{ GET,  "/targets/{path*}",  target_get,   ANYONE, 0, "Firmware, plans and states by their hash." },

	{ POST, "/v1/enrol",    enrol_post,   ANYONE, WIRE_ENROL_MAX,   "A batch token for a device token." },
	{ POST, "/v1/checkin",  checkin_post, DEVICE, WIRE_CHECKIN_MAX, "May I start, or activate?" },
	{ POST, "/v1/reports",  report_post,  DEVICE, WIRE_REPORT_MAX,  "How did the update go?" },

	{ GET,  "/v1/admin/overview",  overview_get, OPERATOR | SCOPE_READ, 0, "The state of everything." },
	{ GET,  "/v1/admin/catalog",   catalog_get,  OPERATOR | SCOPE_READ, 0, "Releases and plans." },
	{ GET,  "/v1/admin/audit",     audit_list,   OPERATOR | SCOPE_READ, 0, "Who changed what, and why." },
	{ GET,  "/v1/admin/fleet",     fleet_get,    OPERATOR | SCOPE_READ, 0, "Devices of a product, as numbers." },

	{ GET,  "/v1/admin/blobs/{sha256}", blob_get, OPERATOR | SCOPE_PUBLISH, 0,            "Is it here already?" },
	{ PUT,  "/v1/admin/blobs/{sha256}", blob_put, OPERATOR | SCOPE_PUBLISH, BODY_SPOOLED, "Upload bytes." },
	{ POST, "/v1/admin/publish",    publish_post, OPERATOR | SCOPE_PUBLISH, BODY_MEMORY_MAX, "Make signed files visible." },

	{ GET,  "/v1/admin/rollouts",               rollout_list,    OPERATOR | SCOPE_READ,    0,     "All rollouts." },
	{ POST, "/v1/admin/rollouts",               rollout_start,   OPERATOR | SCOPE_ROLLOUT, SMALL, "Start a published plan." },
	{ GET,  "/v1/admin/rollouts/{key}",         rollout_get,     OPERATOR | SCOPE_READ,    0,     "One rollout." },
	{ GET,  "/v1/admin/rollouts/{key}/export",  rollout_export,  OPERATOR | SCOPE_READ,    0,     "What its verdicts come from, in pages." },
	{ POST, "/v1/admin/rollouts/{key}/pause",   rollout_pause,   OPERATOR | SCOPE_ROLLOUT, SMALL, "Hold, reversibly." },
	{ POST, "/v1/admin/rollouts/{key}/resume",  rollout_resume,  OPERATOR | SCOPE_ROLLOUT, SMALL, "Go on after a pause." },
	{ POST, "/v1/admin/rollouts/{key}/promote", rollout_promote, OPERATOR | SCOPE_ROLLOUT, SMALL, "To the next stage, by hand." },
	{ POST, "/v1/admin/rollouts/{key}/retry",   rollout_retry,   OPERATOR | SCOPE_ROLLOUT, SMALL, "Once more for devices that failed." },
	{ POST, "/v1/admin/rollouts/{key}/exclude", rollout_exclude, OPERATOR | SCOPE_HALT,    SMALL, "Leave a device out." },
	{ POST, "/v1/admin/rollouts/{key}/include", rollout_include, OPERATOR | SCOPE_ROLLOUT, SMALL, "Let it in again." },
	{ POST, "/v1/admin/rollouts/{key}/halt",    rollout_halt,    OPERATOR | SCOPE_HALT,    SMALL, "Stop, now." },

	{ GET,  "/v1/admin/devices",             device_list,   OPERATOR | SCOPE_READ,  0,     "Devices, in pages." },
	{ GET,  "/v1/admin/devices/{id}",        device_get,    OPERATOR | SCOPE_READ,  0,     "One device and its last reports." },
	{ GET,  "/v1/admin/devices/{id}/why",    device_why,    OPERATOR | SCOPE_READ,  0,     "Why is it offered what it is?" },
	{ POST, "/v1/admin/devices/{id}/revoke", device_revoke, OPERATOR | SCOPE_FLEET, SMALL, "Its token is void from now on." },

	{ GET,  "/v1/admin/batches",                 batch_list,       OPERATOR | SCOPE_READ,  0,      "Leaves to enrol." },
	{ POST, "/v1/admin/batches",                 batch_new,        OPERATOR | SCOPE_FLEET, MEDIUM, "A new leave to enrol." },
	{ POST, "/v1/admin/batches/{id}/quarantine", batch_quarantine, OPERATOR | SCOPE_FLEET, SMALL,  "Its devices are not believed." },

	{ GET,  "/v1/admin/tokens",             token_list,   OPERATOR | SCOPE_ADMIN, 0,     "Operators' tokens." },
	{ POST, "/v1/admin/tokens",             token_new,    OPERATOR | SCOPE_ADMIN, SMALL, "A new one, shown once." },
	{ POST, "/v1/admin/tokens/{id}/revoke", token_revoke, OPERATOR | SCOPE_ADMIN, SMALL, "It is void from now on." },

	{ POST, "/v1/admin/clock/confirm",      clock_confirm, OPERATOR | SCOPE_ADMIN, SMALL, "The wall clock is right as it stands." },

	{ GET,  "/v1/openapi.yaml",  openapi_get, ANYONE, 0, "This interface, described." },
	{ GET,  "/static/{file}",    asset_get,   ANYONE, 0, "Parts of the dashboard." },
	{ GET,  "/",                 page_get,    ANYONE, 0, "The dashboard." },
	/* clang-format on */
};
const size_t api_n_routes = ARRAY_LEN(api_routes);

const struct route ops_routes[] = {
	/* clang-format off */
	{ GET, "/healthz", healthz_get, ANYONE, 0, "Is the process alive?" },
	{ GET, "/readyz",  readyz_get,  ANYONE, 0, "May it be relied on, and if not, why?" },
	{ GET, "/metrics", metrics_get, ANYONE, 0, "Prometheus text." },
	/* clang-format on */
};
const size_t ops_n_routes = ARRAY_LEN(ops_routes);

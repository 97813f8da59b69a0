#include "config.h"

#include "server/devices/arrival.h"

#include "lib/base/hex.h"
#include "server/fleet/sign.h"
#include "server/store/devices.h"

#include <string.h>

/* A device's complaints come into the audit log once in this time. */
#define AUDIT_MS INT64_C(3600000)

int arrival_write_seen(struct fleet *f, const struct device_rec *r,
                       const struct wire_checkin *in, struct err *e)
{
	struct device_running running = {.counter = in->counter};

	memcpy(running.sha256, in->running_sha256, sizeof(running.sha256));
	memcpy(running.version, in->running_version, sizeof(running.version));
	return devices_seen(f->store, r->key, fleet_now_ms(f), &running, e);
}

bool arrival_complains(const struct fleet *f, const struct device_rec *r,
                       const struct wire_checkin *in)
{
	uint32_t alarm = index_alarm_hash(&f->index, in->alarm);

	return alarm != 0 && alarm != r->alarm;
}

/* One that makes up alarms must not fill the log that is never emptied. */
static int write_complaint(struct arrival *out, struct fleet *f,
                           const struct device_rec *r,
                           const struct wire_checkin *in, struct err *e)
{
	int64_t now = fleet_now_ms(f);
	char id[33];
	struct deed deed = {
		.actor = "device",
		.action = "device.alarm",
		.object = id,
		.reason = in->alarm,
		.request_id = "",
	};

	out->complains = true;
	hex_encode(id, r->id, sizeof(r->id));
	if (devices_complain(f->store, r->key, in->alarm, now, e) != 0)
		return -1;
	out->audited = r->audited_ms == 0 || now - r->audited_ms >= AUDIT_MS;
	return out->audited ? sign_audit(f, &deed, e) : 0;
}

int arrival_write(struct arrival *out, struct fleet *f,
                  const struct device_rec *r, const struct wire_checkin *in,
                  struct err *e)
{
	bool complains = arrival_complains(f, r, in);

	*out = (struct arrival){0};
	if ((!r->checked_in && arrival_write_seen(f, r, in, e) != 0) ||
	    (complains && write_complaint(out, f, r, in, e) != 0))
		return -1;
	return !r->checked_in || complains;
}

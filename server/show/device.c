#include "config.h"

#include "lib/base/hex.h"
#include "server/show/show.h"
#include "server/store/batches.h"
#include "server/store/devices.h"

void show_device(struct jw *w, struct fleet *f, size_t i)
{
	struct device_rec r = index_get(&f->index, i);
	struct cohort c = index_cohort_of(&f->index, r.cohort);
	struct image m = index_image_of(&f->index, r.image);
	struct device_row row = {0};
	struct batch_row batch = {0};
	char id[33], key[2 * sizeof(r.public_key) + 1];

	hex_encode(id, r.id, sizeof(r.id));
	if (devices_find_key(&row, f->store, r.key, NULL) != 0)
		row = (struct device_row){0};
	if (batches_find_key(&batch, f->store, r.batch, NULL) != 0)
		batch = (struct batch_row){0};
	jw_object(w);
	jw_put_int(w, "key", r.key);
	jw_put_str(w, "id", id);
	jw_put_str(w, "product", c.product);
	jw_put_str(w, "hw", c.hw);
	jw_put_str(w, "region", c.region);
	jw_put_str(w, "channel", c.channel);
	jw_put_str(w, "label", row.label);
	jw_put_str(w, "batch", batch.id);
	show_when(w, "enrolled", r.enrolled_ms);
	show_when(w, "last_seen", r.last_seen_ms);
	jw_key(w, "running");
	if (*m.sha256 != '\0') {
		jw_object(w);
		jw_put_str(w, "sha256", m.sha256);
		jw_put_str(w, "version", m.version);
		jw_put_int(w, "counter", r.counter);
		jw_end_object(w);
	} else {
		jw_null(w);
	}
	jw_put_int(w, "seq", r.window.mark);
	if (r.open_attempt != 0)
		jw_put_int(w, "attempt", r.open_attempt);
	else
		jw_put_null(w, "attempt");
	jw_put_int(w, "clone_alarms", r.clone_alarms);
	jw_key(w, "alarm");
	if (*row.alarm != '\0') {
		jw_object(w);
		jw_put_str(w, "code", row.alarm);
		show_when(w, "at", row.alarm_ms);
		jw_put_bool(w, "now", r.alarm != 0);
		jw_end_object(w);
	} else {
		jw_null(w);
	}
	jw_key(w, "public_key");
	if (r.has_key) {
		hex_encode(key, r.public_key, sizeof(r.public_key));
		jw_str(w, key);
	} else {
		jw_null(w);
	}
	show_when(w, "revoked", row.revoked_ms);
	jw_end_object(w);
}

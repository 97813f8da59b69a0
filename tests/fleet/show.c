#include "config.h"

#include "tests/fleet/show.h"

#include <stdio.h>
#include <string.h>

static void count_version(struct show_sums *s, const char *version)
{
	size_t i = 0;

	while (i < s->n_versions &&
	       strcmp(s->versions[i].version, version) != 0)
		i++;
	if (i == SHOW_VERSIONS_MAX || version[0] == '\0')
		return;
	if (i == s->n_versions)
		(void)snprintf(s->versions[s->n_versions++].version,
		               sizeof(s->versions[i].version), "%s", version);
	s->versions[i].devices++;
}

static void add(struct show_sums *s, const struct life_seen *d)
{
	s->devices++;
	s->enrolled += d->enrolled;
	s->idle += d->is_idle;
	s->exposed += d->exposed;
	s->dark += d->is_dark;
	s->pending += d->pending;
	s->acknowledged += d->acknowledged;
	s->bytes_verified += d->bytes_verified;
	s->polls += d->polls;
	s->confirmed += d->confirmed;
	s->reverted += d->reverted;
	s->failed += d->failed;
	s->deferred += d->deferred;
	s->killed += d->killed;
	s->alarms += d->alarms;
	if (d->problem[0] != '\0')
		(void)snprintf(s->problem, sizeof(s->problem), "%s",
		               d->problem);
	count_version(s, d->running_version);
}

void show_sum(struct show_sums *out, struct workers *w, const struct options *o)
{
	*out = (struct show_sums){0};
	for (size_t i = 0; i < (size_t)o->devices; i++) {
		struct life_seen d;

		workers_look(&d, w, i);
		add(out, &d);
	}
}

int64_t show_running(const struct show_sums *s, const char *version)
{
	for (size_t i = 0; i < s->n_versions; i++)
		if (strcmp(s->versions[i].version, version) == 0)
			return s->versions[i].devices;
	return 0;
}

void show_put_sums(struct jw *w, const struct show_sums *s)
{
	jw_put_int(w, "devices", s->devices);
	jw_put_int(w, "enrolled", s->enrolled);
	jw_put_int(w, "idle", s->idle);
	jw_key(w, "running");
	jw_object(w);
	for (size_t i = 0; i < s->n_versions; i++)
		jw_put_int(w, s->versions[i].version, s->versions[i].devices);
	jw_end_object(w);
	jw_put_int(w, "bytes_verified", s->bytes_verified);
	jw_put_int(w, "acknowledged", s->acknowledged);
	jw_put_int(w, "pending", s->pending);
	jw_put_int(w, "polls", s->polls);
	jw_put_int(w, "confirmed", s->confirmed);
	jw_put_int(w, "reverted", s->reverted);
	jw_put_int(w, "failed", s->failed);
	jw_put_int(w, "deferred", s->deferred);
	jw_put_int(w, "killed", s->killed);
	jw_put_int(w, "exposed", s->exposed);
	jw_put_int(w, "dark", s->dark);
	jw_put_int(w, "alarms", s->alarms);
	jw_put_str(w, "problem", s->problem[0] != '\0' ? s->problem : NULL);
}

static int put_device(struct jw *w, const struct life *l, struct err *e)
{
	const struct life_seen *s = &l->seen;
	char sha256[SHA256_HEX_SIZE];

	if (life_hash_slot(sha256, l, e) != 0)
		return -1;
	jw_object(w);
	jw_put_str(w, "id", l->profile.id);
	jw_put_str(w, "hw", l->profile.hw);
	jw_put_str(w, "region", l->profile.region);
	jw_put_str(w, "channel", l->profile.channel);
	jw_put_str(w, "version", s->running_version);
	jw_put_str(w, "running_sha256", s->running_sha256);
	jw_put_str(w, "slot", life_slot(l));
	jw_put_str(w, "slot_sha256", sha256);
	jw_put_int(w, "bytes_verified", s->bytes_verified);
	jw_put_int(w, "acknowledged", s->acknowledged);
	jw_put_int(w, "pending", s->pending);
	jw_put_int(w, "confirmed", s->confirmed);
	jw_put_int(w, "reverted", s->reverted);
	jw_put_int(w, "failed", s->failed);
	jw_put_int(w, "deferred", s->deferred);
	jw_put_int(w, "killed", s->killed);
	jw_put_bool(w, "exposed", s->exposed);
	jw_put_str(w, "problem", s->problem[0] != '\0' ? s->problem : NULL);
	jw_end_object(w);
	return 0;
}

int show_put_devices(struct jw *w, struct workers *all, const struct options *o,
                     struct err *e)
{
	jw_key(w, "each");
	jw_array(w);
	for (size_t i = 0; i < (size_t)o->devices; i++)
		if (put_device(w, workers_life(all, i), e) != 0)
			return -1;
	jw_end_array(w);
	return 0;
}

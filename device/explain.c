#include "config.h"

#include "device/explain.h"

#include "device/check.h"
#include "device/folder.h"
#include "lib/json/jw.h"

static void write_rule(struct jw *w, const struct world *world,
                       const struct offer *o)
{
	const struct plan *p = world->plans[o->rule];
	const struct fw *f = world->releases[o->rule];
	const struct state_rule *r = &world->state.rules[o->rule];

	jw_key(w, "plan");
	jw_object(w);
	jw_put_str(w, "path", r->plan_path);
	jw_put_str(w, "sha256", r->plan_sha256);
	jw_put_int(w, "stage", r->stage);
	jw_end_object(w);
	jw_key(w, "release");
	if (p == NULL || f == NULL) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_put_str(w, "path", p->release_path);
	jw_put_str(w, "version", f->version);
	jw_put_str(w, "sha256", p->release_sha256);
	jw_put_int(w, "length", p->release_length);
	jw_put_int(w, "counter", f->counter);
	jw_end_object(w);
}

static void write_offer(struct jw *w, const struct world *world,
                        const struct offer *o)
{
	const struct err *problem = decide_problem(world, o);

	jw_put_bool(w, "yes", o->why == OFFER_YES);
	jw_put_str(w, "code", offer_why_code(o->why));
	jw_put_int(w, "check", offer_why_check(o->why));
	jw_put_bool(w, "defers", offer_why_defers(o->why));
	jw_put_str(w, "text", o->text);
	if (problem != NULL) {
		jw_key(w, "problem");
		jw_object(w);
		jw_put_str(w, "code", problem->code);
		jw_put_str(w, "text", problem->msg);
		jw_end_object(w);
	}
	jw_put_int(w, "rule", o->rule);
	jw_put_int(w, "bucket", o->bucket);
	jw_put_int(w, "ppm", o->ppm);
	if (o->rule >= 0)
		write_rule(w, world, o);
	jw_put_int(w, "root", world->root_version);
	jw_put_int(w, "ts", world->timestamp_version);
}

static void write_refusal(struct jw *w, const struct err *e)
{
	jw_put_bool(w, "yes", false);
	jw_put_str(w, "code", e->code);
	jw_put_str(w, "text", e->msg);
}

int explain(struct buf *out, const struct provision *p, struct device_state *s,
            const struct facts *f, const char *repo_dir, int64_t utc_s,
            struct err *e)
{
	struct net_door door = folder_door(repo_dir);
	SCOPED(origin_fini)
	struct origin origin = {0};
	SCOPED(world_free)
	struct world *world = NULL;
	struct err why = {0};
	struct offer o;
	struct jw w;
	int result;

	if (origin_init(&origin, &door, FOLDER_SERVER, NULL, p->root, e) != 0)
		return -1;
	result = decide_refresh(&world, s, p, &origin, utc_s, &why);
	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "id", p->id);
	jw_put_time(&w, "time", check_time(s, p->has_clock, utc_s));
	jw_put_str(&w, "step", f->step == OFFER_START ? "start" : "activate");
	if (result == 0) {
		decide_offer(&o, world, s, p, &f->device, utc_s, f->step,
		             f->plan_sha256[0] != '\0' ? f->plan_sha256 : NULL);
		write_offer(&w, world, &o);
	} else {
		write_refusal(&w, &why);
		if (e != NULL)
			*e = why;
	}
	jw_end_object(&w);
	return result;
}

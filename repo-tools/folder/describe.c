#include "config.h"

#include "repo-tools/folder/describe.h"

#include "lib/base/rfc3339.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/folder/text.h"

#include <inttypes.h>
#include <string.h>

#define LIST_SIZE 200

bool describe_is_online(const char *role)
{
	const char *product;
	const struct catalog_delegation *row = delegations_row(role, &product);

	return strcmp(role, "snapshot") == 0 ||
	       strcmp(role, "timestamp") == 0 || (row != NULL && row->online);
}

void describe_quorum(FILE *out, const char *role, int64_t threshold,
                     size_t n_keys)
{
	bool online = describe_is_online(role);

	if (online && n_keys == 1) {
		fprintf(out, "1 online key");
		return;
	}
	fprintf(out, "%" PRId64 " of %zu %s%s%s", threshold, n_keys,
	        online ? "online " : "", n_keys == 1 ? "key" : "keys",
	        threshold == 1 && !online ? " (solo: one key alone signs)"
	                                  : "");
}

void describe_release(FILE *out, const char *indent,
                      const struct catalog_release *r)
{
	static const char *const consents[] = {"automatic", "asks the user",
	                                       "mandatory"};
	const struct fw *f = &r->fw;
	char hw[LIST_SIZE], regions[LIST_SIZE], size[TEXT_SIZE], d[TEXT_SIZE];

	fprintf(out, "%s%s %s of %s, %s, security counter %" PRIu32 "\n",
	        indent, f->component, f->version, f->head.product,
	        text_bytes(size, r->length), f->counter);
	fprintf(out, "%ssha256 %s\n", indent, r->sha256);
	fprintf(out, "%shardware %s; regions %s\n", indent,
	        text_words(hw, sizeof(hw), &f->hw),
	        text_words(regions, sizeof(regions), &f->regions));
	fprintf(out, "%sinstall: %s", indent, consents[f->consent]);
	if (f->battery_pct > 0)
		fprintf(out, ", battery at least %d %%", f->battery_pct);
	if (f->flash_free_bytes > 0)
		fprintf(out, ", %s of flash free",
		        text_bytes(size, f->flash_free_bytes));
	if (f->has_from)
		fprintf(out, ", over %s to %s", f->from_min, f->from_max);
	if (f->urgency != FW_NORMAL)
		fprintf(out, ", urgency %s", fw_urgency_word(f->urgency));
	fprintf(out, "\n%sconfirm: %d tries within %s, else %s\n", indent,
	        f->confirm_tries, text_duration(d, f->confirm_deadline_s),
	        f->confirm_on_fail == FW_REVERT ? "revert" : "recovery");
}

static void describe_stages(FILE *out, const char *indent, const struct plan *p)
{
	char when[RFC3339_SIZE], share[TEXT_SIZE], soak[TEXT_SIZE];

	for (size_t i = 0; i < p->n_stages; i++) {
		const struct plan_stage *s = &p->stages[i];

		rfc3339_format(when, s->not_before_s);
		fprintf(out, "%sstage %zu: %s from %s, soaks %s", indent, i + 1,
		        text_ppm(share, s->ppm), when,
		        text_duration(soak, s->soak_s));
		for (size_t k = 0; k < s->n_cells; k++)
			fprintf(out, "; %s/%s %s", s->cells[k].cell.hw,
			        s->cells[k].cell.region,
			        text_ppm(share, s->cells[k].ppm));
		fputc('\n', out);
	}
}

static void describe_gate(FILE *out, const char *indent,
                          const struct plan_gate *g)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	fprintf(out, "%shalts above %s failing, false halt below %s\n", indent,
	        text_ppm(a, g->p0_ppm), text_ppm(b, g->alpha_ppm));
	fprintf(out, "%sholds above %s silent, false hold below %s; overdue ",
	        indent, text_ppm(a, g->p_silent_ppm),
	        text_ppm(b, g->alpha_silent_ppm));
	fprintf(out, "after %s, silent after %s\n", text_duration(a, g->soft_s),
	        text_duration(b, g->hard_s));
	fprintf(out, "%spromotes %s below %s failing at risk %s; ", indent,
	        g->promote_by_hand ? "by hand" : "by itself",
	        text_ppm(a, g->p1_ppm), text_ppm(b, g->beta_ppm));
	fprintf(out,
	        "at least %" PRId64 " confirmed, at most %" PRId64
	        " in flight\n",
	        g->min_confirmed, g->in_flight);
}

void describe_plan(FILE *out, const char *indent, const struct plan *p)
{
	char channels[LIST_SIZE], hw[LIST_SIZE], regions[LIST_SIZE];
	char when[RFC3339_SIZE], a[TEXT_SIZE];

	fprintf(out, "%s%s %s\n", indent,
	        p->kind == PLAN_INSTALL ? "installs" : "RECALLS to",
	        p->release_path);
	for (size_t i = 0; i < p->n_from; i++)
		fprintf(out, "%sfrom running %s\n", indent, p->from[i]);
	fprintf(out, "%schannels %s; hardware %s; regions %s\n", indent,
	        text_words(channels, sizeof(channels), &p->channels),
	        text_words(hw, sizeof(hw), &p->hw),
	        text_words(regions, sizeof(regions), &p->regions));
	describe_stages(out, indent, p);
	rfc3339_format(when, p->expires_s);
	fprintf(out, "%sdevices without a clock: at most %s; ends %s\n", indent,
	        text_ppm(a, p->max_ppm), when);
	if (p->offline_after_s >= 0)
		fprintf(out, "%sdevices that hear nothing for %s go on alone\n",
		        indent, text_duration(a, p->offline_after_s));
	for (size_t i = 0; i < p->n_resumes; i++)
		fprintf(out, "%sRESUMES the halted cell %s/%s\n", indent,
		        p->resumes[i].hw, p->resumes[i].region);
	if (p->n_members > 0)
		fprintf(out, "%s%zu devices named as first\n", indent,
		        p->n_members);
	describe_gate(out, indent, &p->gate);
}

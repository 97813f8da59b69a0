#include "config.h"

#include "server/devices/enrol.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/store/batches.h"
#include "server/store/devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct enrol_job {
	struct job job;
	struct enrol_call call;
	char token[DEVICE_TOKEN_SIZE];
	struct device_rec rec;
	size_t existing; /* a repeated enrolment's record */
	bool repeated;
};

void enrol_make_token(char out[DEVICE_TOKEN_SIZE], uint8_t hash[SHA256_SIZE],
                      const char *prefix, struct rng *rng)
{
	uint8_t random[32];
	char text[BASE64URL_LEN(sizeof(random)) + 1];

	rng_fill(rng, random, sizeof(random));
	base64url_encode(text, random, sizeof(random));
	(void)snprintf(out, DEVICE_TOKEN_SIZE, "%s%s", prefix, text);
	hash_sha256(hash, out, strlen(out));
}

static int check_batch(struct batch_row *b, struct fleet *f,
                       const struct wire_enrol *in, struct err *e)
{
	struct intake_batch k;
	uint8_t hash[SHA256_SIZE];

	hash_sha256(hash, in->batch_token, strlen(in->batch_token));
	if (batches_find(b, f->store, hash, e) != 0)
		return e->kind != ERR_NOT_FOUND ? -1 : intake_unknown(e);
	k = intake_batch(b);
	return intake_judge(&k, in, fleet_now_ms(f), e);
}

static struct device_row row_of(const struct enrol_job *j,
                                const struct batch_row *b)
{
	const struct wire_enrol *in = &j->call.in;
	struct device_row row = {
		.batch = b->key,
		.enrolled_ms = j->rec.enrolled_ms,
	};

	hex_encode(row.id, in->id, sizeof(in->id));
	memcpy(row.product, in->product, sizeof(in->product));
	memcpy(row.hw, in->hw, sizeof(in->hw));
	memcpy(row.region, in->region, sizeof(in->region));
	memcpy(row.channel, in->channel, sizeof(in->channel));
	memcpy(row.token_hash, j->rec.token_hash, SHA256_SIZE);
	if (in->has_key) {
		memcpy(row.public_key, in->key, sizeof(in->key));
		row.public_key_len = sizeof(in->key);
	}
	return row;
}

static int add_device(struct enrol_job *j, struct fleet *f,
                      const struct batch_row *b, struct err *e)
{
	struct device_row row = row_of(j, b);

	if (b->used >= b->quota)
		return err_code(e, ERR_FORBIDDEN, "batch_quota",
		                "enrol: batch %s holds its %" PRId64 " devices",
		                b->id, b->quota);
	if (batches_take(f->store, b->key, e) != 0)
		return -1;
	return devices_add(&j->rec.key, f->store, &row, e);
}

static enum apply_result refusal_or_failure(const struct err *e)
{
	switch (e->kind) {
	case ERR_NO_SPACE:
	case ERR_IO:
	case ERR_BUSY:
	case ERR_MEMORY:
	case ERR_INTERNAL: return APPLY_FAILED;
	case ERR_NONE:
	case ERR_INVALID:
	case ERR_USAGE:
	case ERR_UNAUTHENTICATED:
	case ERR_FORBIDDEN:
	case ERR_NOT_FOUND:
	case ERR_CONFLICT:
	case ERR_TOO_LARGE:
	case ERR_UNTRUSTED:
	case ERR_EXPIRED:
	case ERR_UNREACHABLE: return APPLY_REFUSED;
	}
	return APPLY_FAILED;
}

static int refuse_known(struct err *e)
{
	return err_code(e, ERR_CONFLICT, "enrolled",
	                "enrol: this id has checked in already");
}

static enum apply_result apply(void *ctx, struct job *job, struct err *e)
{
	struct enrol_job *j = (struct enrol_job *)job;
	struct fleet *f = ctx;
	struct device_rec known;
	struct batch_row b = {0};

	if (check_batch(&b, f, &j->call.in, e) != 0)
		return refusal_or_failure(e);
	enrol_make_token(j->token, j->rec.token_hash, "pd_", f->rng);
	j->rec.batch = (int32_t)b.key;
	j->rec.enrolled_ms = fleet_now_ms(f);
	j->repeated =
		index_by_id(&f->index, j->call.in.id, &j->existing, &known);
	if (j->repeated && known.checked_in) {
		(void)refuse_known(e);
		return APPLY_REFUSED;
	}
	if (j->repeated) {
		/* Nothing has come of it yet: who put its provisioning right
		 * within the batch's allowance is believed like the first time.
		 */
		struct device_row row = row_of(j, &b);

		if (devices_enrol_again(f->store, known.key, &row, e) != 0)
			return refusal_or_failure(e);
		return APPLY_WRITTEN;
	}
	if (b.used >= b.quota) {
		(void)err_code(e, ERR_FORBIDDEN, "batch_quota",
		               "enrol: batch %s holds its %" PRId64 " devices",
		               b.id, b.quota);
		return APPLY_REFUSED;
	}
	return add_device(j, f, &b, e) == 0 ? APPLY_WRITTEN : APPLY_FAILED;
}

static uint32_t cohort_of(struct fleet *f, const struct wire_enrol *in)
{
	struct cohort c = {0};

	memcpy(c.product, in->product, sizeof(c.product));
	memcpy(c.hw, in->hw, sizeof(c.hw));
	memcpy(c.region, in->region, sizeof(c.region));
	memcpy(c.channel, in->channel, sizeof(c.channel));
	return index_cohort(&f->index, &c);
}

static void remember(struct fleet *f, struct enrol_job *j)
{
	const struct wire_enrol *in = &j->call.in;
	struct device_rec *r;

	_Static_assert(sizeof(in->key) == sizeof(r->public_key), "ed25519");
	j->rec.cohort = cohort_of(f, in);
	j->rec.has_key = in->has_key;
	memcpy(j->rec.public_key, in->key, sizeof(in->key));
	if (j->repeated) {
		index_set_token(&f->index, j->existing, j->rec.token_hash);
		r = index_edit(&f->index, j->existing);
		r->cohort = j->rec.cohort;
		r->has_key = j->rec.has_key;
		memcpy(r->public_key, j->rec.public_key, sizeof(r->public_key));
		index_edit_end(&f->index);
		return;
	}
	memcpy(j->rec.id, in->id, sizeof(j->rec.id));
	j->rec.image = IMAGE_NONE;
	(void)index_add(&f->index, &j->rec);
}

static void landed(void *ctx, struct job *job, const struct err *e)
{
	struct enrol_job *j = (struct enrol_job *)job;
	struct fleet *f = ctx;

	if (e == NULL) {
		remember(f, j);
		fleet_note_success(f);
	} else if (job->result != APPLY_REFUSED) {
		fleet_note_failure(f, e);
	}
	j->call.answer(j->call.ctx, e == NULL ? j->token : NULL, e);
	free(j);
}

static const struct job_kind enrol_kind = {
	.name = "enrol",
	.apply = apply,
	.landed = landed,
};

/* Two enrolments of one new id must not share a batch: their device key does
 * not exist yet, so the id stands for it. */
static int64_t stand_in(const uint8_t id[16])
{
	int64_t key;

	memcpy(&key, id, sizeof(key));
	return key != 0 ? key : 1;
}

/* What memory can tell. A device that checked in stays one that did. *whose
 * is the device whose other jobs must not share a batch with this one. */
static int check_plausible(int64_t *whose, struct fleet *f,
                           const struct wire_enrol *in, struct err *e)
{
	struct device_rec known;
	size_t at;

	*whose = stand_in(in->id);
	if (intake_check(&f->intake, in, fleet_now_ms(f), e) != 0)
		return -1;
	if (!index_by_id(&f->index, in->id, &at, &known))
		return 0;
	*whose = known.key;
	return known.checked_in ? refuse_known(e) : 0;
}

int enrol_submit(struct fleet *f, const struct enrol_call *call, struct err *e)
{
	struct enrol_job *j;
	int64_t whose;

	if (check_plausible(&whose, f, &call->in, e) != 0)
		return -1;
	j = xcalloc(1, sizeof(*j));
	j->job.kind = &enrol_kind;
	j->job.device = whose;
	j->call = *call;
	if (scribe_add(&f->scribe, &j->job, e) != 0) {
		free(j);
		return -1;
	}
	return 0;
}

#include "config.h"

#include "device/boot.h"

#include <assert.h>
#include <stdio.h>

void boot_switch(struct device_state *s, int64_t tries)
{
	assert(s->slots[state_spare(s)].fill >= SLOT_READY);
	s->boot.trying = state_spare(s);
	s->boot.tries_left = tries;
	s->boot.revert_code[0] = '\0';
}

void boot_confirm(struct device_state *s)
{
	struct state_slot *slot = &s->slots[s->boot.trying];

	if (slot->counter > s->counter)
		s->counter = slot->counter;
	slot->fill = SLOT_GOOD;
	s->boot.active = s->boot.trying;
	s->boot.trying = -1;
	s->boot.tries_left = 0;
}

void boot_revert(struct device_state *s, const char *code)
{
	s->boot.trying = -1;
	s->boot.tries_left = 0;
	(void)snprintf(s->boot.revert_code, sizeof(s->boot.revert_code), "%s",
	               code);
}

/* Whole, allowed by the counter, and up. A slot that is not on trial must
 * have been confirmed once: an installed image nobody activated is no spare
 * tyre. */
static bool starts(const struct device_state *s, int slot,
                   const struct slots *slots, const struct boot_hook *hook,
                   const char **code)
{
	enum slot_fill needed = slot == s->boot.trying ? SLOT_READY : SLOT_GOOD;
	const struct state_slot *r = &s->slots[slot];

	*code = "slot_hash";
	if (r->fill < needed ||
	    slots_check(slots, slot, r->sha256, r->length, NULL) != 0)
		return false;
	*code = "counter_low";
	if (r->counter < s->counter)
		return false;
	*code = "boot_failed";
	return hook->boots == NULL || hook->boots(hook->ctx, r->sha256);
}

/* Tries the new slot until it is up or out of tries. True when it is up. */
static int run_trial(bool *up, struct records *st, const struct slots *slots,
                     const struct boot_hook *hook, struct err *e)
{
	struct device_state *s = records_state(st);
	/* Out of tries at power-on: it came up and was never confirmed. */
	const char *code = "not_confirmed";

	*up = false;
	while (s->boot.tries_left > 0) {
		/* Counted before the jump: a crash must not be free. */
		s->boot.tries_left--;
		if (records_save(st, e) != 0)
			return -1;
		*up = starts(s, s->boot.trying, slots, hook, &code);
		if (*up)
			return 0;
	}
	boot_revert(s, code);
	return records_save(st, e);
}

int boot_power_on(enum boot_outcome *out, struct records *st,
                  const struct slots *slots, const struct boot_hook *hook,
                  struct err *e)
{
	struct device_state *s = records_state(st);
	const char *code;
	bool up;

	*out = BOOT_ACTIVE;
	if (s->boot.trying >= 0) {
		if (run_trial(&up, st, slots, hook, e) != 0)
			return -1;
		*out = up ? BOOT_TRIAL : BOOT_REVERTED;
		if (up)
			return 0;
	}
	if (starts(s, s->boot.active, slots, hook, &code))
		return 0;
	if (!starts(s, state_spare(s), slots, hook, &code))
		return err_code(e, ERR_UNTRUSTED, "no_boot",
		                "slot %d: %s, and the other one does not boot "
		                "either",
		                s->boot.active, code);
	*out = BOOT_FALLBACK;
	s->boot.active = state_spare(s);
	return records_save(st, e);
}

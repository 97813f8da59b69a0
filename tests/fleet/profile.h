/*
 * Who a device of the fleet is and what befalls it, from the seed and its
 * number alone: the same seed, the same fleet. Pure.
 */
#ifndef TESTS_FLEET_PROFILE_H
#define TESTS_FLEET_PROFILE_H

#include "tests/fleet/options.h"

/* How a bad image shows itself here. */
enum profile_fault { FAULT_BOOT, FAULT_HEALTH };

struct profile {
	char id[DEVICE_ID_SIZE];
	const char *hw, *region, *channel; /* the options' */
	bool is_killed, has_low_battery;
	enum profile_fault fault;
	uint64_t seed; /* of everything else it does */
};

void profile_make(struct profile *out, const struct options *o, size_t number);

#endif

#include "config.h"

#include "tests/atomic/crashes.h"

const struct crashes_limits crashes_limits = {
	.once = {.stride = 2, .singles = 2}, .kills = 3};

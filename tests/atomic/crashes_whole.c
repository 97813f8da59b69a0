#include "config.h"

#include "tests/atomic/crashes.h"

const struct crashes_limits crashes_limits = {
	.once = {.stride = 1, .singles = 16, .chances = 4, .without = 2000},
	.kills = 1,
	.every_step = 8,
	.flushes = true,
};

/*
 * Shares on the command line: 0.02, 2% and 20000ppm say the same, 1/36 only
 * suits a weight. Strict: whole text, no sign, no blanks, no exponent, no
 * digit below one part per million.
 */
#ifndef SIM_SHARE_H
#define SIM_SHARE_H

#include "cli/cli.h"
#include "lib/rollout/words.h"

/* The option's value in parts per million, within min_ppm to max_ppm; a
 * refusal is ERR_USAGE and names the option. As it was when neither given nor
 * with a fallback. */
MUST_USE int share_ppm(int32_t *out, const struct cli *c, const char *option,
                       int32_t min_ppm, int32_t max_ppm, struct err *e);

/* Shares of cells, of an option that repeats: "10%" is everywhere,
 * "HW/REGION=10%" a cell, where "*" spans. fn is called for each, in the order
 * of the command line. */
typedef int share_cell_fn(void *ctx, const char *option,
                          const struct cell *pattern, int32_t ppm,
                          struct err *e);
MUST_USE int share_cells(const struct cli *c, const char *option,
                         share_cell_fn *fn, void *ctx, struct err *e);

/* A weight above 0 and up to 1: a share, or A/B of whole numbers. */
MUST_USE int share_weight(double *out, const struct cli *c, const char *option,
                          struct err *e);

#endif

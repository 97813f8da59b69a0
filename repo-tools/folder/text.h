/*
 * Numbers as people say them. Each fills a small caller's buffer and returns
 * it.
 */
#ifndef REPO_TOOLS_FOLDER_TEXT_H
#define REPO_TOOLS_FOLDER_TEXT_H

#include "lib/rollout/words.h"

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 32

/* 21600 → "6 h", 5400 → "90 min", 1 → "1 s": the largest unit that is
 * exact. */
const char *text_duration(char out[TEXT_SIZE], int64_t seconds);
/* 5000 → "0.5 %". */
const char *text_ppm(char out[TEXT_SIZE], int32_t ppm);
/* 1536 → "1.5 KiB". */
const char *text_bytes(char out[TEXT_SIZE], int64_t bytes);
/* "a7, b2"; cut with an ellipsis when it does not fit. */
const char *text_words(char *out, size_t size, const struct words *l);

#endif

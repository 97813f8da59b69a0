/*
 * The twelve checks of trust.md, each by its number, against a whole agent
 * and a server whose signatures are all good: what is wrong is only what the
 * check is about. Here is what their tests share: one server, one device.
 */
#ifndef TESTS_UNIT_DEVICE_CHECKS_H
#define TESTS_UNIT_DEVICE_CHECKS_H

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fake_server.h"
#include "tests/unit/device/fakes.h"

#include <stdio.h>
#include <string.h>

extern struct fake_server *f;
extern struct fake_device d;

void prepare(void);
/* Publishes what was edited; a new device looks, or the one there again. */
void look(void);
void again(void);
void end(void);

/* A file of the device. */
const char *in_device(const char *name);

void assert_updated(void);
void assert_old_image(void);
/* Nothing was asked for, and the last decision or refusal is this. */
void assert_stays(const char *code);

/* The bytes of an entry move to another role. */
void move_entry(const char *from, const char *to, const char *path);
/* Halts the device's cell in the first rule, and takes it back. */
void halt_here(void);
void lift_here(void);
/* Root gives snapshot and timestamp new keys, so their stored versions go. */
void rotate_listings(void);

#endif

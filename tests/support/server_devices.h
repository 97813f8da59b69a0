/*
 * The devices of a server under test: they enrol, check in and report.
 */
#ifndef TESTS_SUPPORT_SERVER_DEVICES_H
#define TESTS_SUPPORT_SERVER_DEVICES_H

#include "server/devices/checkin.h"
#include "server/devices/enrol.h"
#include "server/devices/report.h"
#include "tests/support/server_fixture.h"

/* A batch for everything, made once. */
int64_t server_batch(struct server *s, const char *id, const char *token,
                     int64_t quota);
/* n more devices: hw and region by turns over the plan's cells, channel
 * "production", running 2.0.0; each has checked in once. */
void server_enrol(struct server *s, size_t n);
struct wire_enrol server_enrolment(int n);
/* One by hand; 0 and s->token, or -1 and s->err. */
int server_enrol_as(struct server *s, const struct wire_enrol *in);

/* A check-in's body, fresh. */
struct wire_checkin server_body(const struct server *s, size_t device,
                                enum wire_want want);
/* 0, or -1 and s->err. */
int server_ask(struct server *s, size_t device, const struct wire_checkin *in,
               struct wire_answer *a);
int server_checkin(struct server *s, size_t device, enum wire_want want,
                   struct wire_answer *a);
struct wire_report server_report_body(struct server *s, size_t device,
                                      enum wire_step step);
int server_send(struct server *s, size_t device, const struct wire_report *in,
                struct report_answer *a);
int server_report(struct server *s, size_t device, enum wire_step step,
                  struct report_answer *a);
/* Grant, activate, and this end. */
void server_update(struct server *s, size_t device, enum wire_step end);

#endif

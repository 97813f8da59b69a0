/*
 * The publish gate: nothing becomes visible that our own client, run over the
 * very buffers that will be served, would refuse. It plays two devices: one
 * that has only ever seen root 1, and one that holds what is published now.
 * Then it looks every target up, as a client would, and asks the blob store
 * for its bytes. Of roles whose bytes, and those of all roles above them, were
 * published before, only the expiry is looked at; and of what a role listed
 * before, not whether the bytes are still stored: one changed bin of thousands
 * is one bin's work. What a file says and who signed it is found out once for
 * both; when both trust the same documents, the second looks nothing up.
 *
 * Pure but for the blob store; runs on the publisher's thread, and on the
 * scribe's for halts.
 */
#ifndef SERVER_REPO_GATE_H
#define SERVER_REPO_GATE_H

#include "server/repo/blobs.h"
#include "server/repo/view.h"

/* current may be NULL. The refusal carries the client's own words. */
MUST_USE int gate_check(const struct view *candidate,
                        const struct view *current, const struct blobs *blobs,
                        int64_t now_s, struct err *e);

/* Only the refresh and the online roles: what a re-sign or a halt changes. */
MUST_USE int gate_check_online(const struct view *candidate,
                               const struct view *current, int64_t now_s,
                               struct err *e);

/* Of what passed a gate: nothing of it has expired since. */
bool gate_is_alive(const struct view *v, int64_t now_s);

#endif

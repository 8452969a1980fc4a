/* SPDX-License-Identifier: MIT */
/*
 * Bounds how often a client may guess. Failures are counted in shared memory (lib/shm/limit.h), so
 * exactly, and on all workers together. What one counts for depends on where it comes from:
 *
 *     a known device       the account, from that device                             tries
 *     a known network      the account, from that network                            tries
 *     anywhere else        the account, from that site                               tries
 *                          the account, from all such sites together            10 × tries
 *                          the site, whatever the account                       10 × tries
 *     where one is         the session                                               tries
 *     logged in
 *
 * in each identity.password.window. Known is where the account has logged in lately: so strangers
 * keep no owner out of there, however many they are. A network is an address of IPv4 or 64 bits of
 * IPv6, a site 48 bits: as many as one customer has. Whether an account exists makes no difference.
 *
 * Each row has a share of places of its own (limit.h). In those of passwords a place costs its
 * client a hash, and makes room only where all others of its set owe more. No client can aim at a
 * set: to push out what owes `tries` takes about 32768 × tries hashes within a window, from 3277
 * sites; for the account's, ten times as many.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_THROTTLE_H
#define LEAT_WORKERS_ACCOUNTS_THROTTLE_H

#include "workers/accounts/account.h"

/* Begins to count, where the worker keeps accounts; call it after auth_open(). So many tries of the
 * configuration may fail at once; all are free again after its window. */
void throttle_open(struct worker *w);
/* Complains of rate limits of the configuration that have the name of a throttle. */
void throttle_check(struct json_object *config, struct diags *diags);

/*
 * A guess at a secret: only failures count, and those at once are counted exactly. Whoever guesses
 * more often at the same time learns nothing of the rest, even if one is right.
 *
 *     throttle_login() → hash → right: throttle_pass() → …
 *                             → wrong: throttle_fail()
 *
 * Where too many have failed, the answer was 429: throttle_login() does not call `next` then, the
 * others return false.
 */
void throttle_login(struct account *a, account_fn next); /* to a->email */
/* Begins guesses at the second factor, after the password was right: from all unknown sites
 * together there are no more than from one. */
bool throttle_code(struct account *a);
/* Begins guesses by somebody who is logged in. */
bool throttle_session(struct account *a);
/* Begins a login at a provider, which knows the account: it counts for the site alone. */
bool throttle_provider(struct account *a);
bool throttle_pass(struct account *a);
/* Counts a failure. */
bool throttle_fail(struct account *a);

/* Counts each time, for letters to a->email and the like; `what` tells their kinds apart. Calls
 * `next` unless the answer was 429. */
void throttle_request(struct account *a, const char *what, account_fn next);

#endif

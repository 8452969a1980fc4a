/* SPDX-License-Identifier: MIT */
/*
 * Limits how often a client may guess. Failures are counted in shared memory (lib/shm/limit.h),
 * thus exactly and across all workers. What a failure counts against depends on where it comes
 * from:
 *
 *     a known device       the account, from that device                             tries
 *     a known network      the account, from that network                            tries
 *     anywhere else        the account, from that site                               tries
 *                          the account, from all such sites together            10 × tries
 *                          the site, whatever the account                       10 × tries
 *     a client that is     the session                                               tries
 *     logged in
 *
 * in each identity.password.window. A place is known if the account has logged in from there
 * lately, so that strangers, however many, cannot lock the owner out there. A network is an IPv4
 * address or 64 bits of IPv6, a site 48 bits: as many as one customer has. Whether an account
 * exists makes no difference.
 *
 * Each row has its own share of entries (limit.h). In the rows of passwords an entry costs its
 * client a hash, and is replaced only when all others of its set owe more. No client can choose its
 * set: displacing an entry that owes `tries` takes about 32768 × tries hashes within a window, from
 * 3277 sites; for the account's row, ten times as many.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_THROTTLE_H
#define LEAT_WORKERS_ACCOUNTS_THROTTLE_H

#include "workers/accounts/account.h"

/* Starts counting, if the worker keeps accounts; call it after auth_open(). The configured number
 * of tries may fail at once; all are allowed again after the window. */
void throttle_open(struct worker *w);
/* Reports rate limits of the configuration that have the name of a throttle. */
void throttle_check(struct json_object *config, struct diags *diags);

/*
 * Begins a guess at a secret. Only failures count, and concurrent ones are counted exactly: a
 * client that sends more guesses at once than allowed learns nothing from the excess ones, even if
 * one of them is right.
 *
 *     throttle_login() → hash → right: throttle_pass() → …
 *                             → wrong: throttle_fail()
 *
 * After too many failures the answer is 429: throttle_login() does not call `next` then, the others
 * return false.
 */
void throttle_login(struct account *a, account_fn next); /* for a->email */
/* Begins a guess at the second factor, after the password was right. All unknown sites together get
 * no more tries than one. */
bool throttle_code(struct account *a);
/* Begins a guess by a client that is logged in. */
bool throttle_session(struct account *a);
/* Begins a login at a provider; only the site counts, because the provider knows the account. */
bool throttle_provider(struct account *a);
bool throttle_pass(struct account *a);
/* Counts a failure. */
bool throttle_fail(struct account *a);

/* Counts every request, not just failures, such as those that send mail to a->email; `what` names
 * the kind. Calls `next` unless the answer was 429. */
void throttle_request(struct account *a, const char *what, account_fn next);

#endif

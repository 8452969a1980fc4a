/* SPDX-License-Identifier: MIT */
/*
 * Knows where an account has logged in lately: networks, which the table _leat_remembered keeps,
 * and devices, which keep a cookie (lib/auth/secret/device.h). A network is kept by a keyed hash of
 * it and the address of the account, so that the question is the same, and takes as long, for an
 * account that does not exist.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_KNOWN_PLACES_H
#define LEAT_WORKERS_ACCOUNTS_KNOWN_PLACES_H

#include "workers/accounts/account.h"

/* Sets a->place to what a->email is known from, "device …" or a network, or to NULL; then calls
 * `next`. */
void known_find(struct account *a, account_fn next);
/* Adds to STORE_START_SESSION that the account is known from here. */
void known_add_network(struct account *a, const char *email);
/* Makes the browser a known device, with the answer. */
void known_set_device(struct account *a, const char *email);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Remembers where an account has logged in lately: networks, in the table _leat_remembered, and
 * devices, which keep a cookie (lib/auth/secret/device.h). A network is stored as a keyed hash of
 * itself and the account's address, so that the query is the same, and takes as long, for an
 * account that does not exist.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_KNOWN_PLACES_H
#define LEAT_WORKERS_ACCOUNTS_KNOWN_PLACES_H

#include "workers/accounts/account.h"

/* Sets a->place to the known device ("device …") or network of a->email, or to NULL; then calls
 * `next`. */
void known_places_find(struct account *a, account_fn next);
/* Adds to STORE_START_SESSION that the account is known from this network. */
void known_places_add_network(struct account *a, const char *email);
/* Makes the browser a known device, by a cookie in the answer. Without TLS it would not keep the
 * cookie, which is for HTTPS only, unless a trusted proxy has taken the TLS off. */
void known_places_set_device(struct account *a, const char *email);

#endif

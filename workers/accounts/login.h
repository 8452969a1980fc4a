/* SPDX-License-Identifier: MIT */
/* Starts the session at the end of every login, by password or provider. */
#ifndef LEAT_WORKERS_ACCOUNTS_LOGIN_H
#define LEAT_WORKERS_ACCOUNTS_LOGIN_H

#include "workers/accounts/account.h"

/* Makes the session of a->user ({"id", "roles"}) and its secrets, for a cookie or as tokens.
 * Nothing is written. */
void login_make(struct account *a);
/* The same, and prepares the answer that tells of them (account_prepare()). Returns false after a
 * refusal. */
bool login_prepare(struct account *a);
/* Writes the session that was made, by a->method ("password", or a provider's name), and calls
 * `next`, which answers. `new_hash` (may be NULL) replaces the user's. */
void login_start(struct account *a, const char *new_hash, account_fn next);
/* Sets the session cookie, or clears it (`secret` NULL). */
void login_set_cookie(struct account *a, const char *secret);
/* Sets the cookies of the session that was written, if it is one with a cookie. */
void login_set_cookies(struct account *a);
/* Returns the tokens of a session, made at `at_s`. The caller's; NULL if no key can sign. */
struct json_object *login_tokens(struct account *a, const char *user_id, const char *roles,
                                 const char *session, const char *refresh, int64_t at_s);
/* Returns a text that tells clients apart, to recognize a refresh that the same client repeats. In
 * the arena. */
const char *login_client(struct account *a);

#endif

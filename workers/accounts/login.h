/* SPDX-License-Identifier: MIT */
/* The end of every login, by password or provider: a session begins. */
#ifndef LEAT_WORKERS_ACCOUNTS_LOGIN_H
#define LEAT_WORKERS_ACCOUNTS_LOGIN_H

#include "workers/accounts/account.h"

/* Starts a session of a->user ({"id", "roles"}) by a->method ("password", a provider's name), with
 * a cookie or with tokens, and calls `next`, which answers. `new_hash` (may be NULL) replaces the
 * user's. */
void login_start(struct account *a, const char *new_hash, account_fn next);
/* Sets the cookie, or clears it (`secret` NULL). */
void login_set_cookie(struct account *a, const char *secret);
/* The body of a login: tokens, or what goes with the cookie. The caller's. */
struct json_object *login_answer(struct account *a);
/* The tokens of a session: `at_s` is when they were made. The caller's; NULL where no key signs. */
struct json_object *login_tokens(struct account *a, const char *user_id, const char *roles,
                                 const char *session, const char *refresh, int64_t at_s);
/* Tells clients apart, for the answer to a refresh that came twice. In the arena. */
const char *login_client(struct account *a);

#endif

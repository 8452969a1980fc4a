/* SPDX-License-Identifier: MIT */
/* Decides which cookie carries the sessions of logins. */
#ifndef LEAT_WORKERS_IDENTITY_SESSION_COOKIE_H
#define LEAT_WORKERS_IDENTITY_SESSION_COOKIE_H

#include <json-c/json.h>

#include "lib/api/operation/operation.h"

/* Returns true if a login of the API can set a cookie. */
bool session_cookie_is_set(const struct api *api, struct json_object *config);
/* Returns true if an operation takes the cookie. */
bool session_cookie_is_taken(const struct api *api, const char *name);
/* Returns the name of the cookie that logins set and that opens sessions: identity.session.cookie.
 * If no operation takes that one, and all cookies that operations take have one other name, it is
 * the other, because clients know the documents. Borrowed from `api` or `config`. */
const char *session_cookie_name(const struct api *api, struct json_object *config);

#endif

/* SPDX-License-Identifier: MIT */
#include "workers/layers/csrf.h"

#include "lib/auth/secret/digest.h"
#include "lib/auth/secret/bearer_secret.h"
#include "workers/identity/auth.h"
#include "workers/http/http.h"

/* Returns whether it is our own origin, as the client sees it, or a configured one. */
static bool is_known_origin(struct request *r, struct slice origin)
{
    struct json_object *list = r->worker->auth->origins;
    const char *own =
        arena_printf(&r->arena, "%s://%.*s", r->scheme, (int)r->host.len, r->host.data);

    if (slice_is_nocase(origin, own))
        return true;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (slice_is(origin, json_object_get_string(json_object_array_get_idx(list, i))))
            return true;
    return false;
}

static bool has_token(struct request *r, const struct identity *session)
{
    struct slice sent = http_header(r, "x-csrf-token");
    const char *stored = session->csrf_hash;
    char hash[BEARER_SECRET_HASH];

    if (!sent.len || !stored || strlen(stored) != sizeof(hash) - 1)
        return false;
    bearer_secret_hash(sent, hash);
    return digest_is_equal(hash, stored, sizeof(hash) - 1);
}

bool csrf_is_safe(struct request *r, const struct identity *session)
{
    struct slice site = http_header(r, "sec-fetch-site"), origin = http_header(r, "origin");

    if (method_is_safe(r->method))
        return true;
    if (slice_is(site, "same-origin"))
        return true;
    if (origin.len)
        return is_known_origin(r, origin);
    return !site.len && (!session || has_token(r, session));
}

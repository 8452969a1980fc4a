/* SPDX-License-Identifier: MIT */
/* auth.jwks publishes the public keys of this server (RFC 7517, 5). */
#include "lib/auth/jose/issuers.h"
#include "workers/accounts/account_builtins.h"
#include "workers/identity/auth.h"
#include "workers/request/answer.h"
#include "workers/request/reply.h"

enum flow builtin_jwks(struct request *r)
{
    const struct keyset *keys = r->worker->auth->issuers.list[0].keys;
    struct json_object *out = keys ? keyset_public(keys) : json_object_new_object();

    if (!keys)
        json_object_object_add(out, "keys", json_object_new_array());
    reply_header(r, "cache-control", SLICE_LIT("public, max-age=300"));
    answer_value(r, out);
    return FLOW_DONE;
}

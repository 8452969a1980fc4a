/* SPDX-License-Identifier: MIT */
#include "lib/core/log.h"
#include "workers/identity/authentication.h"
#include "workers/identity/challenge.h"
#include "workers/layers/layers.h"

static void release_authentication(void *arg)
{
    authentication_fini(arg);
}

/* Names the caller that limits count for: the first identity found. */
static void name_caller(struct request *r, const struct authentication *a)
{
    for (size_t i = 0; i < r->op->security.scheme_count; i++) {
        const struct identity *who = a->found[i];

        if (who && who->subject && !r->subject.data)
            r->subject = slice_of(who->subject);
        if (who && who->kind == IDENTITY_API_KEY && !r->api_key.data)
            r->api_key = slice_of(who->id);
    }
}

enum flow layer_identify(struct request *r)
{
    struct authentication *a = r->authentication;

    if (!r->op->security.scheme_count)
        return FLOW_NEXT; /* public: credentials do not matter */
    if (!a) {
        a = r->authentication = arena_zalloc(&r->arena, sizeof(*a));
        arena_defer(&r->arena, release_authentication, a);
    }
    for (; a->at < r->op->security.scheme_count; a->at++)
        if (authenticate(r, a) == LATER)
            return FLOW_WAIT; /* this layer is entered again */
    name_caller(r, a);
    if (a->err != OK)
        return flow_fail(r, a->err);
    if (!a->fault)
        return FLOW_NEXT;
    log_info("auth.refused", "operation=%s credential=\"%s\" client=%s id=%s", r->op->id, a->fault,
             r->client, r->id);
    return challenge(r, ERR_BAD_CREDENTIAL, NULL);
}

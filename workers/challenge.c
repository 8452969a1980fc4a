/* SPDX-License-Identifier: MIT */
#include "workers/challenge.h"

#include "workers/reply.h"

/* RFC 6750, 3.1. */
static const char *error_code(enum err err)
{
    return err == ERR_BAD_CREDENTIAL ? ", error=\"invalid_token\""
           : err == ERR_LITTLE_SCOPE ? ", error=\"insufficient_scope\""
                                     : "";
}

/* Each scheme of HTTP once; keys in headers of their own and cookies have none. */
static const char *challenges(struct request *r, enum err err, const char *scope)
{
    const struct security *s = &r->op->security;
    unsigned seen = 0;
    const char *out = "";

    for (size_t i = 0; i < s->scheme_count; i++) {
        enum scheme_kind kind = s->schemes[i]->kind;

        if ((kind != SCHEME_BEARER && kind != SCHEME_BASIC) || seen & 1u << kind)
            continue;
        seen |= 1u << kind;
        out = arena_printf(&r->arena, "%s%s%s realm=\"%s\"", out, *out ? ", " : "",
                           kind == SCHEME_BEARER ? "Bearer" : "Basic",
                           *r->op->mount ? r->op->mount : "/");
        if (kind == SCHEME_BEARER)
            out = arena_printf(&r->arena, "%s%s", out, error_code(err));
        if (kind == SCHEME_BEARER && scope)
            out = arena_printf(&r->arena, "%s, scope=\"%s\"", out, scope);
    }
    return out;
}

enum flow challenge(struct request *r, enum err err, const char *scope)
{
    const char *value = challenges(r, err, scope);

    if (*value)
        reply_header(r, "www-authenticate", slice_of(value));
    return pipeline_fail(r, err);
}

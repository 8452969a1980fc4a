/* SPDX-License-Identifier: MIT */
#include "workers/identity/challenge.h"

#include "workers/request/reply.h"

/* Returns the error parameter of a Bearer challenge (RFC 6750, 3.1). */
static const char *error_code(enum err err)
{
    return err == ERR_BAD_CREDENTIAL       ? ", error=\"invalid_token\""
           : err == ERR_INSUFFICIENT_SCOPE ? ", error=\"insufficient_scope\""
                                           : "";
}

static const char *realm(const struct request *r)
{
    return *r->op->mount ? r->op->mount : "/";
}

/* Builds a challenge for each HTTP authentication scheme of the operation, once. */
static const char *registered(struct request *r, enum err err, const char *scope)
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
                           kind == SCHEME_BEARER ? "Bearer" : "Basic", realm(r));
        if (kind == SCHEME_BEARER)
            out = arena_printf(&r->arena, "%s%s", out, error_code(err));
        if (kind == SCHEME_BEARER && scope)
            out = arena_printf(&r->arena, "%s, scope=\"%s\"", out, scope);
    }
    return out;
}

/* Builds a challenge for credentials without an HTTP scheme: API keys in headers of their own,
 * cookies and certificates. A 401 must have one (RFC 9110, 15.5.2). */
static const char *unregistered(struct request *r)
{
    static const char *const formats[] = {
        [SCHEME_HEADER] = "ApiKey realm=\"%s\", header=\"%s\"",
        [SCHEME_COOKIE] = "Cookie realm=\"%s\", cookie-name=\"%s\"",
        [SCHEME_TLS] = "Certificate realm=\"%s\"",
    };
    const struct scheme *first = r->op->security.schemes[0];

    return arena_printf(&r->arena, formats[first->kind], realm(r), first->key);
}

void challenge_add(struct request *r, enum err err, const char *scope)
{
    const char *value = registered(r, err, scope);

    if (!*value && err_status(err) == 401)
        value = r->op->security.scheme_count
                    ? unregistered(r)
                    : arena_printf(&r->arena, "Bearer realm=\"%s\"", realm(r));
    if (*value)
        reply_header(r, "www-authenticate", slice_of(value));
}

enum flow challenge(struct request *r, enum err err, const char *scope)
{
    challenge_add(r, err, scope);
    return flow_fail(r, err);
}

/* SPDX-License-Identifier: MIT */
/* Requires that one alternative of the operation's security is met, by identities found before. */
#include "lib/core/log.h"
#include "workers/identity/authentication.h"
#include "workers/identity/challenge.h"
#include "workers/layers/csrf.h"
#include "workers/layers/layers.h"

enum met { MET, INSUFFICIENT_SCOPE, UNKNOWN };

static bool has_scopes(const struct identity *who, const struct requirement *q)
{
    for (size_t i = 0; i < q->scope_count; i++)
        if (!identity_has_scope(who, q->scopes[i]))
            return false;
    return true;
}

static enum met meet(const struct request *r, const struct way *way)
{
    const struct authentication *a = r->authentication;
    enum met met = MET;

    for (size_t i = 0; i < way->count; i++) {
        const struct requirement *q = &way->requirements[i];
        const struct identity *who = q->scheme < SECURITY_SCHEMES_MAX ? a->found[q->scheme] : NULL;

        if (!who)
            return UNKNOWN;
        if (!has_scopes(who, q))
            met = INSUFFICIENT_SCOPE;
    }
    return met;
}

/* Returns whether browsers send all of its credentials by themselves, for pages of other sites
 * too. */
static bool is_ambient(const struct request *r, const struct way *way)
{
    bool is = way->count > 0;

    for (size_t i = 0; i < way->count; i++) {
        enum scheme_kind kind = r->op->security.schemes[way->requirements[i].scheme]->kind;

        is = is && kind != SCHEME_BEARER && kind != SCHEME_HEADER;
    }
    return is;
}

static const struct identity *session_of(const struct request *r, const struct way *way)
{
    for (size_t i = 0; i < way->count; i++) {
        const struct identity *who = r->authentication->found[way->requirements[i].scheme];

        if (who->kind == IDENTITY_SESSION)
            return who;
    }
    return NULL;
}

/* Makes the identity of the alternative's first scheme the caller. */
static enum flow admit(struct request *r, const struct way *way)
{
    r->identity = way->count ? r->authentication->found[way->requirements[0].scheme] : NULL;
    r->subject = r->identity ? slice_of(r->identity->subject) : (struct slice){NULL, 0};
    if (is_ambient(r, way) && !csrf_is_safe(r, session_of(r, way))) {
        log_warn("security.csrf", "operation=%s sub=%s client=%s id=%s", r->op->id,
                 r->identity->subject, r->client, r->id);
        return flow_fail(r, ERR_CSRF);
    }
    return FLOW_NEXT;
}

/* Returns the alternative that is met. One that needs no credential is taken last, so that a caller
 * with a credential does not count as anonymous. NULL: none is met, and *nearest is the one that
 * lacks only scopes, or NULL. */
static const struct way *choose(const struct request *r, const struct way **nearest)
{
    const struct security *s = &r->op->security;
    const struct way *nobody = NULL;

    for (size_t i = 0; i < s->way_count; i++) {
        enum met met;

        if (!s->ways[i].count) {
            nobody = &s->ways[i];
            continue;
        }
        met = meet(r, &s->ways[i]);
        if (met == MET)
            return &s->ways[i];
        if (met == INSUFFICIENT_SCOPE && !*nearest)
            *nearest = &s->ways[i];
    }
    return nobody;
}

/* Lists all scopes that the alternative requires (RFC 6750, 3). */
static const char *scopes_of(struct request *r, const struct way *way)
{
    const char *out = "";

    for (size_t i = 0; i < way->count; i++)
        for (size_t k = 0; k < way->requirements[i].scope_count; k++)
            out = arena_printf(&r->arena, "%s%s%s", out, *out ? " " : "",
                               way->requirements[i].scopes[k]);
    return out;
}

enum flow layer_authorize(struct request *r)
{
    const struct way *way, *nearest = NULL;

    if (!r->op->security.scheme_count)
        return FLOW_NEXT;
    way = choose(r, &nearest);
    if (way)
        return admit(r, way);
    return nearest ? challenge(r, ERR_INSUFFICIENT_SCOPE, scopes_of(r, nearest))
                   : challenge(r, ERR_UNAUTHENTICATED, NULL);
}

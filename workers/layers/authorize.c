/* SPDX-License-Identifier: MIT */
/* Requires that one alternative of the operation's security is met, by identities found before. */
#include "lib/core/log.h"
#include "workers/identity/authentication.h"
#include "workers/identity/challenge.h"
#include "workers/layers/csrf.h"
#include "workers/layers/layers.h"

enum verdict { SATISFIED, INSUFFICIENT_SCOPE, UNSATISFIED };

static bool has_scopes(const struct identity *who, const struct requirement *q)
{
    for (size_t i = 0; i < q->scope_count; i++)
        if (!identity_has_scope(who, q->scopes[i]))
            return false;
    return true;
}

static enum verdict judge_alternative(const struct request *r,
                                      const struct alternative *alternative)
{
    const struct authentication *a = r->authentication;
    enum verdict verdict = SATISFIED;

    for (size_t i = 0; i < alternative->count; i++) {
        const struct requirement *q = &alternative->requirements[i];
        const struct identity *who = q->scheme < SECURITY_SCHEMES_MAX ? a->found[q->scheme] : NULL;

        if (!who)
            return UNSATISFIED;
        if (!has_scopes(who, q))
            verdict = INSUFFICIENT_SCOPE;
    }
    return verdict;
}

/* Returns whether browsers send all of its credentials by themselves, for pages of other sites
 * too. */
static bool is_ambient(const struct request *r, const struct alternative *alternative)
{
    bool is = alternative->count > 0;

    for (size_t i = 0; i < alternative->count; i++) {
        enum scheme_kind kind = r->op->security.schemes[alternative->requirements[i].scheme]->kind;

        is = is && kind != SCHEME_BEARER && kind != SCHEME_HEADER;
    }
    return is;
}

static const struct identity *session_of(const struct request *r,
                                         const struct alternative *alternative)
{
    for (size_t i = 0; i < alternative->count; i++) {
        const struct identity *who = r->authentication->found[alternative->requirements[i].scheme];

        if (who->kind == IDENTITY_SESSION)
            return who;
    }
    return NULL;
}

/* Makes the identity of the alternative's first scheme the caller. */
static enum flow admit(struct request *r, const struct alternative *alternative)
{
    r->identity =
        alternative->count ? r->authentication->found[alternative->requirements[0].scheme] : NULL;
    r->subject = r->identity ? slice_of(r->identity->subject) : (struct slice){NULL, 0};
    if (is_ambient(r, alternative) && !csrf_is_safe(r, session_of(r, alternative))) {
        log_warn("security.csrf", "operation=%s sub=%s client=%s id=%s", r->op->id,
                 r->identity->subject, r->client, r->id);
        return flow_fail(r, ERR_CSRF);
    }
    return FLOW_NEXT;
}

/* Returns the alternative that is met. One that needs no credential is taken last, so that a caller
 * with a credential does not count as anonymous. NULL: none is met, and *nearest is the one that
 * lacks only scopes, or NULL. */
static const struct alternative *choose_alternative(const struct request *r,
                                                    const struct alternative **nearest)
{
    const struct security *s = &r->op->security;
    const struct alternative *nobody = NULL;

    for (size_t i = 0; i < s->alternative_count; i++) {
        enum verdict verdict;

        if (!s->alternatives[i].count) {
            nobody = &s->alternatives[i];
            continue;
        }
        verdict = judge_alternative(r, &s->alternatives[i]);
        if (verdict == SATISFIED)
            return &s->alternatives[i];
        if (verdict == INSUFFICIENT_SCOPE && !*nearest)
            *nearest = &s->alternatives[i];
    }
    return nobody;
}

/* Lists all scopes that the alternative requires (RFC 6750, 3). */
static const char *scopes_of(struct request *r, const struct alternative *alternative)
{
    const char *out = "";

    for (size_t i = 0; i < alternative->count; i++)
        for (size_t k = 0; k < alternative->requirements[i].scope_count; k++)
            out = arena_printf(&r->arena, "%s%s%s", out, *out ? " " : "",
                               alternative->requirements[i].scopes[k]);
    return out;
}

enum flow layer_authorize(struct request *r)
{
    const struct alternative *alternative, *nearest = NULL;

    if (!r->op->security.scheme_count)
        return FLOW_NEXT;
    alternative = choose_alternative(r, &nearest);
    if (alternative)
        return admit(r, alternative);
    return nearest ? challenge(r, ERR_INSUFFICIENT_SCOPE, scopes_of(r, nearest))
                   : challenge(r, ERR_UNAUTHENTICATED, NULL);
}

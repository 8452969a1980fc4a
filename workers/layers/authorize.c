/* SPDX-License-Identifier: MIT */
/* One way of the operation's security must be met, by identities that were found before. */
#include "lib/core/log.h"
#include "workers/authentication.h"
#include "workers/challenge.h"
#include "workers/csrf.h"
#include "workers/layers/layers.h"

enum met { MET, LITTLE_SCOPE, UNKNOWN };

/* A certificate has no scopes: those that a way names for it are not asked for. */
static bool has_scopes(const struct identity *who, const struct requirement *q,
                       const char **missing)
{
    for (size_t i = 0; who->kind != IDENTITY_CERTIFICATE && i < q->scope_count; i++) {
        *missing = q->scopes[i];
        if (!identity_has_scope(who, q->scopes[i]))
            return false;
    }
    return true;
}

static enum met meet(const struct request *r, const struct way *way, const char **missing)
{
    const struct authentication *a = r->authentication;
    enum met met = MET;

    for (size_t i = 0; i < way->count; i++) {
        const struct requirement *q = &way->requirements[i];
        const struct identity *who = q->scheme < SECURITY_SCHEMES_MAX ? a->found[q->scheme] : NULL;

        if (!who)
            return UNKNOWN;
        if (!has_scopes(who, q, missing))
            met = LITTLE_SCOPE;
    }
    return met;
}

/* The caller is whom the way's first scheme names. */
static enum flow admit(struct request *r, const struct way *way)
{
    r->identity = way->count ? r->authentication->found[way->requirements[0].scheme] : NULL;
    r->subject = r->identity ? slice_of(r->identity->subject) : (struct slice){NULL, 0};
    if (r->identity && r->identity->kind == IDENTITY_SESSION && !csrf_is_safe(r)) {
        log_warn("security.csrf", "operation=%s sub=%s client=%s id=%s", r->op->id,
                 r->identity->subject, r->client, r->id);
        return pipeline_fail(r, ERR_CSRF);
    }
    return FLOW_NEXT;
}

/* The way that is met; who shows a credential is not taken for nobody, where that is one. NULL:
 * none is, and *best says how near the nearest was. */
static const struct way *choose(const struct request *r, enum met *best, const char **missing)
{
    const struct security *s = &r->op->security;
    const struct way *nobody = NULL;

    for (size_t i = 0; i < s->way_count; i++) {
        enum met met;

        if (!s->ways[i].count) {
            nobody = &s->ways[i];
            continue;
        }
        met = meet(r, &s->ways[i], missing);
        if (met == MET)
            return &s->ways[i];
        *best = met < *best ? met : *best;
    }
    return nobody;
}

enum flow layer_authorize(struct request *r)
{
    const char *missing = NULL;
    enum met best = UNKNOWN;
    const struct way *way;

    if (!r->op->security.scheme_count)
        return FLOW_NEXT;
    way = choose(r, &best, &missing);
    if (way)
        return admit(r, way);
    return best == LITTLE_SCOPE ? challenge(r, ERR_LITTLE_SCOPE, missing)
                                : challenge(r, ERR_UNIDENTIFIED, NULL);
}

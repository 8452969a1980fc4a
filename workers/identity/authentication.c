/* SPDX-License-Identifier: MIT */
/*
 * Finds the identity of one scheme after the other (a->at counts them). Each look-up ends in one of
 * three ways: at once with an identity, at once without one, or later. In the last case the layer
 * returns FLOW_WAIT, and credential_resume() runs the pipeline again at the next scheme. What the
 * database said is cached together with the epoch of the account from before the question: a
 * revocation that happens while the question runs advances the epoch, so that the answer is not
 * believed afterwards.
 */
#include "workers/identity/authentication.h"

#include <assert.h>

#include "lib/core/log.h"
#include "lib/core/log_repeat.h"
#include "lib/core/memory.h"
#include "lib/core/text/cookie.h"
#include "lib/shm/epoch.h"
#include "workers/identity/auth.h"
#include "workers/identity/credential.h"
#include "workers/http/http.h"
#include "workers/request/flow.h"

/* The time for which a cached answer is used. Changes by other programs advance no epoch, so the
 * database is asked again after this time. */
enum { ASK_AGAIN_S = 60 };

struct slice authentication_cookie(struct request *r, const char *name)
{
    return cookie_find(http_header_list(r, "cookie"), name);
}

struct slice credential_authorization(struct request *r, const char *scheme)
{
    struct slice value = http_header_list(r, "authorization"), name = slice_cut(&value, ' ');

    return slice_is_nocase(name, scheme) ? slice_trim(value) : (struct slice){NULL, 0};
}

/* --- what was found --- */

bool credential_is_fresh(const struct request *r, const struct identity *who)
{
    return !who->is_asked || (epoch_is(r->worker->shm, who->place, who->epoch) &&
                              auth_now() < who->asked_s + ASK_AGAIN_S);
}

struct identity *credential_cached(struct request *r, struct authentication *a,
                                   enum identity_kind kind)
{
    credential_cache_digest(kind, a->secret, a->digest);
    return credential_cache_find(&r->worker->auth->cache, a->digest, auth_now());
}

void credential_found(struct authentication *a, struct identity *who)
{
    a->found[a->at] = who;
}

void credential_refuse(struct request *r, struct authentication *a, const char *fault)
{
    if (r->op->security.schemes[a->at]->kind != SCHEME_COOKIE)
        a->fault = fault;
}

void authentication_fini(struct authentication *a)
{
    for (size_t i = 0; i < SECURITY_SCHEMES_MAX; i++)
        identity_unref(&a->found[i]);
    identity_unref(&a->verified);
    jwks_leave(&a->keys);
}

/* --- the database --- */

enum completion credential_ask(struct request *r, struct authentication *a,
                               void (*done)(struct db_job *job))
{
    uint64_t deadline_ns = r->started_ns + r->worker->timeouts.request_ns;

    a->since = epoch_begin(r->worker->shm);
    return store_submit(&a->call, r->worker->db, deadline_ns, done, r);
}

/* Records when, and in which epoch of the account, the database gave the answer. */
static void date(struct request *r, const struct authentication *a, struct identity *who)
{
    assert(who->subject);
    who->is_asked = true;
    who->place = epoch_place(r->worker->shm, who->subject);
    who->epoch = epoch_end(r->worker->shm, who->place, a->since);
    who->asked_s = auth_now();
}

void credential_settle(struct request *r, struct authentication *a, struct identity *who,
                       int64_t until_s, const char *fault)
{
    static struct log_repeat failed = {.event = "auth.lookup"};

    if (a->call.job.err != OK && a->call.job.err != ERR_NOT_FOUND) {
        log_repeated(&failed, "cause=\"%s\" id=%s", a->call.job.cause, r->id);
        a->err = err_status(a->call.job.err) >= 500 ? a->call.job.err : ERR_INTERNAL;
        identity_unref(&who);
    } else if (who) {
        date(r, a, who);
        credential_cache_keep(&r->worker->auth->cache, a->digest, who, until_s);
        credential_found(a, who);
    } else {
        credential_cache_drop(&r->worker->auth->cache, a->digest);
        credential_refuse(r, a, fault);
    }
    store_fini(&a->call);
}

void credential_resume(struct request *r)
{
    r->authentication->at++;
    flow_run(r);
}

/* --- by scheme --- */

static enum completion take_certificate(struct request *r, struct authentication *a)
{
    struct identity *who;

    if (!r->tls_subject)
        return DONE;
    who = identity_new(IDENTITY_CERTIFICATE);
    who->subject = xstrdup(r->tls_subject);
    credential_found(a, who);
    return DONE;
}

/* Takes an API key from a header. Authorization is an API key only without a scheme in front. */
static enum completion take_header(struct request *r, struct authentication *a, const char *name)
{
    a->secret = http_header_list(r, name);
    if (!a->secret.data ||
        (strcmp(name, "authorization") == 0 && memchr(a->secret.data, ' ', a->secret.len)))
        return DONE;
    return credential_take_api_key(r, a, (struct slice){NULL, 0});
}

static enum completion take_cookie(struct request *r, struct authentication *a, const char *name)
{
    a->secret = authentication_cookie(r, name);
    if (!a->secret.data)
        return DONE;
    return strcmp(name, r->worker->auth->cookie) == 0
               ? credential_take_session(r, a)
               : credential_take_api_key(r, a, (struct slice){NULL, 0});
}

enum completion authenticate(struct request *r, struct authentication *a)
{
    const struct scheme *scheme = r->op->security.schemes[a->at];

    if (scheme_has_rows(scheme) && !r->worker->auth->has_accounts)
        return DONE; /* only where nothing answers, see auth_needs_accounts() */
    switch (scheme->kind) {
    case SCHEME_BEARER:
        return credential_take_token(r, a);
    case SCHEME_BASIC:
        return credential_take_basic(r, a);
    case SCHEME_HEADER:
        return take_header(r, a, scheme->key);
    case SCHEME_COOKIE:
        return take_cookie(r, a, scheme->key);
    case SCHEME_TLS:
        return take_certificate(r, a);
    }
    return DONE;
}

/* SPDX-License-Identifier: MIT */
/*
 * Authenticates by access tokens. A token of this server belongs to a session, which may end before
 * the token expires: its row is read when a worker first sees the token, and again after something
 * of its account was revoked. The signature is verified once, for as long as the cache keeps the
 * result.
 */
#include "workers/identity/auth.h"
#include "workers/identity/credential.h"
#include "workers/request/flow.h"

/* The keys have arrived, or not; the pipeline looks at the token again. */
static void on_keys(void *arg)
{
    flow_run(arg);
}

static enum completion await_keys(struct request *r, struct authentication *a,
                                  const struct issuer *lacking)
{
    a->keys = (struct jwks_waiter){.fn = on_keys, .arg = r};
    return jwks_wait(r->worker, lacking, &a->keys);
}

/* Ends the request with 503 if the key of its token is not available now: the token may be
 * valid. */
static bool is_unknowable(struct request *r, struct authentication *a, const struct issuer *lacking)
{
    unsigned seconds = lacking ? jwks_missing_s(r->worker, lacking) : 0;

    if (!seconds)
        return false;
    shm_count(r->worker->slot, COUNT_REFUSED_KEYS, 1);
    r->job.retry_after_s = seconds;
    a->err = ERR_ISSUER_KEYS;
    return true;
}

static int64_t end_of(const struct request *r, const struct identity *who)
{
    return who->expires_s + r->worker->auth->issuers.leeway_s;
}

static void settle_session(struct request *r)
{
    struct authentication *a = r->authentication;
    struct identity *who = a->verified;

    a->verified = NULL;
    if (a->call.job.err == ERR_NOT_FOUND)
        identity_unref(&who);
    credential_settle(r, a, who, who ? end_of(r, who) : 0, "was revoked");
}

static void on_session(struct db_job *job)
{
    settle_session(job->data);
    credential_resume(job->data);
}

/* Looks up the session of a verified token. Takes the reference. */
static enum completion ask_session(struct request *r, struct authentication *a,
                                   struct identity *who)
{
    a->verified = who;
    store_begin(&a->call, &r->worker->auth->store, STORE_TOKEN_SESSION);
    store_text(&a->call, "id", who->id);
    store_text(&a->call, "user_id", who->subject);
    if (credential_ask(r, a, on_session) == LATER)
        return LATER;
    settle_session(r);
    return DONE;
}

/* Accepts a token whose signature is valid. A server without accounts has no sessions to check.
 * Takes the reference. */
static enum completion take_verified(struct request *r, struct authentication *a,
                                     struct identity *who)
{
    if (who->id && r->worker->auth->has_accounts)
        return ask_session(r, a, who);
    credential_cache_keep(&r->worker->auth->cache, a->digest, who, end_of(r, who));
    credential_found(a, who);
    return DONE;
}

enum completion credential_take_token(struct request *r, struct authentication *a)
{
    const struct issuer *lacking;
    struct identity *who;
    struct fault fault;

    a->secret = credential_authorization(r, "bearer");
    if (!a->secret.data)
        return DONE;
    who = credential_cached(r, a, IDENTITY_TOKEN);
    if (who) {
        identity_ref(who);
        if (!credential_is_fresh(r, who))
            return take_verified(r, a, who);
        credential_found(a, who);
        return DONE;
    }
    who = issuers_verify(&r->worker->auth->issuers, a->secret, auth_now(), &lacking, &fault);
    if (who)
        return take_verified(r, a, who);
    if (lacking && await_keys(r, a, lacking) == LATER)
        return LATER;
    if (!is_unknowable(r, a, lacking))
        credential_refuse(r, a, arena_strdup(&r->arena, fault.text));
    return DONE;
}

/* SPDX-License-Identifier: MIT */
/*
 * Keeps the key sets of issuers fresh without holding up a request that does not need them. The
 * tick fetches a set when it is old, and drops it when nobody has confirmed it for a day. A token
 * that names an unknown key waits in the list of its issuer, and starts a fetch, though not more
 * often than every RETRY_S: anybody can invent a key id. When the answer comes, whatever it is,
 * wake() runs all that wait. It moves the list aside first, since a woken request may wait again. A
 * set that changes empties the cache of identities, because they were verified with the old keys.
 */
#include "workers/identity/jwks.h"

#include <stdlib.h>

#include "lib/auth/secret/digest.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/identity/auth.h"
#include "workers/outbound/http_json.h"

enum { OLD_S = 600, RETRY_S = 30, EXPIRED_S = 24 * 3600, KEYS_MAX = 64 };

/* --- one set --- */

/* Returns whether all keys are public. A secret or private key that is published is known to
 * everybody. */
static bool is_public(const struct keyset *set)
{
    for (size_t i = 0; i < keyset_count(set); i++) {
        struct json_object *json = jwk_public(keyset_at(set, i));
        bool is_secret = !json || jwk_can_sign(keyset_at(set, i));

        json_object_put(json);
        if (is_secret)
            return false;
    }
    return true;
}

static struct keyset *read_keys(const struct outbound_request *answer, struct fault *fault)
{
    struct keyset *set = NULL;

    if (!http_json_check(answer, fault) ||
        !keyset_read(buf_slice(&answer->answer), KEYS_MAX, &set, fault))
        return NULL;
    if (!is_public(set))
        fault_set(fault, "the set contains a key that is not public");
    else if (!keyset_count(set))
        fault_set(fault, "the set contains no usable key");
    else
        return set;
    keyset_free(&set);
    return NULL;
}

/* Replaces the keys, and drops all cached identities, which were verified with the old ones. */
static void replace(struct jwks *j, struct worker *w, struct keyset *set)
{
    keyset_free(j->keys);
    *j->keys = set;
    credential_cache_fini(&w->auth->cache);
}

void jwks_fail(struct jwks *j, struct worker *w, const char *reason)
{
    shm_count(w->slot, COUNT_JWKS_FAILED, 1);
    if (!j->is_out)
        log_warn("jwks.failed", "of=%s reason=\"%s\"", j->name, reason);
    j->is_out = true;
}

bool jwks_take(struct jwks *j, struct worker *w, const struct outbound_request *answer)
{
    unsigned char digest[32];
    struct fault fault;
    struct keyset *set = read_keys(answer, &fault);

    if (!set) {
        jwks_fail(j, w, fault.text);
        return false;
    }
    j->got_ns = clock_ns();
    if (j->is_out)
        log_info("jwks.recovered", "of=%s", j->name);
    j->is_out = false;
    digest_sha256(answer->answer.data, answer->answer.len, digest);
    if (*j->keys && memcmp(digest, j->digest, sizeof(digest)) == 0) {
        keyset_free(&set);
        return true;
    }
    memcpy(j->digest, digest, sizeof(digest));
    log_info("jwks.fetched", "of=%s keys=%zu", j->name, keyset_count(set));
    replace(j, w, set);
    return true;
}

static bool is_past(uint64_t then_ns, unsigned seconds)
{
    return !then_ns || clock_ns() - then_ns >= seconds * NS_PER_S;
}

bool jwks_is_old(const struct jwks *j)
{
    return is_past(j->got_ns, OLD_S);
}

bool jwks_may_ask_again(struct jwks *j)
{
    if (!is_past(j->asked_again_ns, RETRY_S))
        return false;
    j->asked_again_ns = clock_ns();
    return true;
}

unsigned jwks_retry_after_s(const struct jwks *j)
{
    uint64_t passed_s = (clock_ns() - j->asked_again_ns) / NS_PER_S;

    return j->asked_again_ns && passed_s < RETRY_S ? (unsigned)(RETRY_S - passed_s) : 1;
}

void jwks_expire(struct jwks *j, struct worker *w)
{
    if (!*j->keys || !is_past(j->got_ns, EXPIRED_S))
        return;
    log_error("jwks.expired", "of=%s: keys could not be fetched for a day", j->name);
    replace(j, w, NULL);
}

/* --- those of issuers --- */

struct source {
    struct jwks keys;
    struct worker *worker;
    struct issuer *issuer;
    struct outbound_request request;
    struct jwks_waiter *waiters;
};

struct jwks_sources {
    struct source list[ISSUERS_MAX];
    size_t count;
    size_t waiting; /* requests that wait for any of them */
};

static void join_waiters(struct jwks_waiter **list, struct jwks_waiter *waiter, size_t *count)
{
    waiter->count = count;
    ++*count;
    waiter->next = *list;
    waiter->at = list;
    if (waiter->next)
        waiter->next->at = &waiter->next;
    *list = waiter;
}

void jwks_leave(struct jwks_waiter *waiter)
{
    if (!waiter->at)
        return;
    *waiter->at = waiter->next;
    if (waiter->next)
        waiter->next->at = waiter->at;
    waiter->at = NULL;
    --*waiter->count;
}

/* Runs all waiters. One whose key is still missing may wait again. */
static void wake(struct source *s)
{
    struct jwks_waiter *all = s->waiters;

    s->waiters = NULL;
    if (all)
        all->at = &all;
    while (all) {
        struct jwks_waiter *one = all;

        jwks_leave(one);
        one->fn(one->arg);
    }
}

static void on_answered(struct outbound_request *o)
{
    struct source *s = o->arg;

    jwks_take(&s->keys, s->worker, o);
    buf_fini(&o->answer);
    wake(s);
}

static void ask(struct source *s)
{
    s->keys.tried_ns = clock_ns();
    s->request = (struct outbound_request){.url = s->issuer->jwks_url,
                                           .configured = s->issuer->jwks_url,
                                           .done = on_answered,
                                           .arg = s};
    if (http_json_submit(s->worker, &s->request) == DONE)
        jwks_fail(&s->keys, s->worker, s->request.error);
}

static struct source *source_of(const struct worker *w, const struct issuer *issuer)
{
    struct jwks_sources *sources = w->auth->jwks;

    for (size_t i = 0; i < sources->count; i++)
        if (sources->list[i].issuer == issuer)
            return &sources->list[i];
    return NULL;
}

unsigned jwks_missing_s(const struct worker *w, const struct issuer *lacking)
{
    const struct source *s = source_of(w, lacking);

    if (!s)
        return 0;
    if (s->request.transfer) /* it could not wait any more */
        return 1;
    return s->keys.is_out ? jwks_retry_after_s(&s->keys) : 0;
}

enum completion jwks_wait(struct worker *w, const struct issuer *lacking,
                          struct jwks_waiter *waiter)
{
    struct jwks_sources *sources = w->auth->jwks;
    struct source *s = source_of(w, lacking);

    if (!s)
        return DONE;
    if (!s->request.transfer && jwks_may_ask_again(&s->keys))
        ask(s);
    if (!s->request.transfer || sources->waiting >= w->limits.in_flight / 2)
        return DONE;
    join_waiters(&s->waiters, waiter, &sources->waiting);
    return LATER;
}

static void tick(struct source *s)
{
    jwks_expire(&s->keys, s->worker);
    if (!s->request.transfer && jwks_is_old(&s->keys) && is_past(s->keys.tried_ns, RETRY_S))
        ask(s);
}

void jwks_start(struct worker *w)
{
    struct issuers *is = &w->auth->issuers;
    struct jwks_sources *sources = arena_zalloc(&w->arena, sizeof(*sources));

    w->auth->jwks = sources;
    for (size_t i = 0; i < is->count; i++) {
        struct source *s = &sources->list[sources->count];

        if (!is->list[i].jwks_url)
            continue;
        *s = (struct source){.keys = {.name = is->list[i].issuer, .keys = &is->list[i].keys},
                             .worker = w,
                             .issuer = &is->list[i]};
        sources->count++;
    }
    jwks_tick(w);
}

void jwks_tick(struct worker *w)
{
    struct jwks_sources *sources = w->auth->jwks;

    for (size_t i = 0; i < sources->count; i++)
        tick(&sources->list[i]);
}

void jwks_stop(struct worker *w)
{
    struct jwks_sources *sources = w->auth->jwks;

    for (size_t i = 0; sources && i < sources->count; i++)
        outbound_cancel(&sources->list[i].request);
}

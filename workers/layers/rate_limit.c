/* SPDX-License-Identifier: MIT */
/*
 * Applies the rate limits of an operation in two layers: first those whose key is known without
 * credentials, which is cheap, then those that count by caller. When one refuses, the others get
 * back what they had counted. Bans are checked first.
 */
#include "lib/core/clock.h"

#include <assert.h>

#include "lib/core/log.h"
#include "lib/shm/ban.h"
#include "workers/layers/layers.h"
#include "workers/request/rates.h"
#include "workers/request/reply.h"

static enum flow refuse_over_limit(struct request *r, uint64_t wait_ns)
{
    unsigned long long wait_s = (wait_ns + NS_PER_S - 1) / NS_PER_S;

    reply_header(r, "retry-after", slice_of(arena_printf(&r->arena, "%llu", wait_s)));
    return flow_fail(r, ERR_RATE_LIMIT);
}

/* --- bans --- */

static uint64_t ban_of(struct request *r, const char *kind, struct slice name, uint64_t now_ns)
{
    const char *text = arena_printf(&r->arena, "%s:%.*s", kind, (int)name.len, name.data);

    return name.data ? ban_find(r->worker->shm, slice_of(text), now_ns) : 0;
}

/* Returns how long the caller is still banned, 0 if not. The answer is 429, so that a well-behaved
 * client waits. */
static uint64_t find_ban(struct request *r, bool is_known, uint64_t now_ns)
{
    uint64_t wait;

    if (!ban_is_any(r->worker->shm, now_ns))
        return 0;
    if (!is_known)
        return ban_of(r, "ip", slice_of(rate_address(r)), now_ns);
    wait = ban_of(r, "sub", r->subject, now_ns);
    return wait ? wait : ban_of(r, "api-key", r->api_key, now_ns);
}

/* --- limits --- */

/* Logs and counts a refusal. The key comes last in the line: it may contain a client's header,
 * which must not pass for another field. */
static void note_refusal(struct request *r, const struct rate *rate, struct slice key,
                         uint64_t now_ns)
{
    if (limit_refuse(r->worker->shm, rate->place, now_ns))
        log_warn("limit.refused", "limit=%s operation=%s client=%s id=%s key=\"%.*s\"", rate->name,
                 r->op->id, r->client, r->id, (int)key.len, key.data);
}

static void give_back(struct request *r)
{
    while (r->taken_count) {
        const struct taken *t = &r->taken[--r->taken_count];

        limit_give_back(r->worker->shm, t->rate->place, t->key, &t->rate->policy);
    }
}

/* Counts the request. Returns how long to wait if the limit refuses it, else 0. */
static uint64_t take_rate(struct request *r, const struct rate *rate, uint64_t now_ns)
{
    struct shm *shm = r->worker->shm;
    struct slice text = rate_text(r, rate);
    uint64_t key = limit_key(shm, rate->name, text), remaining;
    uint64_t wait = limit_take(shm, rate->place, key, &rate->policy, now_ns, &remaining);

    if (wait) {
        r->refusing = rate;
        note_refusal(r, rate, text, now_ns);
        return wait;
    }
    assert(r->taken_count < TAKEN_MAX);
    r->taken[r->taken_count++] = (struct taken){rate, key, remaining};
    limit_name(shm, rate->place, key, text);
    return 0;
}

static enum flow limit(struct request *r, bool is_known)
{
    struct rate **rates = &r->worker->rates->of[r->op->index * RATES_MAX];
    uint64_t now_ns = clock_ns(), wait = find_ban(r, is_known, now_ns);

    if (wait)
        return refuse_over_limit(r, wait);
    if (r->op->index >= r->worker->api->count) /* the server's own operations have none */
        return FLOW_NEXT;
    for (; *rates; rates++) {
        if ((*rates)->needs_caller != is_known || !(wait = take_rate(r, *rates, now_ns)))
            continue;
        give_back(r);
        return refuse_over_limit(r, wait);
    }
    return FLOW_NEXT;
}

enum flow layer_limit(struct request *r)
{
    return limit(r, false);
}

enum flow layer_limit_caller(struct request *r)
{
    return limit(r, true);
}

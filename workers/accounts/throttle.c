/* SPDX-License-Identifier: MIT */
#include "workers/accounts/throttle.h"

#include "lib/auth/digest.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/shm/limit.h"
#include "workers/reply.h"

enum { ADDRESS_FACTOR = 10 };

/* Keyed, so that no client chooses what collides. */
static uint64_t hash(struct account *a, const char *kind, const char *name)
{
    const char *text = arena_printf(account_arena(a), "%s\n%s", kind, name);
    unsigned char digest[32];
    uint64_t key;

    digest_hmac_sha256(a->auth->key, sizeof(a->auth->key), text, strlen(text), digest);
    memcpy(&key, digest, sizeof(key));
    return key ? key : 1;
}

static uint64_t take(struct account *a, const char *kind, const char *name,
                     const struct limit_policy *policy)
{
    uint64_t remaining;

    return limit_take(a->r->worker->shm, hash(a, kind, name), policy, clock_ns(), &remaining);
}

bool throttle_take(struct account *a, const char *name)
{
    uint64_t tries = a->auth->tries, window = a->auth->window_ns;
    struct limit_policy account = {window / tries, tries};
    struct limit_policy address = {window / (tries * ADDRESS_FACTOR), tries * ADDRESS_FACTOR};
    uint64_t wait = take(a, "account", name, &account);

    if (!wait)
        wait = take(a, "address", a->r->client, &address);
    if (!wait)
        return true;
    log_warn("security.throttled", "operation=%s client=%s id=%s", a->r->op->id, a->r->client,
             a->r->id);
    reply_header(a->r, "retry-after",
                 slice_of(arena_printf(account_arena(a), "%llu",
                                       (unsigned long long)((wait + NS_PER_S - 1) / NS_PER_S))));
    account_fail(a, ERR_THROTTLED);
    return false;
}

void throttle_forgive(struct account *a, const char *name)
{
    uint64_t tries = a->auth->tries, window = a->auth->window_ns;

    limit_give_back(a->r->worker->shm, hash(a, "account", name), window / tries);
    limit_give_back(a->r->worker->shm, hash(a, "address", a->r->client),
                    window / (tries * ADDRESS_FACTOR));
}

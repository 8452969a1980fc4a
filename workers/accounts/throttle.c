/* SPDX-License-Identifier: MIT */
/*
 * A guess counts in several rows at once (see the table in throttle.h). The first look takes
 * nothing: throttle_login() only sees whether each row has room, and throttle_fail() takes from
 * them once the guess was wrong. Guesses sent at the same time all pass the first look, which is
 * why throttle_pass() looks again after a right password: once a row is used up, the answer is 429,
 * right or wrong, and the excess guesses reveal nothing. What counts depends only on what the
 * client sent and where it comes from, never on whether the account exists.
 */
#include "workers/accounts/throttle.h"

#include <assert.h>

#include "lib/conf/conf.h"
#include "lib/core/json/mark.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/accounts/known_places.h"
#include "workers/request/rates.h"
#include "workers/request/reply.h"

/* Indexed by enum throttle_row; `factor` multiplies the configured tries. Requests that cost the
 * client no hash have rows of their own. */
static const struct {
    const char *name;
    uint64_t factor;
} rows[THROTTLE_COUNT] = {
    [THROTTLE_KNOWN] = {"login-known", 1},
    [THROTTLE_SITE] = {"login-network", 1},
    [THROTTLE_ACCOUNT] = {"login-account", 10},
    [THROTTLE_CODE] = {"login-code", 1},
    [THROTTLE_ADDRESS] = {"login-address", 10},
    [THROTTLE_SESSION] = {"login-session", 1},
    [THROTTLE_REQUEST_SITE] = {"request-network", 1},
    [THROTTLE_REQUEST_ACCOUNT] = {"request-account", 1},
    [THROTTLE_REQUEST_ADDRESS] = {"request-address", 10},
};

void throttle_open(struct worker *w)
{
    uint64_t tries = (uint64_t)conf_int(w->config, "identity.password.tries");
    uint64_t window_ns = (uint64_t)conf_int(w->config, "identity.password.window") * NS_PER_MS;

    if (!w->auth->has_accounts)
        return;
    for (int i = 0; i < THROTTLE_COUNT; i++) {
        uint64_t burst = tries * rows[i].factor;

        w->auth->throttle.rules[i] = (struct limit_policy){window_ns / burst, burst, 1};
        w->auth->throttle.places[i] = limit_enter(w->shm, rows[i].name);
    }
}

static bool is_throttle(const char *name)
{
    for (int i = 0; i < THROTTLE_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return true;
    return false;
}

void throttle_check(struct json_object *config, struct diags *diags)
{
    json_object_object_foreach(conf_get(config, "rate-limits"), name, item)
    {
        if (is_throttle(name))
            diag_error(diags, mark_where(item),
                       "rate-limits.%s: the name is reserved for a built-in limit", name);
    }
}

/* --- what an attempt counts for --- */

static void count_for(struct account *a, enum throttle_row row, const char *key)
{
    assert(a->counted_count < THROTTLE_KEYS);
    a->counted[a->counted_count++] = (struct throttle_key){row, key};
}

static const char *join_key(struct account *a, const char *first, const char *second)
{
    return arena_printf(account_arena(a), "%s %s", first, second);
}

/* Counts a client from an unknown place. `name` is the account and the kind of request. */
static void count_unknown(struct account *a, const char *name, enum throttle_row site,
                          enum throttle_row account, enum throttle_row address)
{
    const char *from = rate_site(a->r);

    a->counted_count = 0;
    count_for(a, site, join_key(a, name, from));
    count_for(a, account, name);
    count_for(a, address, from);
}

static void count_known(struct account *a, const char *name)
{
    a->counted_count = 0;
    count_for(a, THROTTLE_KNOWN, join_key(a, name, a->place));
}

/* --- counting --- */

static uint64_t key_of(struct account *a, const struct throttle_key *k)
{
    return limit_key(a->r->worker->shm, rows[k->row].name, slice_of(k->key));
}

static uint64_t wait_for(struct account *a, const struct throttle_key *k)
{
    struct shm *shm = a->r->worker->shm;
    const struct throttle *t = &a->auth->throttle;
    uint64_t now_ns = clock_ns();
    uint64_t wait = limit_wait(shm, t->places[k->row], key_of(a, k), &t->rules[k->row], now_ns);

    if (wait)
        limit_refuse(shm, t->places[k->row], now_ns); /* logged as security.throttled */
    return wait;
}

static uint64_t take_try(struct account *a, const struct throttle_key *k)
{
    struct shm *shm = a->r->worker->shm;
    const struct throttle *t = &a->auth->throttle;
    uint64_t key = key_of(a, k), remaining;
    uint64_t wait =
        limit_take(shm, t->places[k->row], key, &t->rules[k->row], clock_ns(), &remaining);

    if (wait)
        limit_refuse(shm, t->places[k->row], clock_ns());
    else
        limit_allow(shm, t->places[k->row]);
    limit_name(shm, t->places[k->row], key, slice_of(k->key));
    return wait;
}

/* Calls `fn` for each row up to the first that refuses. So a site that has used up its own row
 * takes nothing more from that of the account. */
static uint64_t each(struct account *a,
                     uint64_t (*fn)(struct account *, const struct throttle_key *))
{
    uint64_t wait = 0;

    for (size_t i = 0; !wait && i < a->counted_count; i++)
        wait = fn(a, &a->counted[i]);
    return wait;
}

static bool admit(struct account *a, uint64_t wait)
{
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

bool throttle_pass(struct account *a)
{
    return admit(a, each(a, wait_for));
}

bool throttle_fail(struct account *a)
{
    return admit(a, each(a, take_try));
}

/* --- attempts --- */

static void on_login(struct account *a)
{
    if (a->place)
        count_known(a, a->email);
    else
        count_unknown(a, a->email, THROTTLE_SITE, THROTTLE_ACCOUNT, THROTTLE_ADDRESS);
    if (throttle_pass(a))
        a->admitted(a);
}

void throttle_login(struct account *a, account_fn next)
{
    a->admitted = next;
    known_places_find(a, on_login);
}

bool throttle_code(struct account *a)
{
    if (!a->place)
        count_unknown(a, a->email, THROTTLE_SITE, THROTTLE_CODE, THROTTLE_ADDRESS);
    return throttle_pass(a);
}

bool throttle_session(struct account *a)
{
    const struct identity *who = a->r->identity;

    a->counted_count = 0;
    count_for(a, THROTTLE_SESSION, who->id ? who->id : who->subject);
    return throttle_pass(a);
}

bool throttle_provider(struct account *a)
{
    a->counted_count = 0;
    count_for(a, THROTTLE_REQUEST_ADDRESS, rate_site(a->r));
    return throttle_pass(a);
}

static void on_request(struct account *a)
{
    const char *name = join_key(a, a->request, a->email);

    if (a->place)
        count_known(a, name);
    else
        count_unknown(a, name, THROTTLE_REQUEST_SITE, THROTTLE_REQUEST_ACCOUNT,
                      THROTTLE_REQUEST_ADDRESS);
    if (throttle_pass(a) && throttle_fail(a))
        a->admitted(a);
}

void throttle_request(struct account *a, const char *what, account_fn next)
{
    a->request = what;
    a->admitted = next;
    known_places_find(a, on_request);
}

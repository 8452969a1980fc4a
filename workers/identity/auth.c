/* SPDX-License-Identifier: MIT */
/*
 * Opens what a worker needs to identify callers, in the order in which that becomes possible:
 * auth_open() comes before the database, because the plans of the store belong to the options that
 * the database is opened with; auth_start() comes after, because it asks the database whether the
 * tables of accounts are there and what the stored hashes cost. A worker that is not serving yet
 * may wait for that; later nothing here waits. auth_stop() ends the hashing threads first, since
 * they use memory of requests; auth_close() comes last.
 */
#include "workers/identity/auth.h"

#include <stdlib.h>
#include <time.h>

#include "lib/auth/secret/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/secret.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/core/text/uuid.h"
#include "lib/shm/epoch.h"
#include "workers/http/http.h"
#include "workers/identity/session_cookie.h"

enum { HASHER_NICE = 10, START_S = 10, TOUCH_S = 30 };

/* Returns true if the operation has use for the tables of accounts. One without a binding does
 * not: the document may describe another server, and no credential opens what answers nothing. */
static bool needs_rows(const struct operation *op)
{
    if (op->needs_accounts)
        return true;
    if (op->binding == BINDING_NONE)
        return false;
    for (size_t i = 0; i < op->security.scheme_count; i++)
        if (scheme_has_rows(op->security.schemes[i]))
            return true;
    return false;
}

bool auth_needs_accounts(const struct api *api)
{
    for (size_t i = 0; i < api->count; i++)
        if (needs_rows(&api->operations[i]))
            return true;
    return false;
}

static int64_t seconds(struct json_object *config, const char *key)
{
    return conf_int(config, key) / 1000;
}

static void read_options(struct auth *a, struct json_object *config)
{
    a->times = (struct auth_times){.access_s = seconds(config, "identity.access"),
                                   .refresh_s = seconds(config, "identity.refresh"),
                                   .longest_s = seconds(config, "identity.refresh-absolute"),
                                   .reuse_s = seconds(config, "identity.refresh-reuse"),
                                   .idle_s = seconds(config, "identity.session.idle"),
                                   .absolute_s = seconds(config, "identity.session.absolute"),
                                   .audit_s = seconds(config, "identity.audit")};
    a->can_register = strcmp(conf_string(config, "identity.registration"), "open") == 0;
    a->must_verify = strcmp(conf_string(config, "identity.verified"), "required") == 0;
    a->same_site = conf_string(config, "identity.session.same-site");
    a->origins = conf_get(config, "identity.session.origins");
    a->cost = (struct password_cost){
        .memory_kib = (uint32_t)(conf_int(config, "identity.password.memory") / 1024),
        .passes = (uint32_t)conf_int(config, "identity.password.passes"),
        .lanes = 1};
}

bool auth_open(struct worker *w, struct fault *fault)
{
    struct auth *a = w->auth = xcalloc(1, sizeof(*a));

    read_options(a, w->config);
    a->cookie = session_cookie_name(w->api, w->config);
    if (!issuers_open(&a->issuers, w->config, w->secrets, fault))
        return false;
    if (!providers_open(w, fault))
        return false;
    a->has_accounts = auth_needs_accounts(w->api);
    if (!a->has_accounts)
        return true;
    store_init(&a->store, &w->arena, w->api->plan_count,
               dialect_find(database_source_of(w->config).engine));
    w->api->plan_count += STORE_COUNT;
    w->api->roles |= 1u << ROLE_SERVER;
    password_costs_add(&a->costs, &a->cost);
    a->hasher = work_pool_new(
        &(struct work_options){.threads = (int)conf_int(w->config, "identity.password.threads"),
                               .capacity = (size_t)conf_int(w->config, "identity.password.queue"),
                               .nice = HASHER_NICE});
    return true;
}

static void deliver_hashes(void *pool)
{
    work_deliver(pool);
}

static void on_proved(struct db_job *job)
{
    *(bool *)job->data = true;
}

struct touch {
    struct store_call call;
    struct arena arena;
};

static void on_touched(struct db_job *job)
{
    struct touch *t = job->data;

    store_fini(&t->call);
    arena_fini(&t->arena);
    free(t);
}

void auth_touch(struct worker *w, enum store_query query, const char *id)
{
    struct touch *t = xcalloc(1, sizeof(*t));

    store_begin(&t->call, &w->auth->store, query);
    store_text(&t->call, "id", arena_strdup(&t->arena, id));
    store_text(&t->call, "now", auth_time(&t->arena, auth_now()));
    if (store_submit(&t->call, w->db, clock_ns() + TOUCH_S * NS_PER_S, on_touched, t) == DONE)
        on_touched(&t->call.job);
}

/* Waits for a job of a worker that is not serving yet. */
static void run_query(struct worker *w, struct store_call *c, uint64_t deadline_ns)
{
    bool is_done = false;

    is_done = store_submit(c, w->db, deadline_ns, on_proved, &is_done) == DONE;
    while (!is_done) {
        http_turn(1);
        db_deliver(w->db);
    }
}

/* Proves that the tables exist and have this version's columns. */
static bool prove_tables(struct worker *w, struct fault *fault)
{
    struct store_call c;
    bool ok;

    store_begin(&c, &w->auth->store, STORE_PROVE_TABLES);
    run_query(w, &c, clock_ns() + START_S * NS_PER_S);
    ok = c.job.err == OK;
    if (!ok)
        fault_set(fault, "account tables: %s; see leat migrate up", c.job.cause);
    store_fini(&c);
    return ok;
}

static void learn_costs(struct worker *w)
{
    struct json_object *list;
    struct store_call c;

    store_begin(&c, &w->auth->store, STORE_PASSWORD_COSTS);
    run_query(w, &c, clock_ns() + START_S * NS_PER_S);
    list = store_result(&c);
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        password_costs_add_text(&w->auth->costs,
                                jget_text(json_object_array_get_idx(list, i), "cost"));
    json_object_put(list);
    store_fini(&c);
    if (w->auth->costs.count > 1)
        log_info(
            "password.costs",
            "count=%zu: stored hashes differ in cost, and each login computes one at every cost",
            w->auth->costs.count);
}

/* Derives the key from the configured secret, or else from the database's own. */
static void set_key(struct worker *w)
{
    digest_hmac_sha256(w->cursor_key, sizeof(w->cursor_key), "refresh", 7, w->auth->key);
}

bool auth_start(struct worker *w, struct fault *fault)
{
    struct auth *a = w->auth;

    jwks_start(w);
    if (!a->has_accounts)
        return true;
    set_key(w);
    http_watch(work_fd(a->hasher), deliver_hashes, a->hasher);
    if (!prove_tables(w, fault))
        return false;
    learn_costs(w);
    return true;
}

void auth_stop(struct worker *w)
{
    if (!w->auth)
        return;
    http_unwatch(deliver_hashes);
    work_pool_free(&w->auth->hasher);
    jwks_stop(w);
}

void auth_close(struct worker *w)
{
    struct auth *a = w->auth;

    if (!a)
        return;
    providers_close(w);
    issuers_close(&a->issuers);
    credential_cache_fini(&a->cache);
    explicit_bzero(a->key, sizeof(a->key));
    free(a);
    w->auth = NULL;
}

bool auth_has_keys(const struct worker *w)
{
    return w->auth->issuers.list[0].keys != NULL;
}

void auth_took_back(struct worker *w, const char *user_id)
{
    epoch_advance(w->shm, user_id);
}

int64_t auth_now(void)
{
    return (int64_t)(clock_real_ms() / 1000);
}

int64_t auth_seconds(const char *text)
{
    struct tm tm = {0};

    return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) : 0;
}

const char *auth_time(struct arena *arena, int64_t seconds_)
{
    char text[CLOCK_TEXT];

    clock_rfc3339((uint64_t)seconds_ * 1000, text);
    return arena_strdup(arena, text);
}

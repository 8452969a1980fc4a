/* SPDX-License-Identifier: MIT */
#include "workers/request/observe.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/log_repeat.h"
#include "lib/shm/activity.h"
#include "lib/shm/stats.h"
#include "workers/request/access.h"
#include "workers/request/rates.h"

static int enter_operation(struct worker *w, const struct operation *op)
{
    int at = stats_enter(w->shm, method_name(op->method), op->template, op->id);

    if (at >= 0)
        atomic_store(&w->shm->operations[at].generation, w->slot->generation);
    return at;
}

void observe_add(struct worker *w, struct operation *op)
{
    assert(w->own_count < OWN_OPERATIONS_MAX && !w->stats);
    op->index = w->api->count + w->own_count;
    w->own[w->own_count++] = op;
}

void observe_start(struct worker *w)
{
    w->stats = arena_alloc(&w->arena, (w->api->count + w->own_count) * sizeof(int));
    for (size_t i = 0; i < w->own_count; i++)
        w->stats[w->own[i]->index] = enter_operation(w, w->own[i]);
    for (size_t i = 0; i < w->api->count; i++) /* last: these names take precedence */
        w->stats[i] = enter_operation(w, &w->api->operations[i]);
    w->stats_unrouted = stats_enter(w->shm, "-", "-", "-");
}

static int stats_of(const struct request *r)
{
    return r->op ? r->worker->stats[r->op->index] : r->worker->stats_unrouted;
}

enum reason observe_reason(const struct db_job *job)
{
    if (job->err != ERR_BUSY)
        return reason_of(job->err);
    return job->is_too_old      ? REASON_OLD_SNAPSHOT
           : job->is_locked_out ? REASON_LOCKED
                                : REASON_OVERLOAD;
}

unsigned observe_operation(const struct request *r)
{
    return (unsigned)(stats_of(r) + 1);
}

void observe_current(struct worker *w, const struct request *r)
{
    atomic_store_explicit(&w->slot->current, r ? r->activity : -1, memory_order_relaxed);
}

void observe_routed(const struct request *r)
{
    struct worker *w = r->worker;

    if (r->activity >= 0)
        activity_name(w->shm, w->slot_index, r->activity, stats_of(r),
                      r->client == r->peer ? NULL : r->client, r->id);
}

void observe_end(const struct request *r)
{
    struct worker *w = r->worker;
    uint64_t ns = clock_ns() - r->started_ns;
    int stats = stats_of(r);

    assert(r->status);
    if (r->listener->serve == SERVE_ITSELF)
        return;
    shm_count(w->slot, COUNT_REQUESTS, 1);
    rates_count(r);
    if (r->reason)
        shm_count_failed(w->shm, r->reason);
    if (r->status >= 500)
        shm_count(w->slot, COUNT_SERVER_ERRORS, 1);
    if (stats >= 0)
        stats_record(w->shm, w->slot_index, stats, r->status, ns / 1000);
    if (ns >= w->timeouts.slow_ns) {
        shm_count(w->slot, COUNT_SLOW, 1);
        log_warn("request.slow", "operation=%s status=%d ms=%lu client=%s id=%s",
                 r->op ? r->op->id : "-", r->status, (unsigned long)(ns / NS_PER_MS), r->client,
                 r->id);
    }
    if (w->access != ACCESS_OFF)
        access_log(r, ns / 1000);
}

void observe_unanswered(struct request *r)
{
    enum { CLIENT_CLOSED_REQUEST = 499 }; /* of nginx; no status of RFC 9110 says it */

    assert(!r->status);
    if (r->listener->serve == SERVE_ITSELF)
        return;
    if (!r->reason)
        r->reason = REASON_CLIENT_GONE;
    shm_count_failed(r->worker->shm, r->reason);
    r->status = CLIENT_CLOSED_REQUEST;
    if (r->worker->access != ACCESS_OFF)
        access_log(r, (clock_ns() - r->started_ns) / 1000);
}

void observe_failure(const struct request *r, const struct db_job *job)
{
    static struct log_repeat failed = {.event = "db.failed"};

    assert(job->err != OK);
    if (job->is_too_old)
        log_warn("database.cut", "operation=%s age_ms=%lu cause=\"%s\" id=%s", r->op->id,
                 (unsigned long)((job->ended_ns - job->begun_ns) / NS_PER_MS), job->cause, r->id);
    log_repeated(&failed, "operation=%s error=%s cause=\"%s\" id=%s", r->op->id, err_name(job->err),
                 job->cause, r->id);
}

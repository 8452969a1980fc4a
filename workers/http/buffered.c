/* SPDX-License-Identifier: MIT */
/*
 * Keeps two sums and two lists of the connections that wait for their client: one for the worker,
 * one for each address. A list is in order of progress: a connection that has sent or taken
 * PROGRESS_BYTES more moves to the end, so the first one is always the one to cut. Bytes that
 * trickle in do not count as progress.
 */
#include "workers/http/buffered.h"

#include "lib/core/log.h"
#include "workers/http/tcp_taken.h"

enum { PROGRESS_BYTES = 4096, STALLED_MS = 1000, OVERSHOOT = 2 };

static size_t total;           /* bytes */
static h2o_linklist_t waiting; /* connections, linked by `waiting` */

void buffered_open(void)
{
    h2o_linklist_init_anchor(&waiting);
}

static uint64_t now_ms(void)
{
    return h2o_now(http.context.loop);
}

static struct connection *first_waiting(void)
{
    return h2o_linklist_is_empty(&waiting)
               ? NULL
               : H2O_STRUCT_FROM_MEMBER(struct connection, waiting, waiting.next);
}

static struct connection *first_of_address(struct address *a)
{
    return h2o_linklist_is_empty(&a->waiting)
               ? NULL
               : H2O_STRUCT_FROM_MEMBER(struct connection, waiting_of_address, a->waiting.next);
}

/* Releases what the connection holds at once, although the connection itself goes in the loop's
 * next turn; otherwise others would be cut for the same bytes. */
void buffered_cut(struct connection *c)
{
    static uint64_t said_ns;

    shm_count(http.worker->slot, COUNT_STALLED, 1);
    if (is_second_later(&said_ns))
        log_warn("connection.stalled", "client=%s held=%zu ms=%lu of=%zu limit=%zu", c->client,
                 c->buffered, (unsigned long)(now_ms() - c->progress_ms), total,
                 http.worker->limits.buffered_bytes);
    buffered_release(c);
    connection_blame(c, REASON_STALLED);
    connection_cut(c);
}

static bool has_stalled(const struct connection *c, uint64_t stalled_ms)
{
    return now_ms() - c->progress_ms >= stalled_ms;
}

/* Cuts `c` if it has stalled, unless it is `self`, for which room is being made. */
static bool cut_if_stalled(struct connection *c, const struct connection *self, uint64_t stalled_ms)
{
    if (!c || c == self || !has_stalled(c, stalled_ms))
        return false;
    buffered_cut(c);
    return true;
}

/* Returns whether `bytes` more fit, after cutting connections that have stalled for
 * `stalled_ms`. */
static bool fits(const struct connection *c, size_t bytes, uint64_t stalled_ms)
{
    const struct worker_limits *limits = &http.worker->limits;
    struct address *a = c->address;

    while (a && a->buffered + bytes > limits->buffered_per_address)
        if (!cut_if_stalled(first_of_address(a), c, stalled_ms))
            return false;
    while (total + bytes > limits->buffered_bytes)
        if (!cut_if_stalled(first_waiting(), c, stalled_ms))
            return false;
    return true;
}

static void hold(struct connection *c, size_t bytes)
{
    c->buffered += bytes;
    total += bytes;
    if (c->address)
        c->address->buffered += bytes;
}

bool buffered_has_room(const struct connection *c)
{
    return !total || fits(c, 1, STALLED_MS);
}

bool buffered_take(struct connection *c, size_t bytes)
{
    if (!fits(c, bytes, STALLED_MS))
        return false;
    hold(c, bytes);
    return true;
}

void buffered_add(struct connection *c, size_t bytes)
{
    bool is_far_over = total + bytes > OVERSHOOT * http.worker->limits.buffered_bytes;

    fits(c, bytes, is_far_over ? 0 : STALLED_MS);
    hold(c, bytes);
    buffered_wait(c, tcp_taken(h2o_socket_get_fd(c->sock)));
}

void buffered_release(struct connection *c)
{
    total -= c->buffered;
    if (c->address)
        c->address->buffered -= c->buffered;
    c->buffered = 0;
    buffered_stop_waiting(c);
}

static void to_end(struct connection *c)
{
    buffered_stop_waiting(c);
    h2o_linklist_insert(&waiting, &c->waiting);
    if (c->address)
        h2o_linklist_insert(&c->address->waiting, &c->waiting_of_address);
}

void buffered_wait(struct connection *c, uint64_t bytes)
{
    c->progress_ms = now_ms();
    c->progress_bytes = bytes;
    to_end(c);
}

void buffered_progress(struct connection *c, uint64_t bytes)
{
    if (bytes - c->progress_bytes >= PROGRESS_BYTES && h2o_linklist_is_linked(&c->waiting))
        buffered_wait(c, bytes);
}

void buffered_stop_waiting(struct connection *c)
{
    list_leave(&c->waiting);
    list_leave(&c->waiting_of_address);
}

struct connection *buffered_find_stalled(bool serves_api)
{
    for (h2o_linklist_t *node = waiting.next; node != &waiting; node = node->next) {
        struct connection *c = H2O_STRUCT_FROM_MEMBER(struct connection, waiting, node);

        if (!has_stalled(c, STALLED_MS))
            return NULL;
        if (!(c->endpoint->config->serve & SERVE_API) == !serves_api)
            return c;
    }
    return NULL;
}

void buffered_publish(void)
{
    atomic_store_explicit(&http.worker->slot->buffered, total, memory_order_relaxed);
}

void buffered_refuse(struct request *r)
{
    shm_count(http.worker->slot, COUNT_REFUSED_BUFFERED, 1);
    r->reason = REASON_BUFFERED;
}

bool http_has_room(struct request *r)
{
    bool is_room = buffered_has_room(connection_of(r->http));

    if (!is_room)
        buffered_refuse(r);
    return is_room;
}

bool http_hold(struct request *r, size_t bytes)
{
    bool is_room = buffered_take(connection_of(r->http), bytes);

    if (!is_room)
        buffered_refuse(r);
    return is_room;
}

bool http_displace(void)
{
    return cut_if_stalled(first_waiting(), NULL, STALLED_MS);
}

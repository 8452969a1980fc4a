/* SPDX-License-Identifier: MIT */
/*
 * Each room (API clients, admin clients) has two lists of resting connections, each ordered by when
 * they came to rest. A connection that is found to have sent something moves from `idle` to
 * `begun`, so that the search for a victim never walks past it twice. It leaves either list when
 * its request begins.
 *
 *     enter, answered ─▶ idle ──has sent something──▶ begun
 *                          └────────── request begins ──┴──▶ (no list)
 */
#include "workers/http/capacity.h"

#include "lib/core/log.h"
#include "workers/http/buffered.h"

enum { ADMIN_PLACES = 16, REST_MS = 500, ALIVE_S = 3 };

struct room {
    size_t count, places;
    h2o_linklist_t idle, begun; /* connections, linked by `resting` */
    uint64_t said_ns, closed;   /* time of the last log line; connections closed since then */
};

static struct room clients, monitors;
static bool others_have_places; /* as last seen by capacity_look_around() */

void capacity_open(void)
{
    struct room *rooms[] = {&clients, &monitors};

    clients.places = http.worker->limits.connections;
    monitors.places = ADMIN_PLACES;
    for (size_t i = 0; i < 2; i++) {
        h2o_linklist_init_anchor(&rooms[i]->idle);
        h2o_linklist_init_anchor(&rooms[i]->begun);
    }
}

/* Returns the room of the listener. The worker's request to itself counts among the monitors. */
static struct room *room_of(const struct endpoint *endpoint)
{
    return endpoint->config->serve & SERVE_API ? &clients : &monitors;
}

static uint64_t now_ms(void)
{
    return h2o_now(http.context.loop);
}

static struct connection *first_of(h2o_linklist_t *list)
{
    return h2o_linklist_is_empty(list)
               ? NULL
               : H2O_STRUCT_FROM_MEMBER(struct connection, resting, list->next);
}

static void move_to(h2o_linklist_t *list, struct connection *c)
{
    list_leave(&c->resting);
    h2o_linklist_insert(list, &c->resting);
}

/* Returns whether a tick has seen it receive a head, or a PROXY header, for over a second. */
static bool is_slow(const struct connection *c)
{
    return (c->phase == PHASE_HEAD || c->phase == PHASE_PROXY) &&
           clock_ns() - c->since_ns > NS_PER_S;
}

/* Returns the connection that is closed next to make room for another: the one that has rested
 * longest, the first of a list. It may not have rested long enough yet. */
static struct connection *find_candidate(struct room *room)
{
    struct connection *c;

    while ((c = first_of(&room->idle)) && !connection_is_discarding(c) && !connection_is_quiet(c))
        move_to(&room->begun, c);
    if (c)
        return c;
    c = first_of(&room->begun);
    return c && (connection_is_quiet(c) || is_slow(c)) ? c : NULL;
}

static struct connection *find_victim(struct room *room, bool *is_early)
{
    struct connection *c = find_candidate(room), *stalled;

    *is_early = c && !connection_is_discarding(c) && now_ms() - c->rested_ms < REST_MS;
    if (c && !*is_early)
        return c;
    stalled = buffered_find_stalled(room == &clients);
    *is_early = *is_early && !stalled;
    return stalled;
}

bool capacity_is_full(const struct endpoint *endpoint)
{
    return room_of(endpoint)->count >= room_of(endpoint)->places;
}

enum place capacity_find_place(const struct endpoint *endpoint, struct connection **victim)
{
    struct room *room = room_of(endpoint);
    bool is_early;

    *victim = NULL;
    if (!capacity_is_full(endpoint))
        return PLACE_FREE;
    *victim = find_victim(room, &is_early);
    return *victim ? PLACE_OF_VICTIM : is_early ? PLACE_SOON : PLACE_NONE;
}

bool capacity_is_elsewhere(const struct endpoint *endpoint)
{
    return room_of(endpoint) == &clients && capacity_is_full(endpoint) && others_have_places;
}

/* Returns whether another worker of this generation can accept. One whose loop is stuck cannot. */
static bool has_places(const struct shm_slot *s, uint64_t now)
{
    return s->generation == http.worker->slot->generation && s != http.worker->slot &&
           s->open_connections < clients.places && now - s->heartbeat_ns < ALIVE_S * NS_PER_S;
}

void capacity_look_around(void)
{
    const struct shm *shm = http.worker->shm;
    uint64_t now = clock_ns();

    others_have_places = false;
    for (int i = 0; clients.count >= clients.places && i < SHM_SLOTS; i++)
        others_have_places |= has_places(&shm->slots[i], now);
}

struct connection *capacity_find_victim(void)
{
    bool is_early;
    struct connection *c = find_victim(&clients, &is_early);

    return c ? c : find_victim(&monitors, &is_early);
}

static void complain(struct room *room, const struct endpoint *endpoint, const char *what)
{
    if (!is_second_later(&room->said_ns))
        return;
    log_warn("connections.full", "listener=%s open=%zu limit=%zu closed=%lu: %s",
             endpoint->config->address, room->count, room->places, (unsigned long)room->closed,
             what);
    room->closed = 0;
}

void capacity_close(struct connection *victim)
{
    struct room *room = room_of(victim->endpoint);

    room->closed++;
    shm_count(http.worker->slot, COUNT_EVICTED, 1);
    complain(room, victim->endpoint, "closing the longest idle connections");
    list_leave(&victim->resting);
    if (!victim->request)
        connection_blame(victim, REASON_EVICTED);
    if (victim->request)
        buffered_cut(victim);
    else if (victim->phase == PHASE_HEAD)
        connection_cut(victim);
    else
        connection_close(victim);
}

void capacity_complain(const struct endpoint *endpoint)
{
    shm_count(http.worker->slot, COUNT_CONNECTIONS_FULL, 1);
    complain(room_of(endpoint), endpoint, "no connection is idle or stalled; new ones wait");
}

void capacity_enter(struct connection *c)
{
    room_of(c->endpoint)->count++;
    capacity_rest(c);
}

void capacity_leave(struct connection *c)
{
    room_of(c->endpoint)->count--;
    list_leave(&c->resting);
}

void capacity_work(struct connection *c)
{
    list_leave(&c->resting);
}

void capacity_rest(struct connection *c)
{
    c->rested_ms = now_ms();
    move_to(&room_of(c->endpoint)->idle, c);
}

/* SPDX-License-Identifier: MIT */
/*
 * A pool opens its connections at once, and the first worker that wakes up could accept all of them
 * before the others run. So a worker that is ahead leaves the listeners for a moment. The kernel
 * wakes the others for what arrives meanwhile, and afterwards this one is the last in its list.
 *
 * Nobody can tell whether the others will run soon: one of them may be stuck in a long request, or
 * dead. So a moment is short, and if the others have not accepted anything in it, this worker takes
 * one connection, after the next moment two, then four: none waits long, and a worker that is alone
 * soon accepts as fast as it can.
 */
#include "workers/http/spread.h"

enum { MOMENT_MS = 4, LEAD = 2, SHARE = 16, CREDIT_MAX = 1024, ALIVE_S = 3 };

/* The connections of the other workers of this generation. */
struct others {
    uint32_t least, most, total;
};

static h2o_timeout_t moment;
static h2o_timeout_entry_t timer; /* linked: this worker has left the listeners */
static uint32_t total_then;       /* of the others, when it left */
static unsigned credit;           /* connections that it may accept although it is ahead */
static unsigned next_credit = 1;

static bool is_other(const struct shm_slot *s, uint64_t now)
{
    return s->generation == http.worker->slot->generation && s != http.worker->slot &&
           now - s->heartbeat_ns < ALIVE_S * NS_PER_S;
}

static struct others look_at_others(void)
{
    struct others o = {.least = UINT32_MAX};
    uint64_t now = clock_ns();

    for (int i = 0; i < SHM_SLOTS; i++) {
        const struct shm_slot *s = &http.worker->shm->slots[i];
        uint32_t count = s->open_connections;

        if (!is_other(s, now))
            continue;
        o.least = count < o.least ? count : o.least;
        o.most = count > o.most ? count : o.most;
        o.total += count;
    }
    return o;
}

static bool is_clearly_more(uint64_t a, uint64_t b)
{
    return a >= b + LEAD + b / SHARE;
}

static void on_moment(h2o_timeout_entry_t *entry)
{
    bool is_alone = look_at_others().total == total_then;

    (void)entry;
    credit = is_alone ? next_credit : 0;
    next_credit = !is_alone ? 1 : next_credit < CREDIT_MAX ? next_credit * 2 : CREDIT_MAX;
    accept_resume();
}

void spread_open(void)
{
    h2o_timeout_init(http.context.loop, &moment, MOMENT_MS);
    timer.cb = on_moment;
}

void spread_close(void)
{
    if (h2o_timeout_is_linked(&timer))
        h2o_timeout_unlink(&timer);
}

enum spread spread_decide(void)
{
    struct others o = look_at_others();
    uint32_t own = http.worker->slot->open_connections;

    if (!is_clearly_more(own, o.least))
        return is_clearly_more(o.most, own) ? SPREAD_STAY : SPREAD_NEXT;
    if (credit) {
        credit--;
        return SPREAD_NEXT;
    }
    total_then = o.total;
    if (!h2o_timeout_is_linked(&timer))
        h2o_timeout_link(http.context.loop, &moment, &timer);
    return SPREAD_LEAVE;
}

bool spread_is_leaving(void)
{
    return h2o_timeout_is_linked(&timer) &&
           is_clearly_more(http.worker->slot->open_connections, look_at_others().least);
}

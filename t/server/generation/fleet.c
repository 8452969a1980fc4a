/* SPDX-License-Identifier: MIT */
/* What becomes of generations, and that the owner hears of it in a later turn of the loop. */
#include "server/generation/fleet.h"

#include <fcntl.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "server/generation/generation.h"

static uv_loop_t loop;
static int closed, gone;
static bool is_calling;

static void on_closed(void *owner, const struct generation *g)
{
    (void)owner, (void)g;
    cr_assert(!is_calling, "reported from within the call");
    closed++;
}

static void on_gone(void *owner)
{
    (void)owner;
    cr_assert(!is_calling, "reported from within the call");
    gone++;
}

static const struct fleet_events events = {.on_closed = on_closed, .on_gone = on_gone};
static struct fleet fleet = {.events = &events, .loop = &loop};

/* Makes a generation without workers, which is ready to serve. */
static struct generation *new_generation(void)
{
    struct generation *g = calloc(1, sizeof(*g));

    cr_assert_not_null(g);
    g->fleet = &fleet;
    g->segment = segment_keep(fleet.segment);
    g->release_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g->secrets_fd = -1;
    g->config = json_tokener_parse("{\"drain\":{\"notice\":0,\"timeout\":1000}}");
    uv_timer_init(&loop, &g->deadline);
    g->deadline.data = g;
    return g;
}

/* Adds a worker that has no process. */
static struct child *add_worker(struct generation *g)
{
    struct child *c = calloc(1, sizeof(*c));

    cr_assert_not_null(c);
    c->generation = g;
    c->slot = c->channel = -1;
    c->state = CHILD_READY;
    generation_add(g, c);
    return c;
}

static enum completion promote(void)
{
    enum completion old;

    is_calling = true;
    old = fleet_promote(&fleet);
    is_calling = false;
    return old;
}

static void set_up(void)
{
    uv_loop_init(&loop);
    fleet.segment = segment_new();
    fleet.starting = new_generation();
    cr_assert_eq(promote(), DONE, "there was none before");
}

static void tear_down(void)
{
    fleet.is_stopping = true;
    is_calling = true;
    fleet_retire(&fleet, CHANNEL_RETIRE);
    is_calling = false;
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(fleet_is_empty(&fleet));
    cr_expect_eq(uv_loop_close(&loop), 0);
    fleet_fini(&fleet);
}

TestSuite(fleet, .init = set_up, .fini = tear_down, .timeout = 60);

Test(fleet, replaces_a_generation_without_workers_at_once)
{
    fleet.starting = new_generation();
    cr_expect_eq(promote(), DONE);
    cr_expect_not_null(fleet.retiring, "it can be looked at until the next turn");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_null(fleet.retiring);
    cr_expect_eq(closed, 0, "the call has said so");
    cr_expect_eq(gone, 1);
}

Test(fleet, tells_later_that_the_last_worker_accepts_nothing_more)
{
    struct generation *old = fleet.current;
    struct child *first = add_worker(old), *second = add_worker(old);

    fleet.starting = new_generation();
    cr_expect_eq(promote(), LATER);
    generation_child_closed(old, first);
    cr_expect_eq(closed, 0);
    generation_child_closed(old, second);
    cr_expect_eq(closed, 1);
    generation_remove(old, first);
    generation_remove(old, second);
    cr_expect_eq(gone, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(gone, 1);
    free(first);
    free(second);
}

Test(fleet, drops_one_that_never_served)
{
    struct generation *serving = fleet.current;

    fleet.starting = new_generation();
    is_calling = true;
    fleet_drop(&fleet);
    is_calling = false;
    cr_expect_null(fleet.starting);
    cr_expect_eq(fleet.current, serving);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(gone, 1);
}

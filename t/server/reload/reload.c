/* SPDX-License-Identifier: MIT */
/* A request is answered once, and never from within a call. Each reload here fails at once, because
 * there is no leat-worker to run. */
#include "server/reload/reload.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "server/generation/generation.h"

static uv_loop_t loop;
static struct listeners listeners;
static struct generation current;
static struct fleet fleet = {
    .loop = &loop, .worker_path = "leat-worker", .worker_file = "/nonexistent/leat-worker"};
static struct reload reload;
static const char *refusal;
static bool is_asking;
static int answers, ends;
static char answer[256];

static const char *refuse(void *owner)
{
    (void)owner;
    return refusal;
}

static void on_end(void *owner)
{
    (void)owner;
    ends++;
}

static const struct reload_events events = {.refuse = refuse, .on_end = on_end};

static void on_answer(void *arg, bool ok, const char *text)
{
    (void)arg;
    cr_assert(!is_asking, "answered from within the call");
    cr_assert(!ok);
    answers++;
    strncpy(answer, text, sizeof(answer) - 1);
}

static const char *ask(enum reload_kind kind, void *arg)
{
    const char *why;

    is_asking = true;
    why = reload_request(&reload, kind, on_answer, arg);
    is_asking = false;
    return why;
}

static void set_up(void)
{
    uv_loop_init(&loop);
    current.config = json_tokener_parse("{\"timeouts\":{\"check\":1000}}");
    fleet.current = &current;
    reload_init(&reload, &(struct reload_options){.events = &events,
                                                  .fleet = &fleet,
                                                  .listeners = &listeners,
                                                  .config_path = "/nonexistent/leat.yaml"});
}

static void tear_down(void)
{
    reload_close(&reload);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0);
    reload_fini(&reload);
    json_object_put(current.config);
}

TestSuite(reload, .init = set_up, .fini = tear_down, .timeout = 60);

Test(reload, answers_in_a_later_turn_even_what_fails_at_once)
{
    cr_assert_null(ask(RELOAD_PLAIN, NULL));
    cr_expect_not(reload_is_idle(&reload), "it is queued");
    cr_expect_eq(answers, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 1);
    cr_expect(strstr(answer, "the check could not be started"), "%s", answer);
    cr_expect(reload_is_idle(&reload));
}

Test(reload, answers_the_requests_of_a_turn_together)
{
    cr_assert_null(ask(RELOAD_PLAIN, NULL));
    cr_assert_null(ask(RELOAD_PLAIN, NULL));
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 2);
    cr_expect_eq(fleet.ledger.reloads_failed, 1);
}

Test(reload, runs_one_for_each_kind)
{
    cr_assert_null(ask(RELOAD_PLAIN, NULL));
    cr_assert_null(ask(RELOAD_MIGRATE, NULL));
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 2);
    cr_expect_eq(fleet.ledger.reloads_failed, 2);
}

Test(reload, returns_why_it_refuses)
{
    refusal = "an upgrade is in progress\n";
    cr_expect_str_eq(ask(RELOAD_PLAIN, NULL), refusal);
    fleet.is_stopping = true;
    cr_expect_str_eq(ask(RELOAD_PLAIN, NULL), "leat is stopping\n");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 0, "and calls nobody");
}

Test(reload, forgets_who_has_gone)
{
    int gone, stays;

    cr_assert_null(ask(RELOAD_PLAIN, &gone));
    cr_assert_null(ask(RELOAD_PLAIN, &stays));
    reload_forget(&reload, &gone);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 1);
}

Test(reload, begins_nothing_once_it_is_cancelled)
{
    cr_assert_null(ask(RELOAD_PLAIN, NULL));
    fleet.is_stopping = true;
    reload_cancel(&reload);
    cr_expect_str_eq(answer, "leat is stopping\n");
    cr_expect(reload_is_idle(&reload));
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 1);
    cr_expect_eq(fleet.ledger.reloads_failed, 0);
    cr_expect_eq(ends, 0);
}

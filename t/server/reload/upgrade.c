/* SPDX-License-Identifier: MIT */
/* Whoever asks for an upgrade that cannot begin is told why by the return, and by nothing else. */
#include "server/reload/upgrade.h"

#include <string.h>

#include <criterion/criterion.h>

#include "server/generation/generation.h"

static uv_loop_t loop;
static struct listeners listeners;
static struct control control = {.fd = 0, .path = (char *)(uintptr_t) "/nonexistent/leat.sock"};
static struct generation current;
static struct fleet fleet = {.loop = &loop};
static struct upgrade upgrade;
static const char *refusal;
static int answers;

static const char *refuse(void *owner)
{
    (void)owner;
    return refusal;
}

static const struct upgrade_events events = {.refuse = refuse};

static void on_answer(void *arg, bool ok, const char *text)
{
    (void)arg, (void)ok, (void)text;
    answers++;
}

static void set_up(void)
{
    static char *argv[] = {(char *)(uintptr_t) "/nonexistent/leat", NULL};

    uv_loop_init(&loop);
    fleet.segment = segment_new();
    fleet.current = &current;
    current.config = json_tokener_parse("{\"timeouts\":{\"check\":1000,\"start\":1000}}");
    upgrade_init(&upgrade, &(struct upgrade_options){.events = &events,
                                                     .argv = argv,
                                                     .fleet = &fleet,
                                                     .control = &control,
                                                     .listeners = &listeners});
}

static void tear_down(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0);
    upgrade_fini(&upgrade);
    segment_release(&fleet.segment);
    json_object_put(current.config);
}

TestSuite(upgrade, .init = set_up, .fini = tear_down, .timeout = 60);

Test(upgrade, returns_why_it_refuses)
{
    refusal = "a reload is in progress\n";
    cr_expect_str_eq(upgrade_begin(&upgrade, on_answer, NULL), refusal);
    fleet.current = NULL;
    cr_expect_str_eq(upgrade_begin(&upgrade, on_answer, NULL), "leat has not started yet\n");
    fleet.is_stopping = true;
    cr_expect_str_eq(upgrade_begin(&upgrade, on_answer, NULL), "leat is stopping\n");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(answers, 0);
}

Test(upgrade, returns_why_the_program_does_not_start)
{
    const char *why = upgrade_begin(&upgrade, on_answer, NULL);

    cr_assert_not_null(why);
    cr_expect(strstr(why, "could not be started: No such file"), "%s", why);
    cr_expect_str_eq(upgrade_begin(&upgrade, on_answer, NULL), "an upgrade is in progress\n",
                     "its handles are still being closed");
    uv_run(&loop, UV_RUN_DEFAULT);
    why = upgrade_begin(&upgrade, on_answer, NULL);
    cr_expect(strstr(why, "could not be started"), "and once they are, it is tried again");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_not(upgrade_runs(&upgrade));
    cr_expect_eq(answers, 0);
}

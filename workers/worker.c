/* SPDX-License-Identifier: MIT */
/*
 * Brings a worker up in one fixed order, and takes it down so that threads end before what they
 * use. What the sandbox forbids comes before confine(): mail's file and process, the
 * documentation's files. The database comes after auth_open(), which adds plans to it, and before
 * auth_start(), which queries it. The last proof is a request to itself through the whole pipeline;
 * only its 200 makes the worker READY.
 *
 *     harden ─▶ release, memory ─▶ mail, docs ─▶ confine ─▶ log, http, api, auth ─▶ database
 *            ─▶ self-request ─▶ READY ─▶ loop ─▶ tear_down
 */
#include "workers/worker.h"

#include "workers/context.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/logging.h"
#include "lib/conf/release.h"
#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/log_repeat.h"
#include "lib/core/system/exit_status.h"
#include "lib/core/system/memfd.h"
#include "workers/identity/auth.h"
#include "workers/sandbox/system_calls.h"
#include "workers/drain.h"
#include "workers/request/form.h"
#include "workers/accounts/throttle.h"
#include "workers/builtins.h"
#include "workers/handlers/docs.h"
#include "workers/gauges.h"
#include "workers/handlers/stream.h"
#include "workers/heap.h"
#include "workers/http/http.h"
#include "workers/identity/jwks.h"
#include "workers/layers/cors.h"
#include "workers/mail/mail.h"
#include "workers/request/observe.h"
#include "workers/request/places.h"
#include "workers/options.h"
#include "workers/pipeline.h"
#include "workers/master_messages.h"
#include "workers/outbound/outbound.h"
#include "workers/request/rates.h"
#include "workers/request/request.h"
#include "workers/sandbox/sandbox.h"
#include "workers/worker_database.h"

enum { TICK_MS = 200, GAUGES_BEATS = 5 };

static struct worker worker;
static volatile sig_atomic_t is_terminated;
static bool has_failed; /* failed before READY */

static void on_term(int signal)
{
    (void)signal;
    is_terminated = 1;
}

/* Ignores the terminal's signals, which go to the master; the master decides about its workers. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ};
    struct sigaction action = {.sa_handler = on_term};

    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        signal(ignored[i], SIG_IGN);
    sigaction(SIGTERM, &action, NULL);
}

static void fail_start(const char *reason)
{
    log_error("worker.failed", "reason=\"%s\"", reason);
    channel_send(CHANNEL_FD, CHANNEL_FAILED, reason);
}

/* Reports all errors as one reason. */
static void fail_diags(const struct diags *diags)
{
    struct buf text = {0};

    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].level == DIAG_ERROR)
            buf_printf(&text, "%s%s%s%s", text.len ? "; " : "",
                       diags->items[i].where ? diags->items[i].where : "",
                       diags->items[i].where ? ": " : "", diags->items[i].message);
    fail_start(buf_text(&text));
    buf_fini(&text);
}

static void read_options(struct worker *w)
{
    options_read_limits(w->config, &w->limits);
    options_read_timeouts(w->config, &w->timeouts);
    w->access = options_access_format(w->config);
    options_read_listeners(w);
    options_read_protection(w);
    cors_open(w);
}

static bool load_release(struct worker *w)
{
    struct fault fault;

    w->release = release_read(CHANNEL_FD_RELEASE, RELEASE_RECORDS, &fault);
    if (!w->release) {
        fail_start(fault.text);
        return false;
    }
    w->config = json_object_object_get(w->release, "config");
    w->secrets = memfd_map(CHANNEL_FD_SECRETS);
    read_options(w);
    return true;
}

static void open_log(struct worker *w)
{
    log_open(&(struct log_options){.program = "worker",
                                   .level = logging_level(w->config),
                                   .json = logging_is_json(w->config),
                                   .fd = {CHANNEL_FD_LOG, CHANNEL_FD_ACCESS_LOG}});
}

static bool attach(struct worker *w, int slot)
{
    w->shm = shm_attach(CHANNEL_FD_SHM);
    if (!w->shm || slot < 0 || slot >= SHM_SLOTS) {
        fail_start("the shared memory has another version; leat and leat-worker differ");
        return false;
    }
    w->slot_index = slot;
    w->slot = &w->shm->slots[slot];
    w->slot->pid = (uint32_t)getpid();
    atomic_store(&w->slot->heartbeat_ns, clock_ns());
    return true;
}

static void beat(struct worker *w)
{
    static unsigned beats;
    static uint64_t reported;
    uint64_t dropped = log_dropped();

    atomic_store_explicit(&w->slot->heartbeat_ns, clock_ns(), memory_order_relaxed);
    shm_count(w->slot, COUNT_LOG_DROPPED, dropped - reported);
    reported = dropped;
    system_calls_report();
    log_repeat_report(false);
    if (beats++ % GAUGES_BEATS == 0)
        gauges_tick(w);
}

static void loop(struct worker *w)
{
    uint64_t ticked = 0;

    do {
        uint64_t now = clock_ns();

        if (is_terminated)
            drain_begin(w, false);
        if (now - ticked >= TICK_MS * NS_PER_MS) {
            ticked = now;
            beat(w);
            http_tick();
            mail_tick(w);
            jwks_tick(w);
            if (w->db) {
                db_expire(w->db);
                stream_tick(w);
            }
        }
        if (w->db)
            db_turn(w->db);
        http_turn(w->state == WORKER_CLOSING ? TICK_MS / 10 : TICK_MS);
    } while (!has_failed && drain_advance(w));
}

/* Frees the records from which w->api was made; they may be large. */
static void drop_records(struct worker *w)
{
    struct json_object *documents = jget(w->release, "documents");

    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        json_object_object_del(document, "operations");
        json_object_object_del(document, "schemas");
        json_object_object_del(document, "rules");
    }
    malloc_trim(0);
}

static void load_api(struct worker *w)
{
    struct slice release = memfd_map(CHANNEL_FD_RELEASE);

    w->api = api_load(jget(w->release, "documents"), release.data, NULL);
    memfd_unmap(release);
}

static bool give_up(const struct fault *fault)
{
    fail_start(fault->text);
    return false;
}

/* Confines the process to what the release needs. */
static void confine(struct worker *w)
{
    struct database_source source = database_source_of(w->config);

    log_configure(logging_level(w->config), logging_is_json(w->config));
    if (conf_bool(w->config, "sandbox"))
        sandbox_worker(
            &(struct sandbox_options){.database = source.path,
                                      .uploads = options_uploads(w),
                                      .is_outbound = source.url || options_is_outbound(w->config),
                                      .has_server = source.url,
                                      .workers = (int)conf_int(w->config, "workers")});
}

static bool set_up(struct worker *w, int slot)
{
    struct diags diags = {0};
    struct fault fault;
    bool ok;

    if (!load_release(w) || !attach(w, slot))
        return false;
    if (!mail_open(w, &fault))
        return give_up(&fault);
    docs_open(w);
    confine(w);
    open_log(w);
    pipeline_open();
    if (!http_start(w, &fault))
        return give_up(&fault);
    load_api(w);
    docs_start(w);
    builtins_open(w);
    w->refuses_read_only = strcmp(conf_string(w->config, "readonly"), "refuse") == 0;
    w->is_strict = strcmp(conf_string(w->config, "responses"), "strict") == 0;
    if (!form_open_folder(w, options_uploads(w), &fault))
        return give_up(&fault);
    if (!auth_open(w, &fault))
        return give_up(&fault);
    mail_start(w);
    throttle_open(w);
    rates_open(w);
    drop_records(w);
    observe_start(w);
    places_open(w);
    ok = worker_database_open(w, &diags);
    if (!ok)
        fail_diags(&diags);
    diags_fini(&diags);
    if (ok && !auth_start(w, &fault))
        return give_up(&fault);
    return ok;
}

static void fail_proof(const char *what)
{
    char reason[160];

    snprintf(reason, sizeof(reason), "the worker's own request to health.ready %s", what);
    fail_start(reason);
    has_failed = true;
}

/* Handles the answer to the worker's own request, the last proof before READY. */
static void on_answered(int status)
{
    struct worker *w = &worker;
    char what[40] = "was not answered";

    if (status != 200) {
        if (status)
            snprintf(what, sizeof(what), "got %d", status);
        fail_proof(what);
        return;
    }
    drain_set_state(w, WORKER_READY);
    log_info("worker.ready", "slot=%d operations=%zu", w->slot_index, w->api->count);
    channel_send(CHANNEL_FD, CHANNEL_READY, NULL);
}

/* Says why the request could not be made, which most often is a lack of descriptors. */
static void fail_unasked(int error)
{
    char what[100];

    snprintf(what, sizeof(what), "failed: %s", strerror(error));
    fail_proof(what);
}

static void tear_down(struct worker *w)
{
    auth_stop(w); /* threads first, as they use memory of requests */
    mail_close(w);
    outbound_close(w);
    worker_database_close(w);
    http_finish();
    request_fini();
    auth_close(w); /* the database used its plans until now */
    docs_close(w);
    api_free(&w->api);
    arena_fini(&w->arena);
    json_object_put(w->release);
    memfd_unmap(w->secrets);
    shm_detach(&w->shm);
}

int worker_run(int slot, unsigned generation)
{
    struct worker *w = &worker;
    const char *ready;

    sandbox_harden();
    heap_open();
    for (int fd = CHANNEL_FD; fd <= CHANNEL_FD_SECRETS; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    set_signals();
    if (!set_up(w, slot)) {
        log_close();
        return EXIT_FAILED;
    }
    master_messages_start(w);
    ready = w->monitors[MONITOR_READY].template;
    ready = ready[0] == '/' ? ready : "/"; /* the route may be disabled for clients */
    if (http_ask_itself(ready, on_answered) == DONE)
        fail_unasked(errno);
    loop(w);
    log_repeat_report(true);
    log_info("worker.gone", "slot=%d generation=%u", slot, generation);
    tear_down(w);
    log_close();
    return has_failed ? EXIT_FAILED : 0;
}

/* SPDX-License-Identifier: MIT */
#include "workers/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/auth/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/conf/release.h"
#include "lib/conf/secret.h"
#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "lib/core/jget.h"
#include "lib/core/log.h"
#include "lib/core/memfd.h"
#include "lib/db/migration.h"
#include "workers/handlers/handlers.h"
#include "workers/http/http.h"
#include "workers/observe.h"
#include "workers/options.h"
#include "workers/request.h"
#include "workers/sandbox.h"

enum { TICK_MS = 200, EXIT_FAILED = 1 };

static struct worker worker;
static volatile sig_atomic_t is_terminated;
static bool has_failed; /* before READY */

static void on_term(int signal)
{
    (void)signal;
    is_terminated = 1;
}

/* The master decides what becomes of a worker; the terminal's signals go to the master alone. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = on_term};

    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        signal(ignored[i], SIG_IGN);
    sigaction(SIGTERM, &action, NULL);
}

static void fail(const char *reason)
{
    log_error("worker.failed", "reason=\"%s\"", reason);
    channel_send(CHANNEL_FD, CHANNEL_FAILED, reason);
}

/* Joins the findings into one reason. */
static void fail_diags(const struct diags *diags)
{
    struct buf text = {0};

    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].level == DIAG_ERROR)
            buf_printf(&text, "%s%s%s%s", text.len ? "; " : "",
                       diags->items[i].where ? diags->items[i].where : "",
                       diags->items[i].where ? ": " : "", diags->items[i].message);
    fail(buf_text(&text));
    buf_fini(&text);
}

static void read_options(struct worker *w)
{
    options_read_limits(w->config, &w->limits);
    options_read_timeouts(w->config, &w->timeouts);
    w->access = options_access_format(w->config);
    options_read_listeners(w);
}

static bool load_release(struct worker *w)
{
    const char *why = NULL;

    w->release = release_read(CHANNEL_FD_RELEASE, &why);
    if (!w->release) {
        fail(why);
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
        fail("the shared memory is not of this version: leat and leat-worker differ");
        return false;
    }
    w->slot_index = slot;
    w->slot = &w->shm->slots[slot];
    atomic_store(&w->slot->pid, (uint32_t)getpid());
    atomic_store(&w->slot->heartbeat_ns, clock_ns());
    return true;
}

/* A worker serves only a database that is exactly at its release's migrations. */
static bool check_migrations(struct worker *w, struct diags *diags)
{
    struct json_object *migrations = jget(w->release, "migrations"), *status;
    size_t total, applied;

    if (!migrations)
        return true;
    status = migration_status(conf_string(w->config, "database.path"), migrations, diags);
    if (!status)
        return false;
    /* A newer release may have migrated further: `reload --migrate` proved that this one runs on
     * that database too. */
    total = json_object_array_length(status) - migration_newer(status, migrations);
    applied = migration_count(status, "applied");
    if (applied != total)
        diag_error(
            diags, NULL,
            "%zu migrations are pending, %zu edited, %zu missing: see leat migrate status, and "
            "leatctl reload --migrate",
            migration_count(status, "pending"), migration_count(status, "edited"),
            migration_count(status, "missing"));
    json_object_put(status);
    return applied == total;
}

static void set_cursor_key(struct worker *w)
{
    struct slice secret = secret_find(w->secrets, conf_string(w->config, "secret"));
    struct buf key = {0};

    if (secret.len)
        digest_hmac_sha256(secret.data, secret.len, "cursor", 6, (unsigned char *)w->cursor_key);
    else if (db_key(w->db, "cursor", &key) && key.len >= sizeof(w->cursor_key))
        memcpy(w->cursor_key, key.data, sizeof(w->cursor_key));
    else
        random_bytes(w->cursor_key, sizeof(w->cursor_key));
    buf_fini(&key);
}

static void deliver(void *arg)
{
    db_deliver(arg);
}

static bool open_database(struct worker *w, struct diags *diags)
{
    struct db_options options = {
        .path = conf_string(w->config, "database.path"),
        .synchronous = conf_string(w->config, "database.synchronous"),
        .readers = (int)conf_int(w->config, "database.readers"),
        .read_budget_ns = (uint64_t)conf_int(w->config, "database.read-budget") * NS_PER_MS,
        .plan_count = w->api->plan_count,
        .shm = w->shm,
        .slot = w->slot};

    if (!w->api->plan_count)
        return true;
    if (!check_migrations(w, diags) || !(w->db = db_open(&options, diags)))
        return false;
    set_cursor_key(w);
    http_watch(db_fd(w->db), deliver, w->db);
    return true;
}

static void set_state(struct worker *w, enum worker_state state)
{
    w->state = state;
    w->state_since_ns = clock_ns();
}

/* Takes nothing new, at once. */
static void close_listeners(struct worker *w)
{
    http_stop_accepting();
    set_state(w, WORKER_CLOSING);
    channel_send(CHANNEL_FD, CHANNEL_DRAINING, NULL);
}

/* With notice, the worker goes on accepting until balancers have seen that it is not ready. */
static void begin_drain(struct worker *w, bool has_notice)
{
    if (w->state >= WORKER_NOTICED)
        return;
    log_info("worker.draining", "connections=%zu in_flight=%u", http_connections(), w->in_flight);
    if (has_notice && w->state == WORKER_ACCEPTING && w->timeouts.notice_ns)
        set_state(w, WORKER_NOTICED);
    else
        close_listeners(w);
}

static void on_accept(struct worker *w, struct channel_message *m)
{
    (void)m;
    if (w->state != WORKER_READY)
        return;
    http_accept();
    set_state(w, WORKER_ACCEPTING);
}

static void on_retire(struct worker *w, struct channel_message *m)
{
    (void)m;
    begin_drain(w, false);
}

static void on_drain(struct worker *w, struct channel_message *m)
{
    (void)m;
    begin_drain(w, true);
}

/* Kept for those of REOPEN: clients may have taken all others. */
static int spare_fds[2] = {-1, -1};

static void hold_spare_fds(void)
{
    for (int i = 0; i < 2; i++)
        spare_fds[i] = fcntl(CHANNEL_FD, F_DUPFD_CLOEXEC, 0);
}

static void drop_spare_fds(void)
{
    for (int i = 0; i < 2; i++)
        if (spare_fds[i] >= 0)
            close(spare_fds[i]);
}

static void on_reopen(struct worker *w, struct channel_message *m)
{
    (void)w;
    if (m->fds[0] < 0 || m->fds[1] < 0) {
        log_error("log.reopen", "no descriptor is free: the old files stay");
        return;
    }
    dup2(m->fds[0], CHANNEL_FD_ACCESS_LOG);
    dup2(m->fds[1], CHANNEL_FD_LOG);
    close(m->fds[0]);
    close(m->fds[1]);
}

static void on_level(struct worker *w, struct channel_message *m)
{
    enum log_level level;

    (void)w;
    if (logging_level_parse(m->text, &level))
        log_set_level(level);
}

static const struct {
    enum channel_type type;
    void (*run)(struct worker *w, struct channel_message *m);
} commands[] = {{CHANNEL_ACCEPT, on_accept},
                {CHANNEL_RETIRE, on_retire},
                {CHANNEL_DRAIN, on_drain},
                {CHANNEL_REOPEN, on_reopen},
                {CHANNEL_LEVEL, on_level}};

static void on_channel(void *arg)
{
    struct worker *w = arg;
    struct channel_message m;
    int result;

    drop_spare_fds();
    while ((result = channel_receive(CHANNEL_FD, &m)) > 0)
        for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
            if (commands[i].type == m.type)
                commands[i].run(w, &m);
    hold_spare_fds();
    if (result == 0)
        return;
    http_unwatch(on_channel); /* its end would wake the loop for ever */
    if (w->state >= WORKER_NOTICED)
        return;
    log_warn("worker.orphaned", "the master is gone");
    begin_drain(w, false);
}

/* Moves the drain along; false when the worker may go. */
static bool advance_drain(struct worker *w)
{
    uint64_t age = clock_ns() - w->state_since_ns;

    if (w->state == WORKER_NOTICED && age >= w->timeouts.notice_ns) {
        close_listeners(w);
        age = 0;
    }
    if (w->state != WORKER_CLOSING)
        return true;
    if (age >= w->timeouts.grace_ns)
        http_close_idle();
    if (age >= w->timeouts.drain_ns && http_connections()) {
        http_cut();
        return false;
    }
    return http_connections() > 0;
}

static void beat(struct worker *w)
{
    static uint64_t reported;
    uint64_t dropped = log_dropped();

    atomic_store_explicit(&w->slot->heartbeat_ns, clock_ns(), memory_order_relaxed);
    shm_count(w->slot, COUNT_LOG_DROPPED, dropped - reported);
    reported = dropped;
}

static void loop(struct worker *w)
{
    uint64_t ticked = 0;

    do {
        uint64_t now = clock_ns();

        if (is_terminated)
            begin_drain(w, false);
        if (now - ticked >= TICK_MS * NS_PER_MS) {
            ticked = now;
            beat(w);
            http_tick();
        }
        http_turn(w->state == WORKER_CLOSING ? TICK_MS / 10 : TICK_MS);
        if (w->db)
            db_turn(w->db);
    } while (!has_failed && advance_drain(w));
}

static bool set_up(struct worker *w, int slot)
{
    struct diags diags = {0};
    char *why = NULL;
    bool ok;

    if (!load_release(w) || !attach(w, slot))
        return false;
    if (conf_bool(w->config, "sandbox") && !sandbox_enter(conf_string(w->config, "database.path")))
        log_debug("worker.sandbox", "the kernel has no Landlock");
    open_log(w);
    if (!http_start(w, &why)) {
        fail(why);
        free(why);
        return false;
    }
    w->api = api_load(jget(w->release, "documents"), NULL);
    handler_add_monitors(w);
    observe_start(w);
    ok = open_database(w, &diags);
    if (!ok)
        fail_diags(&diags);
    diags_fini(&diags);
    return ok;
}

/* The answer to the worker's own request: the last proof before READY. */
static void on_answered(int status)
{
    struct worker *w = &worker;
    char reason[80];

    if (status != 200) {
        snprintf(reason, sizeof(reason), "the worker's own request to health.ready was answered %d",
                 status);
        fail(reason);
        has_failed = true;
        return;
    }
    set_state(w, WORKER_READY);
    log_info("worker.ready", "slot=%d operations=%zu", w->slot_index, w->api->count);
    channel_send(CHANNEL_FD, CHANNEL_READY, NULL);
}

static void tear_down(struct worker *w)
{
    http_finish();
    db_close(&w->db);
    request_fini();
    api_free(&w->api);
    arena_fini(&w->arena);
    json_object_put(w->release);
    memfd_unmap(w->secrets);
    shm_detach(&w->shm);
}

int worker_run(int slot, unsigned generation)
{
    struct worker *w = &worker;

    sandbox_harden();
    for (int fd = CHANNEL_FD; fd <= CHANNEL_FD_SECRETS; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    set_signals();
    if (!set_up(w, slot)) {
        log_close();
        return EXIT_FAILED;
    }
    hold_spare_fds();
    http_watch(CHANNEL_FD, on_channel, w);
    http_ask_itself(on_answered);
    loop(w);
    log_info("worker.gone", "slot=%d generation=%u", slot, generation);
    tear_down(w);
    log_close();
    return has_failed ? EXIT_FAILED : 0;
}

/* SPDX-License-Identifier: MIT */
#include "server/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "include/leat_control.h"
#include "lib/core/clock.h"
#include "lib/core/jwrite.h"
#include "lib/core/log.h"
#include "lib/core/memfd.h"
#include "server/child.h"
#include "server/master.h"

static const char *state_name(const struct child *c)
{
    static const char *const names[] = {"starting", "ready", "draining"};

    return c->slot < 0 ? "waiting" : names[c->state];
}

static void put_worker(struct buf *b, struct master *m, const struct child *c)
{
    const struct shm_slot *s = c->slot < 0 ? NULL : &m->shm->slots[c->slot];
    uint64_t since = c->ready_ns ? c->ready_ns : clock_ns();

    buf_printf(b, "%s{\"index\":%d,\"generation\":%u,\"pid\":%d,\"state\":\"%s\"",
               b->data[b->len - 1] == '[' ? "" : ",", c->index, c->generation->id,
               s ? (int)c->process.pid : 0, state_name(c));
    buf_printf(b, ",\"ready_ms\":%lu", (unsigned long)((clock_ns() - since) / NS_PER_MS));
    buf_printf(b, ",\"requests\":%lu,\"in_flight\":%u,\"connections\":%u}",
               s ? (unsigned long)s->counts.requests : 0, s ? s->in_flight : 0,
               s ? s->open_connections : 0);
}

static void put_workers(struct buf *b, struct master *m, const struct generation *g)
{
    for (int i = 0; g && i < g->worker_count; i++)
        if (g->children[i])
            put_worker(b, m, g->children[i]);
}

static void run_workers(struct control_client *client, struct json_object *id)
{
    struct master *m = control_master(client);
    struct buf b = {0};

    buf_putc(&b, '[');
    put_workers(&b, m, m->current);
    put_workers(&b, m, m->reload.next);
    for (const struct generation *g = m->retiring; g; g = g->next)
        put_workers(&b, m, g);
    buf_putc(&b, ']');
    control_result(client, id, buf_slice(&b));
    buf_fini(&b);
}

static void put_time(struct buf *b, const char *name, uint64_t real_ms)
{
    char text[CLOCK_TEXT];

    clock_rfc3339(real_ms, text);
    buf_printf(b, ",\"%s\":\"%s\"", name, text);
}

static void put_reload(struct buf *b, const struct reload *r)
{
    buf_printf(b, ",\"reload\":{\"state\":\"%s\"", reload_state_name(r->state));
    if (r->has_result) {
        put_time(b, "finished", r->finished_real_ms);
        buf_printf(b, ",\"ok\":%s,\"text\":", r->is_ok ? "true" : "false");
        jwrite_string(b, r->state == RELOAD_IDLE ? r->text.data : "",
                      r->state == RELOAD_IDLE ? r->text.len : 0);
    }
    buf_putc(b, '}');
}

static void run_status(struct control_client *client, struct json_object *id)
{
    struct master *m = control_master(client);
    struct shm_counts counts = shm_counts(m->shm);
    int ready = 0, retiring = 0;
    struct buf b = {0};

    for (int i = 0; m->current && i < m->current->worker_count; i++)
        ready += m->current->children[i] && m->current->children[i]->state == CHILD_READY;
    for (const struct generation *g = m->retiring; g; g = g->next)
        retiring += g->child_count;
    buf_printf(&b, "{\"version\":\"%s\",\"pid\":%d,\"state\":\"%s\"", PACKAGE_VERSION,
               (int)getpid(),
               m->is_stopping ? "stopping"
               : m->current   ? "serving"
                              : "starting");
    put_time(&b, "started", m->started_real_ms);
    buf_printf(&b,
               ",\"generation\":%u,\"release\":\"%s\",\"workers\":%d,\"ready\":%d,\"retiring\":%d",
               m->current ? m->current->id : 0, m->current ? m->current->hash : "",
               m->current ? m->current->worker_count : 0, ready, retiring);
    buf_printf(&b,
               ",\"requests\":%lu,\"server_errors\":%lu,\"connections\":%lu,\"log_dropped\":%lu",
               (unsigned long)counts.requests, (unsigned long)counts.server_errors,
               (unsigned long)counts.connections, (unsigned long)counts.log_dropped);
    put_reload(&b, &m->reload);
    buf_putc(&b, '}');
    control_result(client, id, buf_slice(&b));
    buf_fini(&b);
}

static void run_release(struct control_client *client, struct json_object *id)
{
    struct master *m = control_master(client);
    struct slice map = m->current ? memfd_map(m->current->release_fd) : (struct slice){0};

    if (map.data)
        control_result(client, id, map);
    else
        control_error(client, id, LEAT_CONTROL_FAILED, "there is no release yet");
    memfd_unmap(map);
}

static void on_reloaded(void *arg, bool ok, const char *text)
{
    struct control_client *client = arg;
    struct buf b = {0};

    buf_printf(&b, "{\"ok\":%s,\"text\":", ok ? "true" : "false");
    jwrite_string(&b, text, strlen(text));
    buf_putc(&b, '}');
    control_result_deferred(client, buf_slice(&b));
    buf_fini(&b);
}

static void run_reload(struct control_client *client, struct json_object *id)
{
    log_info("control.reload", "requested by leatctl");
    if (control_defer(client, id))
        reload_request(&control_master(client)->reload, on_reloaded, client);
    else
        control_error(client, id, LEAT_CONTROL_FAILED,
                      "this connection waits for a reload already");
}

static void run_stop(struct control_client *client, struct json_object *id)
{
    log_info("control.stop", "requested by leatctl");
    control_result(client, id, SLICE_LIT("{\"ok\":true,\"text\":\"draining\\n\"}"));
    master_stop(control_master(client));
}

static const struct {
    const char *name;
    const char *help;
    void (*run)(struct control_client *client, struct json_object *id);
} commands[] = {
    {"status", "the master, the counters, the last reload", run_status},
    {"workers", "each worker process", run_workers},
    {"release", "the release that is in force", run_release},
    {"reload", "read the configuration again; waits for the result", run_reload},
    {"stop", "drain and exit", run_stop},
};

static void run_help(struct control_client *client, struct json_object *id)
{
    struct buf b = {0};

    buf_putc(&b, '{');
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        buf_printf(&b, "%s\"%s\":\"%s\"", i ? "," : "", commands[i].name, commands[i].help);
    buf_putc(&b, '}');
    control_result(client, id, buf_slice(&b));
    buf_fini(&b);
}

void command_run(struct control_client *client, const char *method, struct json_object *id)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(commands[i].name, method) == 0) {
            commands[i].run(client, id);
            return;
        }
    if (strcmp(method, "help") == 0)
        run_help(client, id);
    else
        control_error(client, id, LEAT_CONTROL_METHOD, "no such method; help lists them");
}

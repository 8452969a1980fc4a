/* SPDX-License-Identifier: MIT */
/*
 * The table of commands is verbs.def; this file adds the functions, and checks each call against
 * its row before the function runs: the peer's role, the types of the parameters, no unknown ones.
 * An unknown command is refused with "denied" to a peer without any role, so that it cannot learn
 * the list. Commands of administrators are audited before they run, without the parameters that are
 * secret.
 */
#include "server/commands/commands.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/leat_control.h"
#include "lib/conf/logging.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "lib/core/system/memfd.h"
#include "server/commands/call.h"
#include "server/commands/report.h"
#include "server/commands/verbs.h"
#include "server/generation/generation.h"
#include "server/generation/logs.h"

void command_answer(const struct call *c, struct buf *json)
{
    control_result(c->client, c->id, buf_slice(json));
    buf_fini(json);
}

void command_refuse(const struct call *c, const char *message)
{
    control_error(c->client, c->id, LEAT_CONTROL_FAILED, message);
}

/* --- commands that only read --- */

void command_status(const struct call *c)
{
    struct buf b = {0};

    report_status(c->commands, &b);
    command_answer(c, &b);
}

void command_workers(const struct call *c)
{
    struct buf b = {0};

    report_workers(c->commands->fleet, &b);
    command_answer(c, &b);
}

void command_operations(const struct call *c)
{
    struct buf b = {0};

    if (report_operations(c->commands->fleet, jget_text(c->params, "by"), &b))
        command_answer(c, &b);
    else
        command_refuse(c, "--by must be load, requests, p99 or errors");
}

void command_requests(const struct call *c)
{
    struct buf b = {0};

    report_requests(c->commands->fleet, false, &b);
    command_answer(c, &b);
}

void command_metrics(const struct call *c)
{
    struct buf b = {0};

    report_metrics(c->commands->fleet, &b);
    command_answer(c, &b);
}

void command_release(const struct call *c)
{
    const struct generation *g = c->commands->fleet->current;
    struct slice map = g ? memfd_map(g->release_fd) : (struct slice){0};

    if (map.data)
        control_result(c->client, c->id, map);
    else
        command_refuse(c, "no release is in force yet");
    memfd_unmap(map);
}

/* --- commands that change something --- */

static void on_outcome(void *arg, bool ok, const char *text)
{
    control_outcome_deferred(arg, ok, text);
}

bool command_defer(const struct call *c)
{
    if (control_defer(c->client, c->id))
        return true;
    command_refuse(c, "this connection is already waiting for a reply");
    return false;
}

/* Answers a deferred call with the reason why nothing was begun; NULL: the answer comes later. */
static void answer_now(const struct call *c, const char *refusal)
{
    if (refusal)
        control_outcome_deferred(c->client, false, refusal);
}

void command_reload(const struct call *c)
{
    bool is_dry = jget_bool(c->params, "dry-run"), migrates = jget_bool(c->params, "migrate");
    enum reload_kind kind = is_dry ? RELOAD_DRY_RUN : migrates ? RELOAD_MIGRATE : RELOAD_PLAIN;

    if (is_dry && migrates)
        command_refuse(c, "--dry-run and --migrate are mutually exclusive");
    else if (command_defer(c))
        answer_now(c, reload_request(c->commands->reload, kind, on_outcome, c->client));
}

void command_drain(const struct call *c)
{
    struct buf b = {0};

    if (jget_bool(c->params, "why")) {
        report_requests(c->commands->fleet, true, &b);
        command_answer(c, &b);
    } else if (c->commands->fleet->is_stopping) {
        command_refuse(c, "leat is already draining; see leatctl drain --why");
    } else if (command_defer(c)) {
        control_await_drain(c->client);
        c->commands->stop(c->commands->owner);
    }
}

void command_stop(const struct call *c)
{
    control_outcome(c->client, c->id, true, "draining\n");
    c->commands->stop(c->commands->owner);
}

void command_scale(const struct call *c)
{
    int64_t workers = jget_int(c->params, "workers");
    struct generation *g = c->commands->fleet->current;
    char text[64];

    if (!g) {
        command_refuse(c, "leat is not serving");
    } else if (workers < 1 || workers > GENERATION_WORKERS_MAX) {
        command_refuse(c, "workers must be from 1 to 1024");
    } else {
        generation_scale(g, (int)workers);
        snprintf(text, sizeof(text), "scaling to %d workers\n", (int)workers);
        control_outcome(c->client, c->id, true, text);
    }
}

void command_recycle(const struct call *c)
{
    bool has_pid = jget(c->params, "pid");
    int64_t pid = jget_int(c->params, "pid");
    struct generation *g = c->commands->fleet->current;
    int count = 0;
    char text[64];

    if (g && (!has_pid || (pid > 0 && pid <= INT_MAX)))
        count = generation_recycle(g, (int)pid);
    if (!count) {
        command_refuse(c, "no ready worker has that pid");
        return;
    }
    snprintf(text, sizeof(text), "%d workers will be replaced, one at a time\n", count);
    control_outcome(c->client, c->id, true, text);
}

void command_upgrade(const struct call *c)
{
    if (command_defer(c))
        answer_now(c, upgrade_begin(c->commands->upgrade, on_outcome, c->client));
}

void command_log_level(const struct call *c)
{
    const char *level = jget_text(c->params, "level");
    enum log_level parsed;

    if (!logging_level_parse(level, &parsed)) {
        command_refuse(c, "level must be error, warn, info or debug");
        return;
    }
    logs_set_level(c->commands->fleet, level);
    control_outcome(c->client, c->id, true, "until the next reload\n");
}

void command_reopen(const struct call *c)
{
    struct diags diags = {0};
    struct buf text = {0};
    bool ok = logs_reopen(c->commands->fleet, &diags);

    for (size_t i = 0; i < diags.count; i++)
        buf_printf(&text, "%s\n", diags.items[i].message);
    control_outcome(c->client, c->id, ok, ok ? "log files reopened\n" : buf_text(&text));
    buf_fini(&text);
    diags_fini(&diags);
}

/* --- the table --- */

static void run_help(const struct call *c);

static const struct verb {
    const char *name;
    void (*run)(const struct call *c);
    enum control_role role;
    const char *arguments, *help;
} verbs[] = {
#define VERB(name, function, role, arguments, help)                                                \
    {name, command_##function, ROLE_##role, arguments, help},
#include "server/commands/verbs.def"
#undef VERB
    {"help", run_help, ROLE_READER, "", "this list"},
};

static void run_help(const struct call *c)
{
    struct buf b = {0};

    buf_putc(&b, '{');
    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        buf_printf(&b, "%s\"%s\":\"%s\"", i ? "," : "", verbs[i].name, verbs[i].help);
    buf_putc(&b, '}');
    command_answer(c, &b);
}

static bool is_known(const struct verb *v, const char *name)
{
    struct slice rest = slice_of(v->arguments);
    struct verb_argument a;

    while (verb_next(&rest, &a))
        if (slice_is(a.name, name))
            return true;
    return false;
}

/* Compares the parameters with the table. Returns NULL if they match, otherwise the error in
 * `out`. */
static const char *check_params(const struct verb *v, struct json_object *params, char *out,
                                size_t size)
{
    struct slice rest = slice_of(v->arguments);
    struct verb_argument a;

    if (params && !json_object_is_type(params, json_type_object))
        return "params must be an object";
    while (verb_next(&rest, &a)) {
        enum json_type type = a.is_switch ? json_type_boolean
                              : a.is_int  ? json_type_int
                                          : json_type_string;
        struct json_object *value;

        snprintf(out, size, "%.*s", (int)a.name.len, a.name.data);
        value = jget(params, out);
        if (value ? !json_object_is_type(value, type) : !a.is_optional) {
            snprintf(out, size, "%.*s: must be %s", (int)a.name.len, a.name.data,
                     json_type_to_name(type));
            return out;
        }
    }
    if (params) {
        json_object_object_foreach(params, name, value)
        {
            (void)value;
            snprintf(out, size, "%.40s: no such parameter", name);
            if (!is_known(v, name))
                return out;
        }
    }
    return NULL;
}

/* Returns the parameters with secrets masked. The caller's. */
static struct json_object *shown_params(const struct call *c, const struct verb *v)
{
    struct slice rest = slice_of(v->arguments);
    struct json_object *shown = json_object_new_object();
    struct verb_argument a;
    char name[32];

    while (verb_next(&rest, &a)) {
        struct json_object *value;

        snprintf(name, sizeof(name), "%.*s", (int)a.name.len, a.name.data);
        value = jget(c->params, name);
        if (value)
            json_object_object_add(
                shown, name, a.is_secret ? json_object_new_string("***") : json_object_get(value));
    }
    return shown;
}

static void audit(const struct call *c, const struct verb *v)
{
    struct json_object *shown = shown_params(c, v);
    struct control_peer peer = control_peer_of(c->client);
    char name[32];

    snprintf(name, sizeof(name), "%s", v->name);
    name[strcspn(name, " ")] = strchr(name, ' ') ? '-' : '\0';
    log_audit("control.command", "command=%s uid=%u pid=%d params=%.500s", name, peer.uid, peer.pid,
              json_object_to_json_string_ext(shown, JSON_C_TO_STRING_PLAIN));
    json_object_put(shown);
}

static void on_request(void *owner, struct control_connection *client, const char *method,
                       struct json_object *params, struct json_object *id)
{
    struct call c = {client, owner, method, id, params};
    const struct verb *v = verbs, *end = verbs + sizeof(verbs) / sizeof(*verbs);
    const char *wrong;
    char text[128];

    while (v < end && strcmp(v->name, method) != 0)
        v++;
    if (control_role_of(client) < (v < end ? v->role : ROLE_READER)) {
        struct control_peer peer = control_peer_of(client);

        log_warn("control.denied", "command=%s uid=%u pid=%d", v < end ? v->name : "-", peer.uid,
                 peer.pid);
        control_error(client, id, LEAT_CONTROL_DENIED, "permission denied for this user");
    } else if (v == end) {
        control_error(client, id, LEAT_CONTROL_METHOD, "no such method; see help");
    } else if ((wrong = check_params(v, params, text, sizeof(text)))) {
        control_error(client, id, LEAT_CONTROL_PARAMS, wrong);
    } else {
        if (v->role == ROLE_ADMIN)
            audit(&c, v);
        v->run(&c);
    }
}

static void on_gone(void *owner, struct control_connection *client)
{
    struct commands *commands = owner;

    reload_forget(commands->reload, client);
    upgrade_forget(commands->upgrade, client);
    admins_forget(&commands->admins, client);
    backups_forget(commands->backups, client);
}

static struct json_object *config_in_force(void *owner)
{
    const struct generation *g = ((struct commands *)owner)->fleet->current;

    return g ? g->config : NULL;
}

const struct control_events command_events = {on_request, on_gone, config_in_force};

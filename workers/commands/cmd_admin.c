/* SPDX-License-Identifier: MIT */
/*
 * Runs one command against the store as a worker would: it opens the database with the same plans,
 * waits for one query after the other, and advances the account's epoch in shared memory, so that
 * workers drop cached logins at once. Refusals are answers ({"ok": false}) with exit code 0; only
 * what prevents an answer, such as a database that cannot be opened, exits with 1. The actor for
 * the audit comes from the master, which knows the peer of the control socket.
 */
#include "workers/commands/cmd_admin.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/release.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/system/memfd.h"
#include "workers/commands/admin_call.h"
#include "workers/commands/drop_privileges.h"

enum { REQUEST_DEPTH = 8, ASK_S = 30 };

static const struct {
    const char *method;
    admin_fn run;
    bool needs_database;
} commands[] = {
    {"user list", admin_user_list, true},
    {"user create", admin_user_create, true},
    {"user disable", admin_user_disable, true},
    {"user enable", admin_user_enable, true},
    {"user set-password", admin_user_set_password, true},
    {"user disable-totp", admin_user_disable_totp, true},
    {"user roles", admin_user_roles, true},
    {"token create", admin_token_create, true},
    {"token list", admin_token_list, true},
    {"token revoke", admin_token_revoke, true},
    {"audit", admin_audit, true},
    {"keys list", admin_keys_list, false},
    {"keys rotate", admin_keys_rotate, false},
};

/* --- answers --- */

void admin_rows(struct admin *a)
{
    a->answer = a->row ? json_object_get(a->row) : json_object_new_array();
}

void admin_say(struct admin *a, bool ok, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    json_object_put(a->answer);
    a->answer = json_object_new_object();
    json_object_object_add(a->answer, "ok", json_object_new_boolean(ok));
    jput_text(a->answer, "text", arena_vprintf(&a->arena, format, args));
    va_end(args);
}

/* --- the store --- */

static void put_value(void *value)
{
    json_object_put(value);
}

void admin_begin(struct admin *a, enum store_query query)
{
    store_fini(&a->call);
    store_begin(&a->call, &a->store, query);
    store_text_if_used(&a->call, "now", a->now);
    store_text_if_used(&a->call, "actor", a->actor);
}

static void on_done(struct db_job *job)
{
    *(bool *)job->data = true;
}

bool admin_ask(struct admin *a)
{
    struct pollfd ready = {.fd = db_fd(a->db), .events = POLLIN};
    bool is_done = false;

    is_done =
        store_submit(&a->call, a->db, clock_ns() + ASK_S * NS_PER_S, on_done, &is_done) == DONE;
    db_turn(a->db);
    while (!is_done) {
        poll(&ready, 1, -1);
        db_deliver(a->db);
    }
    a->err = a->call.job.err;
    a->row = store_result(&a->call);
    if (a->row)
        arena_defer(&a->arena, put_value, a->row);
    if (a->err == OK || a->err == ERR_NOT_FOUND || a->err == ERR_CONFLICT)
        return true;
    admin_say(a, false, "database: %s; see leat migrate status\n", a->call.job.cause);
    return false;
}

const char *admin_text(struct admin *a, const char *name)
{
    return jget_text(a->params, name);
}

struct json_object *admin_user(struct admin *a)
{
    const char *name = admin_text(a, "email");

    admin_begin(a, STORE_FIND_USER);
    store_text(&a->call, "name", name);
    if (!admin_ask(a))
        return NULL;
    if (a->err != OK)
        admin_say(a, false, "%s: no such user; see leatctl user list\n", name);
    return a->err == OK ? a->row : NULL;
}

/* --- running a command --- */

static bool open_store(struct admin *a, struct diags *diags)
{
    struct database_source source = database_source_of(a->config);
    struct db_options options = {.url = source.url,
                                 .path = source.path,
                                 .synchronous = conf_string(a->config, "database.synchronous"),
                                 .readers = 1,
                                 .read_budget = read_budget_of(ASK_S * NS_PER_S),
                                 .plan_count = STORE_COUNT,
                                 .roles = 1u << ROLE_SERVER,
                                 .shm = a->shm};

    store_init(&a->store, &a->arena, 0, dialect_find(source.engine));
    if (!source.url && !source.path) {
        admin_say(a, false, "there is no database; database.url is not configured\n");
        return false;
    }
    a->db = db_open(&options, diags);
    return a->db;
}

static void run_method(struct admin *a, const char *method, struct diags *diags)
{
    char now[CLOCK_TEXT];

    clock_rfc3339(clock_real_ms(), now);
    a->now = now;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(commands[i].method, method) == 0 &&
            (!commands[i].needs_database || open_store(a, diags)))
            commands[i].run(a);
    store_fini(&a->call);
    db_close(&a->db);
}

static void print(struct json_object *answer)
{
    struct buf text = {0};

    jwrite_value(&text, answer);
    puts(buf_text(&text));
    buf_fini(&text);
}

static struct json_object *read_request(int fd)
{
    struct slice text = memfd_map(fd);
    struct json_object *request = NULL;
    struct jread_fault fault;

    if (text.data)
        jread_plain(text.data, text.len, REQUEST_DEPTH, &request, &fault);
    memfd_unmap(text);
    return request;
}

int cmd_admin(int release_fd, int shm_fd, int request_fd)
{
    struct diags diags = {0};
    struct fault fault;
    struct json_object *request = read_request(request_fd);
    struct json_object *release = release_read(release_fd, RELEASE_HEAD, &fault);
    int result;
    struct admin a = {.config = jget(release, "config"),
                      .params = jget(request, "params"),
                      .actor = jget_text(request, "actor"),
                      .shm = shm_attach(shm_fd)};

    if (!request || !release || !a.shm || !a.actor)
        diag_error(&diags, NULL, "%s", release ? "the request cannot be read" : fault.text);
    else if (drop_privileges(a.config, &diags))
        run_method(&a, jget_text(request, "method"), &diags);
    result = a.answer ? 0 : 1;
    if (a.answer)
        print(a.answer);
    else
        diags_print(&diags, stderr);
    json_object_put(a.answer);
    json_object_put(request);
    json_object_put(release);
    arena_fini(&a.arena);
    shm_detach(&a.shm);
    diags_fini(&diags);
    return result;
}

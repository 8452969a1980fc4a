/* SPDX-License-Identifier: MIT */
/* A scratch database is created by a second session, which holds an advisory lock of its name while
 * it lives. What a killed process has left has no such lock, and the next one drops it. */
#include "lib/db/pg/load/pg_scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/buf.h"
#include "lib/core/text/uuid.h"
#include "lib/db/pg/load/pg_migration.h"

/* The first half of an advisory lock's key: "Leat". */
#define LOCK_CLASS "1281712500"

enum { LEFT_MAX = 10 };

static volatile sig_atomic_t is_ended;
static PGcancel *running; /* cancels what the session runs */

/* Ends what runs, so that the scratch is closed as after an error. */
static void on_term(int number)
{
    char ignored[256];

    (void)number;
    is_ended = 1;
    if (running)
        /* NOLINTNEXTLINE(bugprone-signal-handler): libpq says that it may be called here. */
        PQcancel(running, ignored, sizeof(ignored));
}

static void watch_signals(struct pg_session *s)
{
    s->is_ended = &is_ended;
    running = PQgetCancel(s->conn);
    signal(SIGTERM, on_term);
}

static void name_scratch(struct pg_scratch *s)
{
    uint64_t random;

    random_bytes(&random, sizeof(random));
    snprintf(s->name, sizeof(s->name), "leat_check_%d_%016" PRIx64, (int)getpid(), random);
}

static void drop_database(struct pg_session *admin, const char *name)
{
    struct fault ignored;
    struct buf sql = {0};

    buf_printf(&sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    pg_session_run(admin, buf_text(&sql), &ignored);
    buf_fini(&sql);
}

static void drop_left(struct pg_session *admin)
{
    struct fault ignored;
    PGresult *rows = pg_session_ask(
        admin, &ignored,
        "SELECT datname FROM pg_catalog.pg_database WHERE datname ~ "
        "'^leat_check_\\d+_[0-9a-f]{16}$'"
        " AND pg_catalog.pg_has_role(datdba, 'USAGE') AND NOT EXISTS (SELECT FROM"
        " pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = " LOCK_CLASS "::oid"
        " AND objid = pg_catalog.hashtext(datname)::oid)",
        PG_END);

    for (int i = 0; rows && i < PQntuples(rows) && i < LEFT_MAX; i++)
        drop_database(admin, pg_text(rows, i, 0));
    PQclear(rows);
}

/* Creates it with the encoding and locale of the source's. */
static bool create_database(struct pg_scratch *s, struct fault *fault)
{
    struct buf sql = {0};
    char options[512];
    bool ok;

    buf_printf(&sql,
               "SELECT pg_catalog.pg_advisory_lock(" LOCK_CLASS ", pg_catalog.hashtext('%s'))",
               s->name);
    ok = pg_session_run(&s->admin, buf_text(&sql), fault);
    sql.len = 0;
    drop_left(&s->admin);
    ok = ok && pg_session_value(
                   &s->admin,
                   "SELECT pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L',"
                   " pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype)"
                   " FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
                   options, sizeof(options), fault);
    if (ok) {
        buf_printf(&sql, "CREATE DATABASE %s TEMPLATE template0 %s", s->name, options);
        ok = pg_session_run(&s->admin, buf_text(&sql), fault);
    }
    buf_fini(&sql);
    return ok;
}

static bool open_database(struct pg_scratch *s, const char *source, struct json_object *migrations,
                          struct diags *diags)
{
    char path[1024];
    struct fault fault;
    PGresult *set = NULL;
    bool ok = create_database(s, &fault) &&
              pg_session_value(&s->admin, "SHOW search_path", path, sizeof(path), &fault) &&
              pg_session_open(&s->session, source, s->name, &fault) &&
              (set = pg_session_ask(&s->session, &fault,
                                    "SELECT pg_catalog.set_config('search_path', $1, false)", path,
                                    PG_END));

    PQclear(set);
    if (ok)
        watch_signals(&s->session);
    else
        diag_error(diags, NULL, "creating a scratch database: %s", fault.text);
    ok = ok && pg_migration_fill(&s->session, migrations, diags);
    if (ok && !pg_session_run(&s->session, "BEGIN", &fault)) {
        diag_error(diags, NULL, "%s", fault.text);
        ok = false;
    }
    return ok;
}

/* The schemas of extensions stay in reach, since a migration cannot have them again. */
static bool open_schema(struct pg_scratch *s, struct json_object *migrations, struct diags *diags)
{
    struct buf sql = {0};
    struct fault fault;
    bool ok;

    buf_printf(&sql,
               "BEGIN; CREATE SCHEMA %s; SELECT pg_catalog.set_config('search_path',"
               " pg_catalog.concat_ws(', ', '%s', (SELECT pg_catalog.string_agg(DISTINCT"
               " pg_catalog.quote_ident(n.nspname), ', ') FROM pg_catalog.pg_extension e"
               " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <>"
               " 'pg_catalog')), true)",
               s->name, s->name);
    ok = pg_session_run(&s->session, buf_text(&sql), &fault);
    if (!ok)
        diag_error(diags, NULL,
                   "creating a scratch schema: %s; grant the role CREATEDB, or CREATE on the "
                   "database",
                   fault.text);
    buf_fini(&sql);
    return ok && pg_migration_rehearse(&s->session, migrations, diags);
}

bool pg_scratch_open(struct pg_scratch *s, const char *source, struct json_object *migrations,
                     struct diags *diags)
{
    char may_create[8];
    struct fault fault;
    bool ok;

    *s = (struct pg_scratch){0};
    name_scratch(s);
    ok = pg_session_open(&s->admin, source, NULL, &fault) &&
         pg_session_value(&s->admin,
                          "SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles"
                          " WHERE rolname = current_user",
                          may_create, sizeof(may_create), &fault);
    if (!ok) {
        diag_error(diags, NULL, "%s", fault.text);
    } else if (*may_create == 't') {
        ok = open_database(s, source, migrations, diags);
    } else {
        s->session = s->admin;
        s->admin.conn = NULL;
        watch_signals(&s->session);
        ok = open_schema(s, migrations, diags);
    }
    if (!ok)
        pg_scratch_close(s);
    return ok;
}

void pg_scratch_close(struct pg_scratch *s)
{
    PGcancel *last = running;

    running = NULL;
    PQfreeCancel(last);
    pg_session_close(&s->session);
    if (s->admin.conn)
        drop_database(&s->admin, s->name);
    pg_session_close(&s->admin);
    if (is_ended)
        _exit(128 + SIGTERM);
    signal(SIGTERM, SIG_DFL);
}

/* SPDX-License-Identifier: MIT */
#define SQLITE_ENABLE_PREUPDATE_HOOK /* for sqlite3.h to declare it */
#include "lib/db/owned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct guarded {
    char *name, *column; /* as they were created */
    int index;           /* of the column in the row as it is stored */
};

struct owned {
    sqlite3 *db;
    struct slice subject;  /* of the running job */
    struct guarded *found; /* the table whose row was another's */
    enum err err;
    sqlite3_stmt *version;
    int64_t seen;  /* the schema's version when the indexes were read; -1: before any job */
    unsigned data; /* data_version() then, or after this connection's own commit since */
    size_t count;
    struct guarded tables[];
};

/* Virtual generated columns are not stored; the hook does not count them. */
static const char find_column[] =
    "SELECT t.name, c.name, (SELECT count(*) FROM pragma_table_xinfo(t.name, 'main') b"
    " WHERE b.cid < c.cid AND b.hidden <> 2)"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, 'main') c"
    " WHERE t.schema = 'main' AND t.type = 'table' AND t.name = ?1 COLLATE NOCASE"
    " AND c.name = ?2 COLLATE NOCASE";

static char *must(char *text)
{
    if (!text)
        abort();
    return text;
}

static void sub(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct conn *c = sqlite3_user_data(context);
    struct slice subject = c->owned ? c->owned->subject : (struct slice){0};

    (void)argc, (void)argv;
    if (subject.data)
        sqlite3_result_text64(context, subject.data, subject.len, SQLITE_STATIC, SQLITE_UTF8);
}

static bool is_own(const struct owned *o, sqlite3_value *value)
{
    const void *text;

    if (!o->subject.data || sqlite3_value_type(value) != SQLITE_TEXT)
        return false;
    /* As a blob it need not be copied to get its NUL. */
    text = sqlite3_value_encoding(value) == SQLITE_UTF8 ? sqlite3_value_blob(value)
                                                        : sqlite3_value_text(value);
    return (size_t)sqlite3_value_bytes(value) == o->subject.len &&
           (!o->subject.len || (text && memcmp(text, o->subject.data, o->subject.len) == 0));
}

/* Whether the row is another's, as sqlite3_preupdate_old() or _new() gives it. What cannot be read
 * is nobody's. */
static bool is_foreign(const struct owned *o, const struct guarded *t,
                       int (*get)(sqlite3 *, int, sqlite3_value **))
{
    sqlite3_value *value;

    return get(o->db, t->index, &value) != SQLITE_OK || !is_own(o, value);
}

/* The statement need not go on: it is interrupted. */
static void on_change(void *arg, sqlite3 *db, int op, const char *schema, const char *table,
                      sqlite3_int64 old_id, sqlite3_int64 new_id)
{
    struct owned *o = ((struct conn *)arg)->owned;
    struct guarded *t = o->tables;

    (void)schema, (void)old_id, (void)new_id;
    while (t < o->tables + o->count && strcmp(t->name, table) != 0)
        t++;
    if (t == o->tables + o->count || o->found)
        return;
    if (op != SQLITE_INSERT && is_foreign(o, t, sqlite3_preupdate_old))
        o->err = ERR_NOT_FOUND;
    else if (op != SQLITE_DELETE && is_foreign(o, t, sqlite3_preupdate_new))
        o->err = ERR_FORBIDDEN;
    else
        return;
    o->found = t;
    sqlite3_interrupt(db);
}

/* Takes the name as the schema has it. Once a job has run it must stay: its result names it. */
static bool take_name(char **to, sqlite3_stmt *row, int i, bool is_settled)
{
    const char *name = (const char *)sqlite3_column_text(row, i);

    if (!is_settled) {
        free(*to);
        *to = must(strdup(name));
    }
    return strcmp(*to, name) == 0;
}

/* Reads where the columns stand. */
static bool find_columns(struct owned *o, char **why)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(o->db, find_column, -1, &stmt, NULL) == SQLITE_OK;

    for (size_t i = 0; ok && i < o->count; i++) {
        struct guarded *t = &o->tables[i];

        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(stmt, 2, t->column, -1, SQLITE_TRANSIENT);
        ok = sqlite3_step(stmt) == SQLITE_ROW && take_name(&t->name, stmt, 0, o->seen >= 0) &&
             take_name(&t->column, stmt, 1, o->seen >= 0);
        t->index = sqlite3_column_int(stmt, 2);
        if (!ok && asprintf(why, "protecting the table %s: it is no table with a column %s",
                            t->name, t->column) < 0)
            abort();
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return ok;
}

static bool run_text(struct conn *c, char *sql)
{
    bool ok = conn_exec(c, sql);

    sqlite3_free(sql);
    return ok;
}

/* A connection for reading only takes no views, not even temporary ones. */
bool owned_show_all(struct conn *c, bool is_on)
{
    bool is_reader = conn_integer(c, "PRAGMA query_only") == 1, ok = true;

    if (is_reader)
        conn_exec(c, "PRAGMA query_only = OFF");
    for (size_t i = 0; c->owned && i < c->owned->count; i++) {
        const struct guarded *t = &c->owned->tables[i];

        ok &= run_text(c, sqlite3_mprintf("DROP VIEW IF EXISTS temp.\"%w\"", t->name)) &&
              (is_on || run_text(c, sqlite3_mprintf("CREATE TEMP VIEW \"%w\" AS SELECT * FROM"
                                                    " main.\"%w\" WHERE \"%w\" = leat_sub()",
                                                    t->name, t->name, t->column)));
    }
    if (is_reader)
        conn_exec(c, "PRAGMA query_only = ON");
    return ok;
}

void owned_forget(struct conn *c)
{
    struct owned *o = c->owned;

    if (!o)
        return;
    sqlite3_preupdate_hook(c->db, NULL, NULL);
    sqlite3_finalize(o->version);
    for (size_t i = 0; i < o->count; i++)
        free(o->tables[i].name), free(o->tables[i].column);
    free(o);
    c->owned = NULL;
}

static struct owned *make(sqlite3 *db, const struct owned_table *tables, size_t count)
{
    struct owned *o = calloc(1, sizeof(*o) + count * sizeof(*o->tables));

    if (!o)
        abort();
    o->db = db;
    o->count = count;
    o->seen = -1;
    for (size_t i = 0; i < count; i++) {
        o->tables[i].name = must(strdup(tables[i].name));
        o->tables[i].column = must(strdup(tables[i].column));
    }
    return o;
}

/* leat_sub() is the same all through a statement, and no schema in main may rely on it. */
bool owned_protect(struct conn *c, const struct owned_table *tables, size_t count, char **why)
{
    bool ok;

    *why = NULL;
    owned_show_all(c, true);
    owned_forget(c);
    if (!count)
        return true;
    c->owned = make(c->db, tables, count);
    ok = sqlite3_create_function(c->db, "leat_sub", 0,
                                 SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, c, sub,
                                 NULL, NULL) == SQLITE_OK &&
         sqlite3_prepare_v3(c->db, "PRAGMA main.schema_version", -1, SQLITE_PREPARE_PERSISTENT,
                            &c->owned->version, NULL) == SQLITE_OK &&
         find_columns(c->owned, why) && owned_show_all(c, false);
    sqlite3_preupdate_hook(c->db, on_change, c);
    if (!ok && !*why && asprintf(why, "protecting tables: %s", sqlite3_errmsg(c->db)) < 0)
        abort();
    return ok;
}

/* It moves with each commit that this connection makes, or comes to see. */
static unsigned data_version(const struct owned *o)
{
    unsigned version = 0;

    sqlite3_file_control(o->db, NULL, SQLITE_FCNTL_DATA_VERSION, &version);
    return version;
}

enum err owned_refresh(struct conn *c, struct db_job *job)
{
    struct owned *o = c->owned;
    unsigned data = o ? data_version(o) : 0;
    int64_t version;
    char *why = NULL;
    bool ok;

    if (!o || (o->seen >= 0 && data == o->data))
        return OK;
    version = sqlite3_step(o->version) == SQLITE_ROW ? sqlite3_column_int64(o->version, 0) : -1;
    sqlite3_reset(o->version);
    ok = version >= 0 && (version == o->seen || find_columns(o, &why));
    if (ok) {
        o->seen = version;
        o->data = data;
        return OK;
    }
    snprintf(job->cause, sizeof(job->cause), "%s", why ? why : sqlite3_errmsg(c->db));
    free(why);
    return job->err = ERR_INTERNAL;
}

void owned_settle(struct conn *c)
{
    if (c->owned)
        c->owned->data = data_version(c->owned);
}

void owned_begin(struct conn *c, const struct db_job *job)
{
    if (!c->owned)
        return;
    c->owned->subject = job->subject;
    c->owned->found = NULL;
}

void owned_judge(struct conn *c, struct db_job *job, const struct plan_step *step)
{
    const struct owned *o = c->owned;

    if (!o || !o->found)
        return;
    job->err = o->err;
    job->answer = o->err == ERR_NOT_FOUND && step->otherwise.status ? &step->otherwise : NULL;
    job->keyword = NULL;
    job->foreign = o->found->name;
    snprintf(job->cause, sizeof(job->cause), "a row of %s is another's", job->foreign);
}

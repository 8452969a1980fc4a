/* SPDX-License-Identifier: MIT */
/*
 * The hook is a safety net: what views and rewritten conditions let through reaches only the
 * caller's rows, but a trigger, a cascade or a REPLACE may reach others. The hook only records
 * that, and the job is undone after the statement, because interrupting the statement would undo
 * the whole transaction.
 */
#define SQLITE_ENABLE_PREUPDATE_HOOK /* makes sqlite3.h declare it */
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sqlite/connection/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/arena.h"
#include "lib/core/memory.h"
#include "lib/db/own_tables.h"
#include "lib/db/rowsec/rowsec_rules.h"
#include "lib/db/rowsec/shadow.h"

struct rowsec {
    sqlite3 *db;
    struct arena arena;
    struct owned_table *tables; /* in the spelling of their CREATE */
    int *indexes;               /* by table: the index of the owner in a stored row */
    size_t count;
    bool is_barrier, is_lifted;

    struct slice subject; /* of the running job */
    const char *found;    /* the table in which a foreign row was met, or NULL */
    enum err err;         /* the error for that */
};

/* Virtual generated columns are not stored, and the hook does not count them. */
static const char find_column[] =
    "SELECT t.name, c.name, (SELECT count(*) FROM pragma_table_xinfo(t.name, 'main') b"
    " WHERE b.cid < c.cid AND b.hidden <> 2)"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, 'main') c"
    " WHERE t.schema = 'main' AND t.type = 'table' AND t.name = ?1 COLLATE NOCASE"
    " AND c.name = ?2 COLLATE NOCASE";

/* --- functions of SQL --- */

static bool is_own(const struct rowsec *o, sqlite3_value *value)
{
    const void *text;

    if (!o->subject.data || sqlite3_value_type(value) != SQLITE_TEXT)
        return false;
    /* A blob need not be copied to append a NUL. */
    text = sqlite3_value_encoding(value) == SQLITE_UTF8 ? sqlite3_value_blob(value)
                                                        : sqlite3_value_text(value);
    return (size_t)sqlite3_value_bytes(value) == o->subject.len &&
           (!o->subject.len || (text && memcmp(text, o->subject.data, o->subject.len) == 0));
}

static void on_leat_sub(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct conn *c = sqlite3_user_data(context);
    struct slice subject = c->rowsec ? c->rowsec->subject : (struct slice){0};

    (void)argc, (void)argv;
    if (subject.data)
        sqlite3_result_text64(context, subject.data, subject.len, SQLITE_STATIC, SQLITE_UTF8);
}

static void note_failure(struct rowsec *o, const char *table, enum err err)
{
    if (o->found)
        return;
    o->found = table;
    o->err = err;
}

/* Returns the permanent copy of a table's name. */
static const char *name_of(const struct rowsec *o, const char *table)
{
    size_t i = 0;

    while (i < o->count && strcasecmp(o->tables[i].name, table) != 0)
        i++;
    return i < o->count ? o->tables[i].name : "";
}

/* leat_own(owner, table) fails if the row that an upsert would update is not the caller's. */
static void on_leat_own(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct rowsec *o = ((struct conn *)sqlite3_user_data(context))->rowsec;

    (void)argc;
    if (o && is_own(o, argv[0])) {
        sqlite3_result_int(context, 1);
        return;
    }
    if (o)
        note_failure(o, name_of(o, (const char *)sqlite3_value_text(argv[1])), ERR_CONFLICT);
    sqlite3_result_error(context, "the conflicting row belongs to another owner", -1);
}

/* total_changes(), of the job alone. */
static void on_total_changes(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct conn *c = sqlite3_user_data(context);

    (void)argc, (void)argv;
    sqlite3_result_int64(context, sqlite3_total_changes64(c->db) - c->changes_before);
}

/* changes(). SQLite's own tells of the job before, another caller's, until this one has changed
 * something. */
static void on_changes(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct conn *c = sqlite3_user_data(context);
    bool is_first = sqlite3_total_changes64(c->db) == c->changes_before;

    (void)argc, (void)argv;
    sqlite3_result_int64(context, is_first ? 0 : sqlite3_changes64(c->db));
}

/* leat_sub() is constant within a statement. Neither of ours may be used by the schema of main. */
static bool make_functions(struct conn *c)
{
    int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;

    return sqlite3_create_function(c->db, "leat_sub", 0, flags | SQLITE_DETERMINISTIC, c,
                                   on_leat_sub, NULL, NULL) == SQLITE_OK &&
           sqlite3_create_function(c->db, "leat_own", 2, flags, c, on_leat_own, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function(c->db, "changes", 0, SQLITE_UTF8, c, on_changes, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function(c->db, "total_changes", 0, SQLITE_UTF8, c, on_total_changes,
                                   NULL, NULL) == SQLITE_OK;
}

/* --- the hook --- */

/* Returns true if the row, read by sqlite3_preupdate_old() or _new(), is not the caller's. An
 * unreadable owner is nobody. */
static bool is_foreign(const struct rowsec *o, size_t table,
                       int (*get)(sqlite3 *, int, sqlite3_value **))
{
    sqlite3_value *value;

    return get(o->db, o->indexes[table], &value) != SQLITE_OK || !is_own(o, value);
}

static void on_change(void *arg, sqlite3 *db, int op, const char *schema, const char *table,
                      sqlite3_int64 old_id, sqlite3_int64 new_id)
{
    struct rowsec *o = ((struct conn *)arg)->rowsec;
    size_t i = 0;

    (void)schema, (void)old_id, (void)new_id;
    while (i < o->count && strcmp(o->tables[i].name, table) != 0)
        i++;
    if (i == o->count || o->found)
        return;
    if (op != SQLITE_INSERT && is_foreign(o, i, sqlite3_preupdate_old))
        note_failure(o, o->tables[i].name,
                     sqlite3_preupdate_depth(db) ? ERR_REFERENCED : ERR_CONFLICT);
    else if (op != SQLITE_DELETE && is_foreign(o, i, sqlite3_preupdate_new))
        note_failure(o, o->tables[i].name, ERR_FORBIDDEN);
}

/* --- setting up --- */

/* Reads one row of find_column. Returns NULL, or why the table cannot be protected: another program
 * may have changed it since the document was proved. */
static const char *read_column(struct rowsec *o, size_t i, sqlite3_stmt *stmt)
{
    struct owned_table *t = &o->tables[i];
    const char *type, *collation;

    if (sqlite3_step(stmt) != SQLITE_ROW)
        return "there is no such table with this column";
    t->name = arena_strdup(&o->arena, (const char *)sqlite3_column_text(stmt, 0));
    t->column = arena_strdup(&o->arena, (const char *)sqlite3_column_text(stmt, 1));
    o->indexes[i] = sqlite3_column_int(stmt, 2);
    if (sqlite3_table_column_metadata(o->db, "main", t->name, t->column, &type, &collation, NULL,
                                      NULL, NULL) != SQLITE_OK)
        return sqlite3_errmsg(o->db);
    return rowsec_refuse_type(type, collation);
}

/* Finds the owner column of each table. */
static bool find_columns(struct rowsec *o, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(o->db, find_column, -1, &stmt, NULL) == SQLITE_OK;

    for (size_t i = 0; ok && i < o->count; i++) {
        const struct owned_table *t = &o->tables[i];
        const char *why;

        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, t->column, -1, SQLITE_STATIC);
        why = read_column(o, i, stmt);
        ok = !why || fault_set(fault, "protecting the table %s by its column %s: %s", t->name,
                               t->column, why);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return ok;
}

void rowsec_forget(struct conn *c)
{
    struct rowsec *o = c->rowsec;

    if (!o)
        return;
    sqlite3_preupdate_hook(c->db, NULL, NULL);
    arena_fini(&o->arena);
    free(o);
    c->rowsec = NULL;
}

static struct rowsec *make_rowsec(sqlite3 *db, const struct owned_table *tables, size_t count)
{
    struct rowsec *o = xcalloc(1, sizeof(*o));

    o->db = db;
    o->count = count;
    o->tables = arena_zalloc(&o->arena, count * sizeof(*o->tables));
    o->indexes = arena_zalloc(&o->arena, count * sizeof(*o->indexes));
    for (size_t i = 0; i < count; i++)
        o->tables[i] = (struct owned_table){arena_strdup(&o->arena, tables[i].name),
                                            arena_strdup(&o->arena, tables[i].column)};
    return o;
}

/* Adapts to the current schema. Without owned tables only the views of Leat's own tables are
 * made. */
static bool set_up(struct conn *c, struct fault *fault)
{
    struct rowsec *o = c->rowsec;
    bool ok;

    fault_clear(fault);
    ok = own_tables_verify(c, fault) && (!o || find_columns(o, fault)) &&
         shadow_set(c, o ? o->tables : NULL, o && !o->is_lifted ? o->count : 0, o && o->is_barrier,
                    fault);
    if (!ok && !fault_is_set(fault))
        fault_set(fault, "protecting tables: %s", sqlite3_errmsg(c->db));
    return ok;
}

bool rowsec_protect(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                    struct fault *fault)
{
    rowsec_forget(c);
    c->has_shadows = true;
    if (count) {
        c->rowsec = make_rowsec(c->db, tables, count);
        c->rowsec->is_barrier = is_barrier;
        sqlite3_preupdate_hook(c->db, on_change, c);
    }
    if (!make_functions(c))
        return fault_set(fault, "protecting tables: %s", sqlite3_errmsg(c->db));
    return set_up(c, fault);
}

bool rowsec_renew(struct conn *c, struct fault *fault)
{
    conn_follow_schema(c);
    if (!c->has_shadows || set_up(c, fault))
        return true;
    c->schema_version = -1;
    return false;
}

bool rowsec_lift(struct conn *c, bool is_lifted, struct fault *fault)
{
    struct rowsec *o = c->rowsec;

    if (!o || o->is_lifted == is_lifted)
        return true;
    o->is_lifted = is_lifted;
    return set_up(c, fault);
}

const char *rowsec_owner(const struct conn *c, const char *table)
{
    const struct rowsec *o = c->rowsec;

    for (size_t i = 0; o && !o->is_lifted && i < o->count; i++)
        if (strcasecmp(o->tables[i].name, table) == 0)
            return o->tables[i].column;
    return NULL;
}

/* --- running --- */

bool rowsec_text(const struct conn *c, const char *sql, struct rewrite *out)
{
    const struct rowsec *o = c->rowsec;
    bool is_restricted = o && !o->is_lifted;

    return rewrite_statement(sql, is_restricted ? o->tables : NULL, is_restricted ? o->count : 0,
                             is_restricted && o->is_barrier, out);
}

sqlite3_stmt *rowsec_explain(struct conn *c, const char *explain, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    struct rewrite text;
    struct buf whole = {0};

    if (rowsec_text(c, sql, &text)) {
        buf_printf(&whole, "%s %s", explain, text.sql.data);
        sqlite3_prepare_v2(c->db, buf_text(&whole), -1, &stmt, NULL);
    }
    buf_fini(&whole);
    rewrite_fini(&text);
    return stmt;
}

void rowsec_begin(struct conn *c, const struct db_job *job)
{
    c->changes_before = sqlite3_total_changes64(c->db);
    sqlite3_set_last_insert_rowid(c->db, 0); /* it may stem from another caller's job */
    if (!c->rowsec)
        return;
    c->rowsec->subject = job->subject;
    c->rowsec->found = NULL;
}

void rowsec_judge(struct conn *c, struct db_job *job, const struct plan_step *step)
{
    const struct rowsec *o = c->rowsec;

    if (!o || !o->found)
        return;
    job->err = o->err == ERR_REFERENCED && !step->deletes ? ERR_FORBIDDEN : o->err;
    job->has_failed_on_value = false;
    job->answer = NULL;
    job->keyword = o->err == ERR_CONFLICT ? "unique" : NULL;
    job->foreign = o->found;
    snprintf(job->cause, sizeof(job->cause), "a row of %s belongs to another owner", job->foreign);
}

/* SPDX-License-Identifier: MIT */
/* SQLite itself is the prover. Migrations build an empty database in memory, statements are
 * prepared against it exactly as callers run them (rowsec_text()), and what SQLite then knows is
 * the evidence: columns, their tables, types and NULLs. What it does not know counts as unknown and
 * is never guessed.
 *
 * Documents and migrations may come from anyone who can run `leat check`, so both are bounded in
 * steps and memory. The statement is judged before it is prepared (is_allowed()): a statement may
 * read and change rows, nothing else. */
#include "lib/db/proof/prove_sql.h"
#include "lib/db/proof/catalog.h"
#include "lib/db/proof/never_null.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/migration/migration.h"
#include "lib/db/own_tables.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sqlite/connection/positions.h"
#include "lib/schema/schema.h"

/* The limits for all migrations together on an empty database: steps of SQLite's virtual machine
 * (some seconds) and memory. */
enum { PROVE_STEPS = 200000000, TURN_STEPS = 100000, PROVE_BYTES = 256 << 20 };

static struct conn *open_for(const char *path, enum conn_mode mode, struct diags *diags)
{
    struct conn *c = xmalloc(sizeof(*c));
    struct fault fault;

    if ((mode == CONN_MEMORY || conn_inspect(path, &fault)) &&
        conn_open(c, path, mode, "off", &fault))
        return c;
    diag_error(diags, NULL, "%s", fault.text);
    free(c);
    return NULL;
}

struct conn *prove_open_live(const char *path, struct diags *diags)
{
    return open_for(path, CONN_READ, diags);
}

/* Interrupts SQLite when *turns have run out. */
static int count_down(void *turns)
{
    return --*(unsigned *)turns == 0;
}

/* Runs the migrations within a bound: a hostile one could write rows without end. */
static bool rehearse(struct conn *c, struct json_object *migrations, struct diags *diags)
{
    unsigned turns = PROVE_STEPS / TURN_STEPS;
    bool ok;

    sqlite3_progress_handler(c->db, TURN_STEPS, count_down, &turns);
    ok = migration_rehearse(c, migrations, diags);
    sqlite3_progress_handler(c->db, 0, NULL, NULL);
    return ok;
}

struct conn *prove_open(struct json_object *migrations, struct diags *diags)
{
    struct conn *c = open_for(":memory:", CONN_MEMORY, diags);

    sqlite3_hard_heap_limit64(PROVE_BYTES); /* PRAGMA hard_heap_limit can only lower this */
    if (c && !rehearse(c, migrations, diags))
        prove_close(&c);
    return c;
}

void prove_close(struct conn **c)
{
    sqlite3_hard_heap_limit64(0);
    if (*c)
        conn_close(*c);
    free(*c);
    *c = NULL;
}

/* Returns the JSON types that render.c can make of a column that holds what its declaration says
 * (SQLite, "Determination Of Column Affinity"). */
static int types_of(const char *declared)
{
    static const struct {
        const char *part;
        int types;
    } rows[] = {{"INT", SCHEMA_BOOLEAN | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_STRING},
                {"CHAR", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"CLOB", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"TEXT", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"BLOB", SCHEMA_STRING},
                {"REAL", SCHEMA_NUMBER | SCHEMA_INTEGER},
                {"FLOA", SCHEMA_NUMBER | SCHEMA_INTEGER},
                {"DOUB", SCHEMA_NUMBER | SCHEMA_INTEGER}};

    for (size_t i = 0; declared && i < sizeof(rows) / sizeof(*rows); i++)
        if (strcasestr(declared, rows[i].part))
            return rows[i].types;
    return SCHEMA_ANY;
}

/* Returns true if the statement would change one of Leat's own tables. The views that hide them
 * make SQLite refuse that, except for a DELETE with RETURNING, which would do nothing. */
static bool changes_own_table(const char *sql)
{
    struct sql_token target = sql_head_of(sql, &dialect_sqlite).target;

    return target.len && own_tables_has(target.at + (target.kind == SQL_NAME));
}

/* Explains why SQLite cannot prepare a statement: in SQLite's words, or in ours if it concerns
 * Leat's own tables. */
static void explain_error(struct conn *c, const char *sql, struct fault *fault)
{
    struct fault said; /* a copy, because own_tables_hides() makes SQLite forget it */
    const char *column;

    fault_set(&said, "%s", sqlite3_errmsg(c->db));
    column = strrchr(said.text, ' ');
    if (strncmp(said.text, "no such column: ", 16) == 0 && own_tables_hides(c, column + 1, sql))
        fault_set(fault, "%s is a secret column of Leat's own tables, which no statement can read",
                  column + 1);
    else
        fault_set(fault, "%s", said.text);
}

/* Returns false for text that is not a statement at all: SQLite has the better message for it. */
static bool begins_with_keyword(const char *sql)
{
    struct sql_token t = sql_token_at(sql, &dialect_sqlite);

    return sqlite3_keyword_check(t.at, (int)t.len);
}

static void set_place(struct fault *fault, int offset)
{
    fault->has_offset = offset >= 0;
    fault->offset = offset >= 0 ? (size_t)offset : 0;
}

/* Returns false, with *fault, if the statement is refused whatever the tables are. */
static bool is_allowed(const char *sql, struct fault *fault)
{
    if (!rewrite_allows(sql, fault))
        return false;
    if (sql_head_of(sql, &dialect_sqlite).verb == SQL_OTHER && begins_with_keyword(sql))
        return fault_set(fault, "a statement can only read and change rows");
    if (changes_own_table(sql))
        return fault_set(fault, "the tables _leat_* are read-only");
    return true;
}

static bool prepare_sql(struct conn *c, const char *sql, sqlite3_stmt **stmt, struct fault *fault)
{
    struct rewrite text;

    fault_clear(fault);
    if (!rowsec_text(c, sql, &text)) {
        fault_set(fault, "has too many ON CONFLICT clauses");
    } else if (sqlite3_prepare_v2(c->db, text.sql.data, -1, stmt, NULL) != SQLITE_OK) {
        int offset = rewrite_origin(&text, sqlite3_error_offset(c->db));

        explain_error(c, sql, fault);
        set_place(fault, offset);
    } else if (sqlite3_column_count(*stmt) > PROOF_COLUMNS_MAX) {
        fault_set(fault, "too many result columns");
    }
    rewrite_fini(&text);
    return !fault_is_set(fault);
}

static void describe_columns(struct catalog *catalog, sqlite3_stmt *stmt, struct proof *out)
{
    bool is_plain = never_null_is_plain(sqlite3_sql(stmt)) && catalog_views_are_plain(catalog);

    out->is_write = !sqlite3_stmt_readonly(stmt);
    out->column_count = sqlite3_column_count(stmt);
    for (int i = 0; i < out->column_count; i++) {
        enum column_nulls nulls = never_null_column(catalog->conn->db, stmt, i);

        out->columns[i] = xstrdup(sqlite3_column_name(stmt, i));
        out->is_nullable[i] = nulls == NULLS_STORED;
        out->is_never_null[i] = is_plain && nulls == NULLS_NEVER;
        out->types[i] = types_of(sqlite3_column_decltype(stmt, i));
        if (out->types[i] != SCHEMA_ANY)
            out->declared[i] = xstrdup(sqlite3_column_decltype(stmt, i));
    }
}

bool prove_prepares(struct conn *c, const char *sql, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = is_allowed(sql, fault) && prepare_sql(c, sql, &stmt, fault);

    sqlite3_finalize(stmt);
    return ok;
}

bool prove_sql(struct catalog *catalog, const char *sql, struct proof *out, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = is_allowed(sql, fault) && prepare_sql(catalog->conn, sql, &stmt, fault);

    *out = (struct proof){0};
    if (ok) {
        describe_columns(catalog, stmt, out);
        out->deletes = sql_head_of(sql, &dialect_sqlite).verb == SQL_DELETE;
        out->positions = positions_read(catalog->conn, sql);
    }
    sqlite3_finalize(stmt);
    return ok;
}

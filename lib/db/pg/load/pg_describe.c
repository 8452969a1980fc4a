/* SPDX-License-Identifier: MIT */
/* PREPARE, not the protocol's own Parse, prepares a statement: it takes only what reads or changes
 * rows. It is sent as an extended query, which cannot be several. What fails in between is undone by
 * a savepoint. Prepared statements outlive it, and are deallocated by hand.
 *
 * The tables and columns that a statement reaches, by views too, are what PostgreSQL notes of a
 * function with that statement as its body (pg_depend). */
#include "lib/db/pg/load/pg_describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/buf.h"
#include "lib/core/memory.h"
#include "lib/core/slice.h"
#include "lib/db/own_tables.h"
#include "lib/db/pg/load/pg_facts.h"
#include "lib/db/pg/load/pg_explain.h"
#include "lib/db/sql/column_positions.h"
#include "lib/db/sql/sqllex.h"

#define PREPARE "PREPARE leat_proof AS "

/* Volatile functions that write nothing, and that each caller may have. */
#define HARMLESS                                                                                   \
    "'random', 'gen_random_uuid', 'clock_timestamp', 'timeofday', 'statement_timestamp', "         \
    "'setseed'"

static const char volatile_calls[] =
    "SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.proname = ANY ($1::text[])"
    " AND p.provolatile = 'v' AND NOT (p.pronamespace = 'pg_catalog'::regnamespace"
    " AND p.proname IN (" HARMLESS ")) ORDER BY p.proname LIMIT 1";

static const char reached_columns[] =
    "WITH RECURSIVE d AS (SELECT refobjid AS rel, refobjsubid AS col FROM pg_catalog.pg_depend"
    "  WHERE classid = 'pg_catalog.pg_proc'::regclass AND refclassid ="
    "  'pg_catalog.pg_class'::regclass AND objid = (SELECT oid FROM pg_catalog.pg_proc"
    "   WHERE proname = 'leat_proof' AND pronamespace = pg_catalog.pg_my_temp_schema())"
    " UNION SELECT p.refobjid, p.refobjsubid FROM d"
    "  JOIN pg_catalog.pg_rewrite r ON r.ev_class = d.rel JOIN pg_catalog.pg_depend p"
    "  ON p.classid = 'pg_catalog.pg_rewrite'::regclass AND p.objid = r.oid"
    "  AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid <> d.rel)"
    " SELECT c.relname, a.attname FROM d JOIN pg_catalog.pg_class c ON c.oid = d.rel"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = d.rel AND a.attnum = d.col"
    " WHERE c.relname LIKE '\\_leat\\_%' AND d.col > 0";

void pg_explained_fini(struct pg_explained *e)
{
    free(e->sql);
    json_object_put(e->plan);
    *e = (struct pg_explained){0};
}

/* Refuses what is wrong whatever the tables are. */
static bool is_allowed(const char *sql, struct fault *fault)
{
    for (struct sql_token t = sql_token_at(sql, &dialect_postgresql); t.len; t = sql_token_next(t))
        if (sql_token_names(t, "set_config"))
            return fault_set_at(fault, (size_t)(t.at - sql),
                                "set_config() could pretend another caller");
    return true;
}

/* Cuts the prefix off the place of a fault. */
static bool shift_place(struct fault *fault, size_t by)
{
    fault->has_offset = fault->has_offset && fault->offset >= by;
    fault->offset = fault->has_offset ? fault->offset - by : 0;
    return false;
}

/* Says it in our words if the statement is one that cannot be prepared. */
static bool explain_refusal(struct pg_session *s, const char *sql, struct fault *fault)
{
    struct sql_token first = sql_token_at(sql, &dialect_postgresql);
    char *word = xstrndup(first.at, first.len);
    struct fault ignored;
    PGresult *found;

    pg_session_back(s);
    found = fault->has_offset && fault->offset == (size_t)(first.at - sql)
                ? pg_session_ask(s, &ignored,
                                 "SELECT FROM pg_catalog.pg_get_keywords() WHERE word ="
                                 " pg_catalog.lower($1)",
                                 word, PG_END)
                : NULL;
    if (found && PQntuples(found))
        fault_set_at(fault, fault->offset, "a statement can only read and change rows");
    PQclear(found);
    free(word);
    return false;
}

static bool prepare_proof(struct pg_session *s, const char *sql, struct fault *fault)
{
    struct buf text = {0};
    PGresult *result;

    buf_printf(&text, PREPARE "%s", sql);
    result = pg_session_ask(s, fault, buf_text(&text), PG_END);
    buf_fini(&text);
    PQclear(result);
    return result || shift_place(fault, strlen(PREPARE));
}

static void forget_proof(struct pg_session *s)
{
    struct fault ignored;

    pg_session_back(s);
    pg_session_run(s, "DEALLOCATE leat_proof", &ignored);
}

/* Prepares the statement after a savepoint. Returns its description, or NULL with *fault. Call
 * forget_proof() if it succeeds. */
static PGresult *begin_proof(struct pg_session *s, const char *sql, struct fault *fault)
{
    PGresult *described = NULL;

    if (!is_allowed(sql, fault) || !pg_session_mark(s, fault))
        return NULL;
    if (prepare_proof(s, sql, fault)) {
        described = PQdescribePrepared(s->conn, "leat_proof");
        if (PQresultStatus(described) != PGRES_COMMAND_OK) {
            pg_session_fail(s, described, sql, fault);
            PQclear(described);
            described = NULL;
            forget_proof(s);
        }
    } else {
        explain_refusal(s, sql, fault);
    }
    return described;
}

static bool keep_plan(struct pg_session *s, struct pg_explained *e, const char *sql, int parameters,
                      struct fault *fault)
{
    pg_explained_fini(e);
    e->plan = pg_explain_read(s, "leat_proof", parameters, fault);
    e->sql = e->plan ? xstrdup(sql) : NULL;
    return e->plan != NULL;
}

struct json_object *pg_describe_plan(struct pg_session *s, struct pg_explained *e, const char *sql,
                                     struct fault *fault)
{
    PGresult *described;

    if (e->sql && strcmp(e->sql, sql) == 0)
        return e->plan;
    described = begin_proof(s, sql, fault);
    if (!described)
        return NULL;
    keep_plan(s, e, sql, PQnparams(described), fault);
    forget_proof(s);
    PQclear(described);
    return e->plan;
}

/* --- what it reaches --- */

/* Makes the function pg_temp.leat_proof() of the statement. */
static bool make_function(struct pg_session *s, const char *sql, const struct proof *proof,
                          struct fault *fault)
{
    struct buf text = {0};
    bool ok;

    buf_puts(&text, "CREATE FUNCTION pg_temp.leat_proof(");
    for (size_t i = 0; i < json_object_array_length(proof->parameters); i++)
        buf_printf(&text, "%s%s", i ? ", " : "",
                   json_object_get_string(json_object_object_get(
                       json_object_array_get_idx(proof->parameters, i), "type")));
    buf_printf(&text, ") RETURNS void LANGUAGE sql BEGIN ATOMIC %s\n; END", sql);
    ok = pg_session_run(s, buf_text(&text), fault);
    buf_fini(&text);
    return ok;
}

/* Refuses a statement that reaches a secret of Leat's own tables. */
static bool check_secrets(struct pg_session *s, const char *sql, const struct proof *proof,
                          struct fault *fault)
{
    PGresult *rows = NULL;
    bool ok = make_function(s, sql, proof, fault) &&
              (rows = pg_session_ask(s, fault, reached_columns, PG_END));

    for (int i = 0; ok && i < PQntuples(rows); i++)
        if (!slice_is_choice(own_tables_visible(pg_text(rows, i, 0)), pg_text(rows, i, 1)))
            ok = fault_set(
                fault, "%s is a secret column of Leat's own tables, which no statement can read",
                pg_text(rows, i, 1));
    if (!ok)
        fault->has_offset = false;
    PQclear(rows);
    return ok;
}

static bool find_volatile(struct pg_session *s, struct json_object *plan, struct proof *out,
                          struct fault *fault)
{
    struct buf calls = {0};
    PGresult *found;

    pg_explain_calls(plan, &calls);
    found = pg_session_ask(s, fault, volatile_calls, buf_text(&calls), PG_END);
    buf_fini(&calls);
    if (found && PQntuples(found))
        out->volatile_call = xstrdup(pg_text(found, 0, 0));
    PQclear(found);
    return found != NULL;
}

/* --- positions --- */

static struct json_object *columns_of(struct pg_session *s, const char *table)
{
    struct json_object *out = json_object_new_array();
    struct fault ignored;
    PGresult *rows =
        pg_session_ask(s, &ignored,
                       "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid ="
                       " pg_catalog.to_regclass(pg_catalog.quote_ident($1)) AND attnum > 0"
                       " AND NOT attisdropped ORDER BY attnum",
                       table, PG_END);

    json_object_array_add(out, json_object_new_string(table));
    for (int i = 0; rows && i < PQntuples(rows); i++)
        json_object_array_add(out, json_object_new_string(pg_text(rows, i, 0)));
    PQclear(rows);
    return out;
}

/* Returns where the columns of the statement's tables stand (column_positions.h), or NULL. */
static struct json_object *read_positions(struct pg_session *s, const char *sql)
{
    struct json_object *out;
    struct fault ignored;
    PGresult *rows;

    if (!column_positions_matter(sql, &dialect_postgresql))
        return NULL;
    out = json_object_new_array();
    rows = pg_session_ask(s, &ignored,
                          "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN"
                          " ('r', 'p', 'v', 'm', 'f') AND pg_catalog.pg_table_is_visible(oid)"
                          " AND relnamespace <> 'pg_catalog'::regnamespace ORDER BY relname",
                          PG_END);
    for (int i = 0; rows && i < PQntuples(rows); i++)
        if (column_positions_name(sql, &dialect_postgresql, pg_text(rows, i, 0)))
            json_object_array_add(out, columns_of(s, pg_text(rows, i, 0)));
    PQclear(rows);
    return out;
}

static bool describe_proof(struct pg_session *s, struct pg_explained *e, const char *sql,
                           const PGresult *described, struct proof *out, struct fault *fault)
{
    const char *own;

    if (!keep_plan(s, e, sql, PQnparams(described), fault))
        return false;
    own = pg_explain_own_target(e->plan);
    if (own)
        return fault_set(fault, "the tables _leat_* are read-only");
    out->is_write = pg_explain_writes(e->plan);
    out->deletes = pg_explain_deletes(e->plan);
    out->positions = read_positions(s, sql);
    return pg_facts_columns(s, described, pg_explain_is_weak(e->plan), out, fault) &&
           pg_facts_parameters(s, described, out, fault) && check_secrets(s, sql, out, fault) &&
           (out->is_write || find_volatile(s, e->plan, out, fault));
}

bool pg_describe_sql(struct pg_session *s, struct pg_explained *e, const char *sql,
                     struct proof *out, struct fault *fault)
{
    PGresult *described = begin_proof(s, sql, fault);
    bool ok;

    *out = (struct proof){0};
    if (!described)
        return false;
    fault_clear(fault);
    ok = describe_proof(s, e, sql, described, out, fault);
    PQclear(described);
    forget_proof(s);
    if (!ok)
        proof_fini(out);
    return ok;
}

/* SPDX-License-Identifier: MIT */
/* A plan is a tree of nodes. Each question is a function that is asked of every node until one has
 * an answer. */
#include "lib/db/pg/load/pg_explain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/db/own_tables.h"

enum { JSON_DEPTH = 1000 };

bool pg_explain_set_up(struct pg_session *s, struct fault *fault)
{
    return pg_session_run(s,
                          "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
                          "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
                          "SET enable_material = off; SET enable_memoize = off;"
                          "SET max_parallel_workers_per_gather = 0",
                          fault);
}

struct json_object *pg_explain_read(struct pg_session *s, const char *name, int parameters,
                                    struct fault *fault)
{
    struct json_object *list = NULL, *plan = NULL;
    struct jread_fault malformed;
    struct buf sql = {0};
    PGresult *result;

    buf_printf(&sql, "EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF) EXECUTE %s", name);
    for (int i = 0; i < parameters; i++)
        buf_puts(&sql, i ? ", NULL" : "(NULL");
    buf_puts(&sql, parameters ? ")" : "");
    result = pg_session_ask(s, fault, buf_text(&sql), PG_END);
    buf_fini(&sql);
    if (!result)
        return NULL;
    if (jread_text(pg_text(result, 0, 0), strlen(pg_text(result, 0, 0)), JSON_DEPTH, NULL, &list,
                   &malformed))
        plan = json_object_get(jget(json_object_array_get_idx(list, 0), "Plan"));
    if (!plan)
        fault_set(fault, "the plan cannot be read");
    json_object_put(list);
    PQclear(result);
    return plan;
}

static bool is_node(struct json_object *node, const char *type)
{
    return strcmp(jget_text(node, "Node Type"), type) == 0;
}

/* Returns the first node, from the root, of which `is` is true, or NULL. */
static struct json_object *find_node(struct json_object *node, bool (*is)(struct json_object *))
{
    struct json_object *found = is(node) ? node : NULL;

    for (size_t i = 0; !found && i < jget_count(node, "Plans"); i++)
        found = find_node(jget_item(node, "Plans", i), is);
    return found;
}

static bool is_change(struct json_object *node)
{
    return is_node(node, "ModifyTable") || is_node(node, "LockRows");
}

static bool is_own_change(struct json_object *node)
{
    return is_node(node, "ModifyTable") && jget_text(node, "Relation Name") &&
           own_tables_has(jget_text(node, "Relation Name"));
}

/* An outer join, or a sum of several groupings, puts NULL where a table has none. */
static bool is_weak(struct json_object *node)
{
    static const char *const joins[] = {"Left", "Right", "Full"};
    const char *join = jget_text(node, "Join Type");

    for (size_t i = 0; join && i < sizeof(joins) / sizeof(*joins); i++)
        if (strcmp(join, joins[i]) == 0)
            return true;
    return jget(node, "Grouping Sets") || is_node(node, "SetOp") || is_node(node, "Append");
}

bool pg_explain_writes(struct json_object *plan)
{
    return find_node(plan, is_change);
}

bool pg_explain_deletes(struct json_object *plan)
{
    return is_node(plan, "ModifyTable") && strcmp(jget_text(plan, "Operation"), "Delete") == 0;
}

const char *pg_explain_own_target(struct json_object *plan)
{
    return jget_text(find_node(plan, is_own_change), "Relation Name");
}

bool pg_explain_is_weak(struct json_object *plan)
{
    return find_node(plan, is_weak);
}

/* --- walks --- */

/* Returns true if a limit above the node ends what is below it too: it takes no more rows from its
 * first child than it is asked for. */
static bool passes_limit(struct json_object *node)
{
    static const char *const types[] = {
        "Limit",    "Nested Loop", "Subquery Scan",    "Result",     "Append",   "Merge Append",
        "LockRows", "Unique",      "Incremental Sort", "ProjectSet", "WindowAgg"};

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (is_node(node, types[i]))
            return true;
    return is_node(node, "Aggregate") && jget_text(node, "Strategy") &&
           strcmp(jget_text(node, "Strategy"), "Sorted") == 0;
}

/* Returns true if the node goes through all of its table. */
static bool is_walk(struct json_object *node, bool is_limited)
{
    if (is_node(node, "Seq Scan"))
        return !is_limited || jget(node, "Filter");
    if (is_node(node, "Index Scan") || is_node(node, "Index Only Scan"))
        return !is_limited && !jget(node, "Index Cond") && !jget(node, "Order By");
    if (is_node(node, "Bitmap Heap Scan")) { /* of a whole index */
        struct json_object *from = jget_item(node, "Plans", 0);

        return is_node(from, "Bitmap Index Scan") && !jget(from, "Index Cond");
    }
    return is_node(node, "Sample Scan");
}

static const char *find_walk(struct json_object *node, bool is_limited)
{
    const char *table = is_walk(node, is_limited) ? jget_text(node, "Relation Name") : NULL;
    bool passes = (is_limited && passes_limit(node)) || is_node(node, "Limit");

    for (size_t i = 0; !table && i < jget_count(node, "Plans"); i++)
        table =
            find_walk(jget_item(node, "Plans", i), passes && (i == 0 || is_node(node, "Append") ||
                                                              is_node(node, "Merge Append")));
    return table;
}

const char *pg_explain_walked(struct json_object *plan)
{
    return find_walk(plan, false);
}

/* --- values --- */

static bool is_insert(struct json_object *node)
{
    return is_node(node, "ModifyTable") && strcmp(jget_text(node, "Operation"), "Insert") == 0;
}

/* Returns true for "$1" and "($1)::text". */
static bool is_parameter(const char *text, int number)
{
    char *end;

    text += *text == '(';
    return *text == '$' && strtol(text + 1, &end, 10) == number &&
           (!*end || strncmp(end, ")::", 3) == 0 || strncmp(end, "::", 2) == 0);
}

int pg_explain_filled_by(struct json_object *plan, int parameter, const char **schema,
                         const char **table)
{
    struct json_object *insert = find_node(plan, is_insert);
    struct json_object *rows = insert ? jget_item(insert, "Plans", 0) : NULL;

    *schema = jget_text(insert, "Schema");
    *table = jget_text(insert, "Relation Name");
    /* An INSERT makes whole rows, in the order of the table's columns. */
    for (size_t i = 0; rows && *schema && *table && i < jget_count(rows, "Output"); i++)
        if (is_parameter(json_object_get_string(jget_item(rows, "Output", i)), parameter))
            return (int)i + 1;
    return 0;
}

/* Adds the names in an expression as PostgreSQL prints it that are followed by a parenthesis. */
static void add_calls(const char *text, struct buf *out)
{
    const char *start = NULL, *end = NULL;

    for (const char *p = text; *p; p++) {
        if (*p == '\'') { /* a string */
            for (p++; *p && (*p != '\'' || p[1] == '\''); p++)
                p += *p == '\'';
            start = NULL;
        } else if (*p == '"') {
            for (start = ++p; *p && *p != '"'; p++)
                ;
            end = p;
        } else if (*p == '(' && start && end == p - (end < p && *end == '"')) {
            buf_printf(out, "%s\"%.*s\"", out->len > 1 ? "," : "", (int)(end - start), start);
            start = NULL;
        } else if (isalnum((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80) {
            if (!start || end != p)
                start = p;
            end = p + 1;
        } else {
            start = NULL;
        }
        if (!*p)
            return;
    }
}

static void add_value(struct json_object *value, struct buf *out)
{
    if (json_object_is_type(value, json_type_string)) {
        add_calls(json_object_get_string(value), out);
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            add_value(json_object_array_get_idx(value, i), out);
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            add_value(member, out);
        }
    }
}

void pg_explain_calls(struct json_object *plan, struct buf *out)
{
    buf_putc(out, '{');
    add_value(plan, out);
    buf_putc(out, '}');
}

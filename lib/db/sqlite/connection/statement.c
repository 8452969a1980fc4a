/* SPDX-License-Identifier: MIT */
/* A connection caches each statement it has prepared, with what rendering needs of its columns. A
 * list step has one statement for each combination of filters that was used (compose.h):
 *
 *     cache[plan id] ──▶ steps[step] ──▶ variant ──▶ variant ──▶ NULL
 *
 * The variant used last is the first of its list, and the one not used for longest makes way for a
 * new one, since a client can ask for 2^filters of them. statement_drop_all() empties the cache
 * when the schema has moved. A statement whose columns differ from those that were proved is
 * refused, because its rows would be answered under another schema. */
#include "lib/db/sqlite/connection/statement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/json/jwrite.h"
#include "lib/db/engine/compose.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sql/column_positions.h"
#include "lib/db/sqlite/connection/positions.h"

/* The most variants of a step that are kept. */
enum { VARIANTS_MAX = 32 };

static struct prepared *prepared_of(struct conn *c, const struct plan *plan)
{
    assert(c->db && plan->step_count);
    if (plan->id >= c->cache_size) {
        size_t size = plan->id + 1;

        c->cache = xreallocarray(c->cache, size, sizeof(struct prepared *));
        memset(c->cache + c->cache_size, 0, (size - c->cache_size) * sizeof(struct prepared *));
        c->cache_size = size;
    }
    if (!c->cache[plan->id]) {
        size_t steps = plan->step_count + plan->has_current;

        c->cache[plan->id] = xcalloc(1, sizeof(struct prepared) + steps * sizeof(void *));
        c->cache[plan->id]->step_count = steps;
    }
    assert(c->cache[plan->id]->step_count == plan->step_count + plan->has_current);
    return c->cache[plan->id];
}

static const struct plan_column *find_column(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (strcmp(plan->columns[i].name, name) == 0)
            return &plan->columns[i];
    return NULL;
}

static void set_columns(struct statement *s, const struct plan *plan)
{
    bool is_first = true;

    s->column_count = sqlite3_column_count(s->stmt);
    s->columns = xcalloc((size_t)s->column_count + 1, sizeof(*s->columns));
    for (int i = 0; i < s->column_count; i++) {
        const char *name = sqlite3_column_name(s->stmt, i);
        const struct plan_column *column = find_column(plan, name);

        s->columns[i].types = column ? column->types : -1;
        if (column && column->is_hidden)
            continue;
        if (!is_first)
            buf_putc(&s->columns[i].key, ',');
        is_first = false;
        jwrite_key(&s->columns[i].key, name);
    }
}

static void set_keys(struct statement *s, const struct plan_page *page)
{
    for (size_t i = 0; i < page->by_count; i++)
        s->keys[i] = statement_column(s, page->by[i]);
}

static bool has_column(const struct plan_step *step, const char *name)
{
    for (size_t i = 0; i < step->column_count; i++)
        if (strcmp(step->columns[i], name) == 0)
            return true;
    return false;
}

/* Returns true if the columns are those that were proved, in any order. After a table has grown,
 * `SELECT *` has others. */
static bool is_as_proved(sqlite3_stmt *stmt, const struct plan_step *step)
{
    int n = sqlite3_column_count(stmt);

    if (!step->columns)
        return true;
    if ((size_t)n != step->column_count)
        return false;
    for (int i = 0; i < n; i++)
        if (!has_column(step, sqlite3_column_name(stmt, i)))
            return false;
    return true;
}

/* Returns true if the statement goes by position, and columns stand elsewhere than was proved. */
static bool has_drifted(struct conn *c, const struct plan_step *step)
{
    struct json_object *before = step->positions ? json_tokener_parse(step->positions) : NULL;
    struct json_object *now = before ? positions_read(c, step->sql) : NULL;
    bool has = column_positions_moved(before, now);

    json_object_put(before);
    json_object_put(now);
    return has;
}

static int prepare_text(struct conn *c, const char *sql, sqlite3_stmt **stmt)
{
    struct rewrite text;
    int rc = SQLITE_ERROR;

    if (rowsec_text(c, sql, &text))
        rc = sqlite3_prepare_v3(c->db, text.sql.data, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    rewrite_fini(&text);
    return rc;
}

static struct statement *prepare_step(struct conn *c, const struct plan *plan, size_t step,
                                      unsigned variant)
{
    struct statement *s = xcalloc(1, sizeof(*s));
    struct buf sql = {0};
    int rc;

    if (step == plan->result)
        compose_sql(plan, variant, &sql);
    else
        buf_puts(&sql, plan->steps[step].sql);
    rc = prepare_text(c, buf_text(&sql), &s->stmt);
    buf_fini(&sql);
    c->refusal = NULL;
    if (rc == SQLITE_OK &&
        ((!(variant & COMPOSE_COUNT) && !is_as_proved(s->stmt, &plan->steps[step])) ||
         has_drifted(c, &plan->steps[step])))
        c->refusal = "its columns differ from those proved because the schema has changed; reload";
    if (rc != SQLITE_OK || c->refusal) {
        sqlite3_finalize(s->stmt);
        free(s);
        return NULL;
    }
    s->variant = variant;
    set_columns(s, plan);
    set_keys(s, &plan->page);
    return s;
}

static void drop_statement(struct statement *s)
{
    while (s) {
        struct statement *next = s->next;

        sqlite3_finalize(s->stmt);
        for (int i = 0; i < s->column_count; i++)
            buf_fini(&s->columns[i].key);
        free(s->columns);
        free(s);
        s = next;
    }
}

/* Unlinks the variant from the list. If it is not there, makes room for it and returns NULL. */
static struct statement *take_variant(struct statement **list, unsigned variant)
{
    struct statement **at = list, *found;
    size_t count = 0;

    for (; *at && (*at)->variant != variant; at = &(*at)->next)
        if (++count == VARIANTS_MAX) {
            drop_statement(*at);
            *at = NULL;
            return NULL;
        }
    found = *at;
    if (found)
        *at = found->next;
    return found;
}

struct statement *statement_get(struct conn *c, const struct plan *plan, size_t step,
                                unsigned variant)
{
    struct prepared *p = prepared_of(c, plan);
    struct statement *s = p->steps[step];

    assert(step < p->step_count && (!variant || step == plan->result));
    if (s && s->variant == variant)
        return s;
    s = take_variant(&p->steps[step], variant);
    if (!s)
        s = prepare_step(c, plan, step, variant);
    if (s) {
        s->next = p->steps[step];
        p->steps[step] = s;
    }
    return s;
}

int statement_column(struct statement *s, const char *name)
{
    for (int i = 0; i < s->column_count; i++)
        if (strcmp(sqlite3_column_name(s->stmt, i), name) == 0)
            return i;
    return -1;
}

void statement_reset(struct statement *s)
{
    while (!sqlite3_stmt_readonly(s->stmt) && sqlite3_data_count(s->stmt))
        sqlite3_step(s->stmt);
    sqlite3_reset(s->stmt);
}

void statement_drop_all(struct conn *c)
{
    for (size_t i = 0; i < c->cache_size; i++) {
        for (size_t k = 0; c->cache[i] && k < c->cache[i]->step_count; k++)
            drop_statement(c->cache[i]->steps[k]);
        free(c->cache[i]);
    }
    free(c->cache);
    c->cache = NULL;
    c->cache_size = 0;
}

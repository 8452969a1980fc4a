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

/* Sets the shape of the rows. Returns false if it is not the one that was proved. */
static bool set_shape(struct statement *s, const struct plan *plan, const struct plan_step *proved)
{
    size_t n = (size_t)sqlite3_column_count(s->stmt);
    const char **names = xcalloc(n + 1, sizeof(*names));
    bool is_proved;

    for (size_t i = 0; i < n; i++)
        names[i] = sqlite3_column_name(s->stmt, (int)i);
    is_proved = !proved || row_shape_is_proved(proved, names, n);
    if (is_proved) {
        row_shape_init(&s->shape, plan, names, n);
        s->cells = xcalloc(n + 1, sizeof(*s->cells));
    }
    free(names);
    return is_proved;
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

static void free_statement(struct statement *s)
{
    sqlite3_finalize(s->stmt);
    row_shape_fini(&s->shape);
    free(s->cells);
    free(s);
}

static struct statement *prepare_step(struct conn *c, const struct plan *plan, size_t step,
                                      unsigned variant)
{
    struct statement *s = xcalloc(1, sizeof(*s));
    const struct plan_step *proved = variant & COMPOSE_COUNT ? NULL : &plan->steps[step];
    struct buf sql = {0};
    int rc;

    if (step == plan->result)
        compose_sql(&dialect_sqlite, plan, variant, &sql);
    else
        buf_puts(&sql, plan->steps[step].sql);
    rc = prepare_text(c, buf_text(&sql), &s->stmt);
    buf_fini(&sql);
    c->refusal = NULL;
    if (rc == SQLITE_OK && (!set_shape(s, plan, proved) || has_drifted(c, &plan->steps[step])))
        c->refusal = "its columns differ from those proved because the schema has changed; reload";
    if (rc != SQLITE_OK || c->refusal) {
        free_statement(s);
        return NULL;
    }
    s->variant = variant;
    return s;
}

static void drop_statement(struct statement *s)
{
    while (s) {
        struct statement *next = s->next;

        free_statement(s);
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

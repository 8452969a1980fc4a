/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_statement.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/engine/compose.h"

struct pg_plan {
    size_t step_count;
    struct pg_statement **steps;
    size_t *variants;
};

void pg_statements_init(struct pg_statements *all, size_t plan_count)
{
    *all = (struct pg_statements){.plan_count = plan_count + 1, .count = 1};
    all->plans = xcalloc(all->plan_count, sizeof(*all->plans));
}

static void free_shape(struct pg_statement *s)
{
    row_shape_fini(&s->shape);
    free(s->types);
    free(s->cells);
    s->types = NULL;
    s->cells = NULL;
    s->has_shape = false;
}

static void free_statement(struct pg_statement *s)
{
    free_shape(s);
    free(s->sql);
    free(s);
}

static void free_step(struct pg_statement *s)
{
    while (s) {
        struct pg_statement *next = s->next;

        free_statement(s);
        s = next;
    }
}

void pg_statements_fini(struct pg_statements *all)
{
    for (size_t i = 0; i < all->plan_count; i++) {
        for (size_t k = 0; k < all->plans[i].step_count; k++)
            free_step(all->plans[i].steps[k]);
        free(all->plans[i].steps);
        free(all->plans[i].variants);
    }
    free(all->plans);
}

static struct pg_plan *plan_of(struct pg_statements *all, const struct plan *plan)
{
    struct pg_plan *p = &all->plans[plan->id];

    assert(plan->id < all->plan_count);
    if (!p->steps) {
        p->step_count = plan->step_count + plan->has_current;
        p->steps = xcalloc(p->step_count, sizeof(struct pg_statement *));
        p->variants = xcalloc(p->step_count, sizeof(*p->variants));
    }
    return p;
}

struct pg_statement *pg_statement_get(struct pg_statements *all, const struct plan *plan,
                                      size_t step, unsigned variant)
{
    struct pg_plan *p = plan_of(all, plan);
    struct pg_statement *s = p->steps[step];
    struct buf sql = {0};

    while (s && s->variant != variant)
        s = s->next;
    if (s)
        return s;
    s = xcalloc(1, sizeof(*s));
    *s = (struct pg_statement){.plan = plan, .step = step, .variant = variant};
    if (step == plan->result)
        compose_sql(&dialect_postgresql, plan, variant, &sql);
    else
        buf_puts(&sql, plan->steps[step].sql);
    s->sql = xstrdup(buf_text(&sql));
    buf_fini(&sql);
    s->number = SIZE_MAX;
    if (p->variants[step] == STATEMENTS_VARIANTS)
        return s;
    p->variants[step]++;
    s->number = all->count++;
    snprintf(s->name, sizeof(s->name), "leat_%zu", s->number);
    s->next = p->steps[step];
    p->steps[step] = s;
    return s;
}

void pg_statement_release(struct pg_statement **s)
{
    if (*s && !(*s)->name[0])
        free_statement(*s);
    *s = NULL;
}

static bool is_same_shape(const struct pg_statement *s, const PGresult *res)
{
    if (!s->has_shape || (size_t)PQnfields(res) != s->shape.count)
        return false;
    for (size_t i = 0; i < s->shape.count; i++)
        if (PQftype(res, (int)i) != s->types[i] ||
            strcmp(PQfname(res, (int)i), s->shape.columns[i].name) != 0)
            return false;
    return true;
}

bool pg_statement_take_shape(struct pg_statement *s, const PGresult *res)
{
    size_t n = (size_t)PQnfields(res);
    const char **names;
    bool is_proved;

    if (is_same_shape(s, res))
        return true;
    names = xcalloc(n + 1, sizeof(*names));
    free_shape(s);
    s->types = xcalloc(n + 1, sizeof(*s->types));
    s->cells = xcalloc(n + 1, sizeof(*s->cells));
    for (size_t i = 0; i < n; i++) {
        names[i] = PQfname(res, (int)i);
        s->types[i] = PQftype(res, (int)i);
    }
    is_proved =
        (s->variant & COMPOSE_COUNT) || row_shape_is_proved(&s->plan->steps[s->step], names, n);
    row_shape_init(&s->shape, s->plan, names, n);
    s->has_shape = is_proved;
    free(names);
    return is_proved;
}

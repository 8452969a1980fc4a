/* SPDX-License-Identifier: MIT */
/*
 * Takes a SELECT apart into what multiplies its rows: sources, joins, conditions, grouping. All is
 * text of the statement, in an arena. Nothing is resolved (relation.h), and what is not understood
 * is said to be unknown.
 *
 *     WITH c AS (…) SELECT a.id, n AS m FROM a LEFT JOIN c USING (id) WHERE a.k = ?1 GROUP BY a.id
 *          ctes            items             sources                        where             groups
 */
#ifndef LEAT_DB_PROOF_SELECT_SHAPE_H
#define LEAT_DB_PROOF_SELECT_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"

struct select_source {
    const char *name;    /* its alias, or the table's name; "" if it has none */
    const char *table;   /* a table, view or common table expression; NULL for a subselect */
    const char *select;  /* the subselect, or NULL */
    bool is_left;        /* LEFT JOIN: its columns may all be NULL */
    const char *on;      /* a condition, or NULL */
    const char **shared; /* the columns of USING */
    size_t shared_count;
};

struct select_item {
    const char *text; /* an expression, "*" or "a.*" */
    const char *name; /* the alias, or NULL */
};

struct select_cte {
    const char *name, *select;
    const char **columns; /* as named before AS */
    size_t column_count;
};

struct select_shape {
    bool is_known;    /* all of it was understood */
    bool is_distinct; /* SELECT DISTINCT */
    bool is_compound; /* the first part is described here */
    bool is_union;    /* a compound of which no two rows are equal */
    bool is_recursive;
    struct select_cte *ctes;
    size_t cte_count;
    struct select_item *items;
    size_t item_count;
    struct select_source *sources;
    size_t source_count;
    const char *where; /* or NULL */
    const char **groups;
    size_t group_count;
};

/* A column as an expression names it: "a"."id", or id alone. */
struct select_ref {
    const char *source; /* NULL if it is not named */
    const char *column; /* NULL if the expression is not a column */
};

/* Takes the statement apart. */
void select_read(const char *sql, struct arena *arena, struct select_shape *out);
/* Splits the text at a word or sign outside of parentheses. */
const char **select_split(const char *text, const char *at, struct arena *arena, size_t *count);
/* Returns what a text that is all in parentheses holds, or NULL. */
const char *select_inside(const char *text, struct arena *arena);
/* Reads the names in the parentheses with which the text begins. */
const char **select_names(const char *text, struct arena *arena, size_t *count);
/* Reads an expression that may be a column, also in parentheses. */
struct select_ref select_ref_of(const char *text, struct arena *arena);

#endif

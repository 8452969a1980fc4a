/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/column_positions.h"

#include <string.h>

#include "lib/db/sql/sqlhead.h"

/* Returns true for the * of a list of columns; that of a product follows an operand, and that of
 * count(*) a parenthesis. */
static bool is_star(struct sql_token before, struct sql_token t)
{
    static const char *const words[] = {"SELECT", "DISTINCT", "ALL", ",", "."};

    for (size_t i = 0; sql_token_is(t, "*") && i < sizeof(words) / sizeof(*words); i++)
        if (sql_token_is(before, words[i]))
            return true;
    return false;
}

/* Returns true if the INSERT into this table says which columns it fills. */
static bool names_columns(struct sql_token target)
{
    struct sql_token t = sql_token_next(target);

    while (sql_token_is(t, ".") || sql_token_is(t, "AS"))
        t = sql_token_next(sql_token_next(t));
    return sql_token_is(t, "(") || sql_token_is(t, "DEFAULT");
}

bool column_positions_matter(const char *sql, const struct dialect *dialect)
{
    struct sql_head head = sql_head_of(sql, dialect);
    struct sql_token before = {0};
    size_t selects = sql_head_writes(head);
    bool has_star = false;

    if (head.verb == SQL_INSERT && !names_columns(head.target))
        return true;
    for (struct sql_token t = sql_token_at(sql, dialect); t.len;
         before = t, t = sql_token_next(t)) {
        selects += sql_token_is(t, "SELECT");
        has_star |= is_star(before, t);
    }
    return has_star && selects > 1;
}

bool column_positions_name(const char *sql, const struct dialect *dialect, const char *table)
{
    for (struct sql_token t = sql_token_at(sql, dialect); t.len; t = sql_token_next(t))
        if (sql_token_names(t, table))
            return true;
    return false;
}

static const char *name_at(struct json_object *table, size_t i)
{
    return json_object_get_string(json_object_array_get_idx(table, i));
}

static bool has_moved(struct json_object *before, struct json_object *now)
{
    size_t n = json_object_array_length(before);

    if (json_object_array_length(now) != n || strcmp(name_at(before, 0), name_at(now, 0)) != 0)
        return false;
    for (size_t i = 1; i < n; i++)
        for (size_t k = 1; k < n; k++)
            if (i != k && strcmp(name_at(before, i), name_at(now, k)) == 0)
                return true;
    return false;
}

bool column_positions_moved(struct json_object *before, struct json_object *now)
{
    for (size_t i = 0; before && i < json_object_array_length(before); i++)
        for (size_t k = 0; now && k < json_object_array_length(now); k++)
            if (has_moved(json_object_array_get_idx(before, i), json_object_array_get_idx(now, k)))
                return true;
    return false;
}

/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqlhead.h"

/* Returns true if the token begins a statement that changes rows. */
static bool is_writing(struct sql_token t)
{
    static const char *const verbs[] = {"INSERT", "UPDATE", "DELETE", "MERGE"};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        if (sql_token_is(t, verbs[i]))
            return true;
    return false;
}

/* Returns the token after WITH [RECURSIVE] name [(…)] AS [NOT] [MATERIALIZED] (…), … . Each pair
 * of parentheses is followed by a comma, AS, or the statement's verb. Sets *writes if a part
 * changes rows, as it may in PostgreSQL. */
static struct sql_token skip_with(struct sql_token t, bool *writes)
{
    if (!sql_token_is(t, "WITH"))
        return t;
    for (t = sql_token_next(t); t.len;) {
        if (!sql_token_is(t, "(")) {
            t = sql_token_next(t);
            continue;
        }
        *writes |= is_writing(sql_token_next(t));
        t = sql_token_skip(t);
        if (!sql_token_is(t, ",") && !sql_token_is(t, "AS"))
            break;
    }
    return t;
}

struct sql_head sql_head_of(const char *sql, const struct dialect *dialect)
{
    static const struct {
        const char *word;
        enum sql_verb verb;
        const char *before; /* the word that may precede the table */
    } rows[] = {{"SELECT", SQL_SELECT, ""},     {"VALUES", SQL_SELECT, ""},
                {"INSERT", SQL_INSERT, "INTO"}, {"REPLACE", SQL_INSERT, "INTO"},
                {"UPDATE", SQL_UPDATE, ""},     {"DELETE", SQL_DELETE, "FROM"},
                {"MERGE", SQL_UPDATE, "INTO"}};
    bool writes = false;
    struct sql_token t = skip_with(sql_token_at(sql, dialect), &writes);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (!sql_token_is(t, rows[i].word))
            continue;
        if (rows[i].verb == SQL_SELECT)
            return (struct sql_head){.verb = SQL_SELECT, .has_writes = writes};
        t = sql_token_next(t);
        if (sql_token_is(t, "OR")) /* OR IGNORE, OR REPLACE, … */
            t = sql_token_next(sql_token_next(t));
        return (struct sql_head){rows[i].verb, writes,
                                 sql_token_is(t, rows[i].before) ? sql_token_next(t) : t};
    }
    return (struct sql_head){0};
}

bool sql_head_writes(struct sql_head head)
{
    return head.verb > SQL_SELECT || head.has_writes;
}

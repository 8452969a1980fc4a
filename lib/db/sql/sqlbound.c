/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqlbound.h"

#include "lib/db/sql/sqlhead.h"

/* Returns true if the word stands in the statement itself, outside of parentheses. */
static bool has_outer_word(const char *sql, const struct dialect *dialect, const char *word)
{
    struct sql_token t = sql_token_at(sql, dialect);

    while (t.len) {
        if (sql_token_is(t, word))
            return true;
        t = sql_token_is(t, "(") ? sql_token_skip(t) : sql_token_next(t);
    }
    return false;
}

bool sql_has_bound(const char *sql, const struct dialect *dialect)
{
    enum sql_verb verb = sql_head_of(sql, dialect).verb;

    if (has_outer_word(sql, dialect, "limit") ||
        (dialect->has_fetch && has_outer_word(sql, dialect, "fetch")))
        return true;
    return (verb == SQL_SELECT || verb == SQL_INSERT) && !has_outer_word(sql, dialect, "from");
}

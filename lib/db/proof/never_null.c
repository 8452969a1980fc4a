/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/never_null.h"

#include <string.h>
#include <strings.h>

#include "lib/db/sql/sqllex.h"

/* Returns true for the words that make NULL of what is none, or join rows of several SELECTs. */
static bool makes_null(struct sql_token t)
{
    static const char *const words[] = {"left",  "right",     "full",  "outer",
                                        "union", "intersect", "except"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (sql_token_is(t, words[i]))
            return true;
    return false;
}

bool never_null_is_plain(const char *sql)
{
    int selects = 0;

    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t)) {
        selects += sql_token_is(t, "select");
        if (makes_null(t))
            return false;
    }
    return selects == 1;
}

enum column_nulls never_null_column(sqlite3 *db, sqlite3_stmt *stmt, int i)
{
    const char *table = sqlite3_column_table_name(stmt, i);
    const char *column = sqlite3_column_origin_name(stmt, i), *type = NULL;
    int not_null = 0, is_key = 0, is_automatic = 0;

    if (!table || !column ||
        sqlite3_table_column_metadata(db, sqlite3_column_database_name(stmt, i), table, column,
                                      &type, NULL, &not_null, &is_key, &is_automatic) != SQLITE_OK)
        return NULLS_UNKNOWN;
    return not_null || (is_key && type && strcasecmp(type, "INTEGER") == 0) ? NULLS_NEVER
                                                                            : NULLS_STORED;
}

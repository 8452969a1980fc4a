/* SPDX-License-Identifier: MIT */
/*
 * Follows values through the program: Variable P1 → register P2; SCopy P1 → P2; HaltIfNull tests
 * register P3 and names the column in P4. A register that is written in more than one way (by a
 * CASE or a default) proves nothing.
 */
#include "lib/db/proof/explain_nulls.h"
#include "lib/db/sqlite/connection/conn.h"

#include <stdbool.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/slice.h"
#include "lib/db/rowsec/rowsec.h"

enum { REGISTERS_MAX = 1024 };

/* The other opcodes that write a register: P2, or P3. */
static const char writes_p2[] = "IntCopy|Copy|Move|Integer|Int64|Real|String|String8|Blob|Null|"
                                "Rowid|NewRowid|Cast";
static const char writes_p3[] = "Column|VColumn|Function|PureFunc|Concat|Add|Subtract|Multiply|"
                                "Divide|Remainder|BitAnd|BitOr|And|Or|AggFinal|AggValue";

/* The source of a register's value: a parameter, another register, or something else. */
enum { FROM_NOWHERE, FROM_PARAMETER = -1, FROM_ELSEWHERE = -2 };

static void note_opcode(int *from, int number, const char *name, int p1, int p2, int p3)
{
    int to = p2, what = FROM_ELSEWHERE;

    if (strcmp(name, "Variable") == 0)
        what = p1 == number ? FROM_PARAMETER : FROM_ELSEWHERE;
    else if (strcmp(name, "SCopy") == 0)
        what = p1;
    else if (slice_is_choice(writes_p3, name))
        to = p3;
    else if (!slice_is_choice(writes_p2, name))
        return;
    if (to > 0 && to < REGISTERS_MAX)
        from[to] = from[to] == FROM_NOWHERE || from[to] == what ? what : FROM_ELSEWHERE;
}

/* Returns true if the register holds the parameter and nothing else. */
static bool holds(const int *from, int at)
{
    for (int i = 0; i < REGISTERS_MAX && at > 0 && at < REGISTERS_MAX; i++)
        at = from[at];
    return at == FROM_PARAMETER;
}

static const char *text(sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    return text ? text : "";
}

char *explain_nulls(struct conn *c, const char *sql, int number)
{
    sqlite3_stmt *stmt = rowsec_explain(c, "EXPLAIN", sql);
    int from[REGISTERS_MAX] = {FROM_NOWHERE};
    char *column = NULL;

    while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        note_opcode(from, number, text(stmt, 1), sqlite3_column_int(stmt, 2),
                    sqlite3_column_int(stmt, 3), sqlite3_column_int(stmt, 4));
    sqlite3_reset(stmt);
    while (stmt && !column && sqlite3_step(stmt) == SQLITE_ROW) {
        if (strcmp(text(stmt, 1), "HaltIfNull") == 0 && holds(from, sqlite3_column_int(stmt, 4)))
            column = xstrdup(text(stmt, 5));
    }
    sqlite3_finalize(stmt);
    return column;
}

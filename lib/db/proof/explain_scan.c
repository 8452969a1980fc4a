/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/explain_scan.h"
#include "lib/db/sqlite/connection/conn.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/rowsec/rowsec.h"

enum { CURSORS_MAX = 256 };

/* The way in which the program uses one of its cursors. */
struct scan_cursor {
    int root; /* root page of the b-tree; 0 if it is temporary */
    bool starts_at_end, moves_on, counts;
};

struct program {
    struct scan_cursor cursors[CURSORS_MAX];
    int resumes_at; /* what comes before it runs only for a deferred foreign key */
};

/* The planner's outline. Its "SCAN" alone would not do: it names the alias instead of the table,
 * and also appears for what only a deferred foreign key runs. */
struct outline {
    bool scans, sorts;
};

static const struct operation_kind {
    const char *name;
    enum { OPENS, STARTS, MOVES, COUNTS } kind;
} kinds[] = {{"OpenRead", OPENS}, {"OpenWrite", OPENS}, {"Rewind", STARTS}, {"Last", STARTS},
             {"Next", MOVES},     {"Prev", MOVES},      {"Count", COUNTS}};

static void note_opcode(struct program *p, int address, const char *name, int p1, int p2)
{
    struct scan_cursor *cursor;

    if (strcmp(name, "FkIfZero") == 0)
        p->resumes_at = p2;
    if (address < p->resumes_at)
        return;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i].name, name) != 0 || p1 < 0 || p1 >= CURSORS_MAX)
            continue;
        cursor = &p->cursors[p1];
        if (kinds[i].kind == OPENS)
            cursor->root = p2;
        cursor->starts_at_end |= kinds[i].kind == STARTS;
        cursor->moves_on |= kinds[i].kind == MOVES;
        cursor->counts |= kinds[i].kind == COUNTS;
    }
}

/* Returns true if a step of the plan walks over stored rows. */
static bool is_scan(const char *detail)
{
    return strncmp(detail, "SCAN ", 5) == 0 && !strstr(detail, " VIRTUAL TABLE ") &&
           !strstr(detail, "CONSTANT ROW");
}

/* Returns true if a step sorts all rows. Sorting within groups from the left ends as early as the
 * limit does. */
static bool is_sort(const char *detail)
{
    return strcmp(detail, "USE TEMP B-TREE FOR ORDER BY") == 0 ||
           strcmp(detail, "USE TEMP B-TREE FOR GROUP BY") == 0;
}

static struct outline outline_of(struct conn *c, const char *sql)
{
    sqlite3_stmt *stmt = rowsec_explain(c, "EXPLAIN QUERY PLAN", sql);
    struct outline o = {0};

    while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);

        o.scans |= is_scan(detail);
        o.sorts |= is_sort(detail);
    }
    sqlite3_finalize(stmt);
    return o;
}

/* Returns the table that the b-tree belongs to, itself or as an index, or NULL if it is none of
 * ours. For free(). */
static char *table_of(struct conn *c, int root)
{
    sqlite3_stmt *stmt = NULL;
    char *name = NULL;

    sqlite3_prepare_v2(c->db,
                       "SELECT tbl_name FROM sqlite_schema WHERE rootpage = ?1"
                       " AND tbl_name NOT LIKE 'sqlite!_%' ESCAPE '!'",
                       -1, &stmt, NULL);
    sqlite3_bind_int(stmt, 1, root);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        name = xstrdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return name;
}

bool explain_scan(struct conn *c, const char *sql, bool is_limited, char **table)
{
    struct outline o = outline_of(c, sql);
    struct program p = {0};
    sqlite3_stmt *stmt;

    *table = NULL;
    if (!o.scans || (is_limited && !o.sorts))
        return false;
    stmt = rowsec_explain(c, "EXPLAIN", sql);
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        note_opcode(&p, sqlite3_column_int(stmt, 0), (const char *)sqlite3_column_text(stmt, 1),
                    sqlite3_column_int(stmt, 2), sqlite3_column_int(stmt, 3));
    sqlite3_finalize(stmt);
    for (int i = 0; i < CURSORS_MAX && !*table; i++) {
        const struct scan_cursor *cursor = &p.cursors[i];

        if (cursor->root && (cursor->counts || (cursor->starts_at_end && cursor->moves_on)))
            *table = table_of(c, cursor->root);
    }
    return *table != NULL;
}

/* SPDX-License-Identifier: MIT */
#include "lib/db/scan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/db/conn.h"

enum { CURSORS_MAX = 256 };

/* What the program does with each of its cursors. */
struct cursor {
    int root; /* page of the b-tree; 0: none that lasts */
    bool starts_at_end, moves_on;
};

struct program {
    struct cursor cursors[CURSORS_MAX];
    bool sorts;
    int resumes_at; /* before it stands what only a deferred foreign key runs */
};

static const struct operation_kind {
    const char *name;
    enum { OPENS, STARTS, MOVES, SORTS } kind;
} kinds[] = {{"OpenRead", OPENS}, {"OpenWrite", OPENS}, {"Rewind", STARTS}, {"Last", STARTS},
             {"Next", MOVES},     {"Prev", MOVES},      {"Sort", SORTS},    {"SorterSort", SORTS}};

static void note(struct program *p, int address, const char *name, int p1, int p2)
{
    struct cursor *cursor;

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
        p->sorts |= kinds[i].kind == SORTS;
    }
}

static sqlite3_stmt *prepare(struct conn *c, const char *before, const char *sql)
{
    struct buf text = {0};
    sqlite3_stmt *stmt = NULL;

    buf_printf(&text, "%s%s", before, sql);
    sqlite3_prepare_v2(c->db, buf_text(&text), -1, &stmt, NULL);
    buf_fini(&text);
    return stmt;
}

/* The table that has the b-tree; NULL: an index has it. For free(). */
static char *table_of(struct conn *c, int root)
{
    sqlite3_stmt *stmt =
        prepare(c, "",
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = ?1 "
                "AND name NOT LIKE 'sqlite!_%' ESCAPE '!'");
    char *name = NULL;

    sqlite3_bind_int(stmt, 1, root);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        name = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return name;
}

bool scan_find(struct conn *c, const char *sql, bool is_limited, char **table)
{
    sqlite3_stmt *stmt = prepare(c, "EXPLAIN ", sql);
    struct program p = {0};

    *table = NULL;
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        note(&p, sqlite3_column_int(stmt, 0), (const char *)sqlite3_column_text(stmt, 1),
             sqlite3_column_int(stmt, 2), sqlite3_column_int(stmt, 3));
    sqlite3_finalize(stmt);
    for (int i = 0; i < CURSORS_MAX && !*table && (p.sorts || !is_limited); i++)
        if (p.cursors[i].root && p.cursors[i].starts_at_end && p.cursors[i].moves_on)
            *table = table_of(c, p.cursors[i].root);
    return *table != NULL;
}

/* SPDX-License-Identifier: MIT */
/* Determines what a statement does from its first words, after any WITH clause. */
#ifndef LEAT_DB_SQL_SQLHEAD_H
#define LEAT_DB_SQL_SQLHEAD_H

#include "lib/db/sql/sqllex.h"

enum sql_verb {
    SQL_OTHER,  /* does not concern rows */
    SQL_SELECT, /* includes VALUES */
    SQL_INSERT, /* includes REPLACE */
    SQL_UPDATE, /* includes MERGE */
    SQL_DELETE,
};

struct sql_head {
    enum sql_verb verb;
    bool has_writes;         /* a part of its WITH clause changes rows */
    struct sql_token target; /* the table that it changes, or that table's schema; len 0 if none */
};

/* Examines the first words of a statement. The result borrows the text. */
struct sql_head sql_head_of(const char *sql, const struct dialect *dialect);
/* Returns true if the statement changes rows. */
bool sql_head_writes(struct sql_head head);

#endif

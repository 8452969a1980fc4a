/* SPDX-License-Identifier: MIT */
/* What a statement does, by the words that it begins with, behind any WITH. */
#ifndef LEAT_DB_SQLHEAD_H
#define LEAT_DB_SQLHEAD_H

#include "lib/db/sqllex.h"

enum sql_verb {
    SQL_OTHER,  /* not about rows */
    SQL_SELECT, /* VALUES too */
    SQL_INSERT, /* REPLACE too */
    SQL_UPDATE,
    SQL_DELETE,
};

struct sql_head {
    enum sql_verb verb;
    struct sql_token target; /* the table that it changes, or its schema; len 0: none */
};

struct sql_head sql_head_of(const char *sql);
/* Whether it changes rows. */
bool sql_head_writes(struct sql_head head);

#endif

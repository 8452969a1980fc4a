/* SPDX-License-Identifier: MIT */
/* Tells whether a statement's text bounds the number of its rows. */
#ifndef LEAT_DB_SQL_SQLBOUND_H
#define LEAT_DB_SQL_SQLBOUND_H

#include <stdbool.h>

#include "lib/db/sql/dialect.h"

/* Returns true if the statement ends with LIMIT or FETCH, or reads no table: it has rows of its own
 * alone. */
bool sql_has_bound(const char *sql, const struct dialect *dialect);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef LEAT_DB_PG_PG_PARAMETERS_H
#define LEAT_DB_PG_PG_PARAMETERS_H

/* Returns the statement with ?1 spelt $1, while plans are spelt for SQLite; the caller's. */
char *pg_parameters(const char *sql);

#endif

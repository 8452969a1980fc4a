/* SPDX-License-Identifier: MIT */
/* Leat's own tables on PostgreSQL. */
#ifndef LEAT_DB_PG_LOAD_PG_OWN_TABLES_H
#define LEAT_DB_PG_LOAD_PG_OWN_TABLES_H

#include "lib/db/pg/load/pg_session.h"

/* Creates those that are missing, and the key that signs cursors. Returns false with *fault. */
bool pg_own_tables_create(struct pg_session *s, struct fault *fault);

#endif

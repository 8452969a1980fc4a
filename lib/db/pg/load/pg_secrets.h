/* SPDX-License-Identifier: MIT */
/* Keeps the secrets of Leat's own tables (lib/db/own_tables.h) from what migrations make. */
#ifndef LEAT_DB_PG_LOAD_PG_SECRETS_H
#define LEAT_DB_PG_LOAD_PG_SECRETS_H

#include "lib/db/pg/load/pg_session.h"

/* Returns false with *fault if a trigger, a function or a foreign key could lead to a secret. Views
 * may have them: a statement that reads one is refused (pg_describe.h). */
bool pg_secrets_verify(struct pg_session *s, struct fault *fault);

#endif

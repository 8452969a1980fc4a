/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_own_tables.h"

#include "lib/core/text/uuid.h"
#include "lib/db/own_tables.h"

bool pg_own_tables_create(struct pg_session *s, struct fault *fault)
{
    unsigned char key[32];
    char hex[2 * sizeof(key) + 1];
    PGresult *result;

    if (!pg_session_run(s, own_tables_sql_postgresql, fault))
        return false;
    random_bytes(key, sizeof(key));
    for (size_t i = 0; i < sizeof(key); i++)
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
    result = pg_session_ask(s, fault,
                            "INSERT INTO _leat_keys VALUES ('cursor', pg_catalog.decode($1, 'hex'))"
                            " ON CONFLICT DO NOTHING",
                            hex, PG_END);
    PQclear(result);
    return result != NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * A scratch database for proofs: empty but for all migrations, and gone when it is closed, also after
 * SIGTERM. A role that may not create databases gets a schema in the source's database instead,
 * inside of a transaction that is rolled back.
 */
#ifndef LEAT_DB_PG_LOAD_PG_SCRATCH_H
#define LEAT_DB_PG_LOAD_PG_SCRATCH_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/db/pg/load/pg_session.h"

struct pg_scratch {
    struct pg_session session; /* in a transaction that must not be committed */
    struct pg_session admin;   /* of the source's database; closed if there is only a schema */
    char name[64];
};

/* Returns false with the reason in `diags` on failure, and nothing is left behind. */
bool pg_scratch_open(struct pg_scratch *s, const char *source, struct json_object *migrations,
                     struct diags *diags);
/* Ends the process after SIGTERM. */
void pg_scratch_close(struct pg_scratch *s);

#endif

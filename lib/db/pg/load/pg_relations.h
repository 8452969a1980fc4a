/* SPDX-License-Identifier: MIT */
/* Tells the proofs of uniqueness (lib/db/proof/prove_unique.h) of PostgreSQL's tables. */
#ifndef LEAT_DB_PG_LOAD_PG_RELATIONS_H
#define LEAT_DB_PG_LOAD_PG_RELATIONS_H

#include "lib/db/pg/load/pg_session.h"
#include "lib/db/proof/catalog.h"

struct pg_relations {
    struct pg_session *session; /* in a transaction; borrowed, as are the next */
    const struct owned_table *tables;
    size_t count;
    bool is_lifted; /* statements see all rows */
};

/* Prepares for the tables of the session's database. `r` must outlive the catalog, which
 * catalog_fini() frees. */
void pg_relations_init(struct catalog *c, struct pg_relations *r);

#endif

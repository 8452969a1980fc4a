/* SPDX-License-Identifier: MIT */
/* Proves that a file is a whole database, and the same as another. */
#ifndef LEAT_DB_BACKUP_BACKUP_PROOF_H
#define LEAT_DB_BACKUP_BACKUP_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "lib/core/buf.h"
#include "lib/core/fault.h"

/* What a copy must have in common with the database that it was made from. */
struct backup_facts {
    int64_t pages, page_size, application_id, user_version;
    struct buf schema; /* each object and its SQL */
};

/* Reads them in the connection's transaction. Call backup_facts_fini() in any case. */
bool backup_facts_read(sqlite3 *db, struct backup_facts *out, struct fault *fault);
void backup_facts_fini(struct backup_facts *f);

/* Proves the database in the file `path`, a copy that nobody has open and that is not changed:
 * every page, index and constraint (integrity_check), every foreign key, and, unless `live` is
 * NULL, that it has those facts. `pause` is called now and then, with 0, and returns false to give
 * up. */
bool backup_prove(const char *path, const struct backup_facts *live, bool (*pause)(int ms),
                  struct fault *fault);

#endif

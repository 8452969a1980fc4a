/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/stored_key.h"

#include <assert.h>

#include "lib/db/sqlite/connection/conn.h"

/* Uses a connection of its own, since no other may see keys. */
bool stored_key(const char *path, const char *name, struct buf *out)
{
    sqlite3_stmt *stmt = NULL;
    struct conn c;
    struct fault fault;
    bool found = false;

    assert(name && out);
    if (conn_open(&c, path, CONN_READ, "off", &fault) &&
        sqlite3_prepare_v2(c.db, "SELECT value FROM _leat_keys WHERE name = ?1", -1, &stmt, NULL) ==
            SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        found = sqlite3_step(stmt) == SQLITE_ROW;
        if (found)
            buf_put(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    }
    sqlite3_finalize(stmt);
    conn_close(&c);
    return found;
}

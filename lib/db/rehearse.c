/* SPDX-License-Identifier: MIT */
#include "lib/db/rehearse.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/core/buf.h"
#include "lib/db/conn.h"
#include "lib/db/migration.h"
#include "lib/db/prove.h"

static void name_copy(const char *path, const char *suffix, struct buf *out)
{
    out->len = 0;
    buf_printf(out, "%s.rehearsal-%d%s", path, (int)getpid(), suffix);
}

static void remove_copy(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct buf name = {0};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
        name_copy(path, suffixes[i], &name);
        unlink(buf_text(&name));
    }
    buf_fini(&name);
}

/* SQLite's online backup: writers go on meanwhile. */
static bool copy(const char *path, const char *to, struct diags *diags)
{
    struct conn *from = prove_open_live(path, diags);
    sqlite3 *target = NULL;
    sqlite3_backup *backup = NULL;
    bool ok = false;

    if (from && sqlite3_open(to, &target) == SQLITE_OK &&
        (backup = sqlite3_backup_init(target, "main", from->db, "main")))
        sqlite3_backup_step(backup, -1);
    if (backup)
        ok = sqlite3_backup_finish(backup) == SQLITE_OK;
    if (from && !ok)
        diag_error(diags, to, "copying the database: %s", sqlite3_errmsg(target));
    sqlite3_close(target);
    prove_close(&from);
    return ok;
}

static void ignore(const char *what, struct json_object *migration)
{
    (void)what, (void)migration;
}

struct conn *rehearse_open(const char *path, struct json_object *migrations, struct diags *diags)
{
    struct buf name = {0};
    struct conn *c = NULL;

    name_copy(path, "", &name);
    remove_copy(path);
    if ((access(path, F_OK) != 0 || copy(path, buf_text(&name), diags)) &&
        migration_up(buf_text(&name), migrations, diags, ignore))
        c = prove_open_live(buf_text(&name), diags);
    buf_fini(&name);
    if (!c)
        remove_copy(path);
    return c;
}

void rehearse_close(struct conn **c, const char *path)
{
    prove_close(c);
    remove_copy(path);
}

/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/rehearse.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/migration/migration.h"
#include "lib/db/proof/prove_sql.h"

enum { FILES = 4 };

static char files[FILES][PATH_MAX]; /* the copy's; the first is the database */

static void name_files(const char *path)
{
    static const char *const suffixes[FILES] = {"", "-wal", "-shm", "-journal"};

    for (int i = 0; i < FILES; i++)
        snprintf(files[i], sizeof(files[i]), "%s.rehearsal-%d%s", path, (int)getpid(), suffixes[i]);
}

static void remove_copy(void)
{
    for (int i = 0; i < FILES; i++)
        unlink(files[i]);
}

/* Removes the copy when the rehearsal is aborted. */
static void on_term(int number)
{
    remove_copy();
    _exit(128 + number);
}

/* Copies by SQLite's online backup, which does not block writers. */
static bool copy_database(const char *path, const char *to, struct diags *diags)
{
    struct conn *from = prove_open_live(path, diags);
    sqlite3 *target = NULL;
    sqlite3_backup *backup = NULL;
    bool ok = false;

    if (from && conn_make_file(to) && sqlite3_open(to, &target) == SQLITE_OK &&
        (backup = sqlite3_backup_init(target, "main", from->db, "main")))
        sqlite3_backup_step(backup, -1);
    if (backup)
        ok = sqlite3_backup_finish(backup) == SQLITE_OK;
    if (from && !ok)
        diag_error(diags, to, "copying the database: %s",
                   target ? sqlite3_errmsg(target) : strerror(errno));
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
    struct conn *c = NULL;

    name_files(path);
    remove_copy(); /* left by an earlier process with this pid */
    signal(SIGTERM, on_term);
    if ((access(path, F_OK) != 0 || copy_database(path, files[0], diags)) &&
        migration_up(files[0], migrations, diags, ignore))
        c = prove_open_live(files[0], diags);
    if (!c)
        remove_copy();
    return c;
}

void rehearse_close(struct conn **c)
{
    prove_close(c);
    remove_copy();
}

/* SPDX-License-Identifier: MIT */
/*
 * What is proved is the copy that will be the database, not the file that was copied: a dry run
 * makes that copy, too, and removes it. Opening a database to list its migrations can write to it,
 * which must not happen to a backup.
 *
 * Two things tell that leat runs: its control socket answers, and its workers have the database
 * open. The socket is tried before the sandbox, in which nothing can be connected to.
 */
#include "workers/commands/cmd_restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/auth/secret/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/core/system/file.h"
#include "lib/db/backup/restore.h"
#include "lib/db/migration/migration.h"
#include "lib/db/migration/migration_state.h"
#include "workers/commands/database_folder.h"
#include "workers/commands/drop_privileges.h"

struct restore_command {
    struct json_object *config;
    const char *backup;
    bool is_dry;
    char *database; /* its path, without symbolic links */
    int backup_fd;  /* -1: not open */
    struct stat backup_stat;
    struct restore restore;
    struct diags diags;
};

static bool refuse_restore(struct restore_command *c, const struct fault *fault)
{
    diag_error(&c->diags, NULL, "%s", fault->text);
    return false;
}

/* --- what must be so before --- */

/* Returns whether nobody answers at the control socket. */
static bool is_stopped(struct restore_command *c)
{
    const char *path = conf_string(c->config, "control.socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = -1;

    errno = ENAMETOOLONG;
    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
    }
    if (rc == 0 || errno == EAGAIN)
        diag_error(&c->diags, NULL, "leat is running: %s answers; stop it first", path);
    else if (errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR)
        diag_error(&c->diags, NULL, "is leat running? %s: %s", path, strerror(errno));
    close(fd);
    return !c->diags.errors;
}

/* Returns whether the backup is a single file: a -wal beside it would have its newest rows. */
static bool is_single(struct restore_command *c)
{
    char *wal = xasprintf("%s-wal", c->backup);
    struct stat st;
    bool has_wal = stat(wal, &st) == 0 && st.st_size > 0;

    free(wal);
    if (has_wal)
        diag_error(&c->diags, NULL,
                   "%s: has rows in its -wal file; first make it one file: sqlite3 %s \"PRAGMA "
                   "journal_mode = DELETE\"",
                   c->backup, c->backup);
    return !has_wal;
}

/* Opens the backup while we can: as root, before becoming the user of the workers. */
static bool open_backup(struct restore_command *c)
{
    struct fault fault;
    struct stat live;

    c->backup_fd = open(c->backup, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (c->backup_fd < 0 || fstat(c->backup_fd, &c->backup_stat) < 0) {
        diag_error(&c->diags, NULL, "%s: %s", c->backup, strerror(errno));
        return false;
    }
    if (S_ISREG(c->backup_stat.st_mode) && c->backup_stat.st_size == 0) {
        diag_error(&c->diags, NULL, "%s: is empty", c->backup);
        return false;
    }
    if (stat(c->database, &live) == 0 && live.st_dev == c->backup_stat.st_dev &&
        live.st_ino == c->backup_stat.st_ino) {
        diag_error(&c->diags, NULL, "%s: is the database itself", c->backup);
        return false;
    }
    return is_single(c) && (restore_inspect(c->backup, &fault) || refuse_restore(c, &fault));
}

/* --- the proof --- */

/* Compares the migrations of the copy with those in the folder, and prints the result. */
static bool check_migrations(struct restore_command *c)
{
    const char *folder = conf_string(c->config, "database.migrations");
    struct json_object *migrations =
        folder ? migration_load(folder, database_source_of(c->config).engine, digest_sha256_hex,
                                &c->diags)
               : NULL;
    struct json_object *status =
        migrations ? migration_status(c->restore.staged, migrations, &c->diags) : NULL;

    if (status) {
        size_t pending = migration_count(status, "pending");

        printf("migrations: %zu applied, %zu pending%s\n",
               json_object_array_length(status) - pending, pending,
               pending ? "; apply them with leat migrate up" : "");
        migration_verify(status, migrations, &c->diags);
    }
    json_object_put(status);
    json_object_put(migrations);
    return !c->diags.errors;
}

/* Returns the folder for the copy: the database's, or that for temporary files in a dry run that
 * would have to create it. The caller's. */
static char *choose_folder(const struct restore_command *c)
{
    const char *slash = strrchr(c->database, '/'), *tmp = getenv("TMPDIR");
    char *folder = xstrndup(c->database, slash > c->database ? (size_t)(slash - c->database) : 1);

    if (!c->is_dry || access(folder, F_OK) == 0)
        return folder;
    free(folder);
    return xstrdup(tmp ? tmp : "/tmp");
}

static bool stage_and_prove(struct restore_command *c)
{
    char *folder = choose_folder(c);
    struct fault fault;
    bool ok = restore_stage(&c->restore, c->backup_fd, folder, &fault);

    free(folder);
    if (!ok) {
        fault_add_context(&fault, "%s", c->backup);
        return refuse_restore(c, &fault);
    }
    printf("backup: %s, %lld bytes, proved\n", c->backup, (long long)c->backup_stat.st_size);
    return check_migrations(c);
}

/* --- the restore --- */

static void print_plan(const struct restore_command *c)
{
    const struct restore *r = &c->restore;
    const char *would = c->is_dry ? "would be " : "";

    if (r->has_database)
        printf("old database: %smoved to %s%s\n", would, r->aside,
               r->has_wal ? ", with its -wal" : "");
    printf("database: %s %s\n", r->database,
           c->is_dry ? "would be replaced; nothing was changed" : "is restored");
}

static void run_restore(struct restore_command *c)
{
    struct fault fault;

    if (!c->is_dry && !file_make_parent(c->database)) {
        diag_error(&c->diags, NULL, "the folder of %s: %s", c->database, strerror(errno));
        return;
    }
    if (!restore_lock(&c->restore, c->database, clock_real_ms(), &fault)) {
        refuse_restore(c, &fault);
    } else if (stage_and_prove(c)) {
        if (c->is_dry || restore_place(&c->restore, &fault))
            print_plan(c);
        else
            refuse_restore(c, &fault);
    }
    restore_end(&c->restore);
}

static bool prepare_command(struct restore_command *c, const char *config_path)
{
    const char *path;

    if (!conf_load(config_path, &c->config, &c->diags))
        return false;
    path = database_source_of(c->config).path;
    if (!path) {
        diag_error(&c->diags, NULL,
                   database_source_of(c->config).url
                       ? "the database is a PostgreSQL server's; restore it with pg_restore"
                       : "there is no database; database.url is not configured");
        return false;
    }
    c->database = realpath(path, NULL);
    if (!c->database)
        c->database = xstrdup(path);
    return is_stopped(c) && open_backup(c) &&
           (c->is_dry || database_folder_give(c->config, &c->diags)) &&
           drop_privileges(c->config, &c->diags);
}

int cmd_restore(const char *config_path, const char *backup, bool is_dry)
{
    struct restore_command c = {.backup = backup, .is_dry = is_dry, .backup_fd = -1};
    int result;

    if (prepare_command(&c, config_path))
        run_restore(&c);
    fflush(stdout);
    diags_print(&c.diags, stderr);
    result = c.diags.errors ? 1 : 0;
    if (c.backup_fd >= 0)
        close(c.backup_fd);
    free(c.database);
    json_object_put(c.config);
    diags_fini(&c.diags);
    return result;
}

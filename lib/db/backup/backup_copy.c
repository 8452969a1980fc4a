/* SPDX-License-Identifier: MIT */
/*
 * The source stays in one read transaction, so the copy is one state, and a writer never makes
 * SQLite start again, as it would between the steps of a backup without one. With a -wal a reader
 * blocks no writer; what it does hold back is the end of the -wal. So the copy rests only as long
 * as it works, in steps of a megabyte.
 *
 * The folder is locked by flock(2), which ends with the process: two backups into one folder,
 * perhaps of two masters during an upgrade, would remove each other's partial files.
 *
 * SQLite copies the header, too, which says that the database has a -wal. The copy is switched to a
 * rollback journal, so that it needs no second file and can be read where nothing can be written.
 */
#include "lib/db/backup/backup_copy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/system/file.h"
#include "lib/db/backup/backup_proof.h"
#include "lib/db/sqlite/connection/conn.h"

enum { STEP_BYTES = 1 << 20, NAP_MAX_MS = 100, SUFFIXES = 4 };

static const char *const suffixes[SUFFIXES] = {"", "-wal", "-shm", "-journal"};
static char partial[SUFFIXES][PATH_MAX]; /* the partial file, and what SQLite puts beside it */

void backup_abandon(void)
{
    for (int i = 0; i < SUFFIXES; i++)
        if (partial[i][0])
            unlink(partial[i]);
}

/* --- names --- */

static const char *name_in(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Writes the folder of `path`, and the names of the partial files. */
static bool name_partial(const char *path, char folder[static PATH_MAX], struct fault *fault)
{
    const char *name = path[0] == '/' ? name_in(path) : "";
    int len;

    if (!*name)
        return fault_set(fault, "%s: must be the absolute path of a file", path);
    len = name - path > 1 ? (int)(name - path) - 1 : 1;
    snprintf(folder, PATH_MAX, "%.*s", len, path);
    for (int i = 0; i < SUFFIXES; i++)
        if (snprintf(partial[i], PATH_MAX, "%.*s.%s.partial%s", (int)(name - path), path, name,
                     suffixes[i]) >= PATH_MAX)
            return fault_set(fault, "%s: %s", path, strerror(ENAMETOOLONG));
    return true;
}

static bool is_same_file(const char *path, const struct stat *other)
{
    struct stat st;

    return stat(path, &st) == 0 && st.st_dev == other->st_dev && st.st_ino == other->st_ino;
}

/* Returns whether `path` is the live database, or a name that SQLite uses beside it. */
static bool is_live(const char *database, const char *path)
{
    char file[PATH_MAX];
    struct stat st;
    bool exists = stat(path, &st) == 0;

    for (int i = 0; i < SUFFIXES; i++) {
        snprintf(file, sizeof(file), "%s%s", database, suffixes[i]);
        if (strcmp(file, path) == 0 || (exists && is_same_file(file, &st)))
            return true;
    }
    return false;
}

/* Returns whether a backup may be put at the path. */
static bool is_free(const struct backup_options *o, struct fault *fault)
{
    struct stat st;

    if (is_live(o->database, o->path))
        return fault_set(fault, "%s: is the database itself", o->path);
    if (lstat(o->path, &st) < 0)
        return errno == ENOENT || fault_set(fault, "%s: %s", o->path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fault_set(fault, "%s: %s is in the way", o->path, file_kind(st.st_mode));
    return o->replaces ||
           fault_set(fault, "%s: exists already; use --force to replace it", o->path);
}

/* --- the copy --- */

/* Sets the fault to SQLite's reason; a full disk gets a text of ours. */
static bool refuse_copy(const char *path, int rc, const char *message, struct fault *fault)
{
    if ((rc & 0xff) == SQLITE_FULL)
        return fault_set(fault, "%s: no space left for the backup", path);
    return fault_set(fault, "%s: copying the database: %s", path, message);
}

/* Waits about as long as the step took, so that half of the disk's time is left for others. */
static bool rest_after(const struct backup_options *o, uint64_t began_ns)
{
    uint64_t ms = (clock_ns() - began_ns) / NS_PER_MS;

    return o->pause(ms < NAP_MAX_MS ? (int)ms : NAP_MAX_MS);
}

/* Copies all pages. Returns SQLITE_DONE, or why not. */
static int copy_pages(sqlite3_backup *copying, int step, const struct backup_options *o)
{
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK) {
        uint64_t began = clock_ns();

        rc = sqlite3_backup_step(copying, step);
        if (rc == SQLITE_OK && !rest_after(o, began))
            return SQLITE_INTERRUPT;
    }
    return rc;
}

static bool copy_into(struct conn *from, sqlite3 *to, const struct backup_options *o,
                      struct fault *fault)
{
    int64_t page = conn_integer(from, "PRAGMA page_size");
    sqlite3_backup *copying = sqlite3_backup_init(to, "main", from->db, "main");
    int rc, end;

    if (!copying)
        return refuse_copy(o->path, sqlite3_errcode(to), sqlite3_errmsg(to), fault);
    rc = copy_pages(copying, page > 0 ? STEP_BYTES / (int)page : 1, o);
    end = sqlite3_backup_finish(copying);
    if (rc == SQLITE_INTERRUPT)
        return fault_set(fault, "%s: the backup was stopped", o->path);
    if (rc != SQLITE_DONE || end != SQLITE_OK)
        return refuse_copy(o->path, rc != SQLITE_DONE ? rc : end, sqlite3_errmsg(to), fault);
    return true;
}

/* Opens the partial file and runs `sql`. Nothing is synchronized: sync_file() does it once. */
static sqlite3 *open_partial(const char *sql, struct fault *fault)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(partial[0], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return db;
    refuse_copy(partial[0], sqlite3_errcode(db), sqlite3_errmsg(db), fault);
    sqlite3_close(db);
    return NULL;
}

static bool copy_database(struct conn *from, const struct backup_options *o, struct fault *fault)
{
    sqlite3 *to = open_partial("PRAGMA journal_mode = OFF", fault);
    bool ok = to && copy_into(from, to, o, fault);

    if (to)
        sqlite3_close(to);
    to = ok ? open_partial("PRAGMA journal_mode = DELETE", fault) : NULL;
    if (to)
        sqlite3_close(to);
    return to;
}

/* Writes the file to the disk, and lets the proof read it from there. */
static bool sync_file(const char *path, struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        fault_set(fault, "%s: writing to the disk: %s", path, strerror(errno));
    else
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Returns whether the copy fits on its disk, which may be that of the database: a backup that
 * filled it first would keep others from writing until it failed. */
static bool has_room(const struct backup_options *o, const struct backup_facts *live,
                     struct fault *fault)
{
    uint64_t need = (uint64_t)live->pages * (uint64_t)live->page_size, free_bytes;
    int fd = open(partial[0], O_RDONLY | O_CLOEXEC);
    struct statvfs disk;
    bool is_known = fd >= 0 && fstatvfs(fd, &disk) == 0;

    if (fd >= 0)
        close(fd);
    free_bytes = is_known ? (uint64_t)disk.f_bavail * disk.f_frsize : need;
    return need <= free_bytes ||
           fault_set(fault,
                     "%s: no space left for the backup: %llu bytes are needed, %llu are free",
                     o->path, (unsigned long long)need, (unsigned long long)free_bytes);
}

static bool prove_copy(const struct backup_options *o, const struct backup_facts *live,
                       struct fault *fault)
{
    return backup_prove(partial[0], live, o->pause, fault) ||
           fault_add_context(fault, "%s: the backup is not kept, because", o->path);
}

/* Copies one state of the database and proves the copy. */
static bool fill_partial(const struct backup_options *o, struct backup_size *out,
                         struct fault *fault)
{
    struct backup_facts live = {0};
    struct conn from;
    bool ok;

    if (access(o->database, F_OK) < 0)
        return fault_set(fault, "the database %s: %s", o->database, strerror(errno));
    if (!conn_inspect(o->database, fault) ||
        !conn_open(&from, o->database, CONN_READ, "off", fault))
        return false;
    ok = conn_begin(&from, from.begin) == SQLITE_OK && backup_facts_read(from.db, &live, fault) &&
         has_room(o, &live, fault) && copy_database(&from, o, fault);
    conn_close(&from);
    ok = ok && sync_file(partial[0], fault) && prove_copy(o, &live, fault);
    out->bytes = (uint64_t)live.pages * (uint64_t)live.page_size;
    out->pages = (uint64_t)live.pages;
    backup_facts_fini(&live);
    return ok;
}

/* --- its place --- */

/* Gives the proved file its name, which no other file takes meanwhile. */
static bool place_file(const struct backup_options *o, int folder_fd, struct fault *fault)
{
    unsigned flags = o->replaces ? 0 : RENAME_NOREPLACE;
    int rc = renameat2(AT_FDCWD, partial[0], AT_FDCWD, o->path, flags);

    if (rc < 0 && errno == EINVAL && flags) { /* the file system does not know the flag */
        rc = link(partial[0], o->path);
        unlink(partial[0]);
    }
    if (rc < 0)
        return fault_set(fault, "%s: %s", o->path,
                         errno == EEXIST ? "exists already; use --force to replace it"
                                         : strerror(errno));
    if (fsync(folder_fd) < 0)
        return fault_set(fault, "%s: writing its folder to the disk: %s", o->path, strerror(errno));
    return true;
}

static enum backup_end make_locked(const struct backup_options *o, int folder_fd,
                                   struct backup_size *out, struct fault *fault)
{
    bool ok;

    backup_abandon(); /* left by a process that was killed */
    if (!conn_make_file(partial[0]))
        return fault_set(fault, "%s: %s", o->path, strerror(errno)), BACKUP_FAILED;
    ok = fill_partial(o, out, fault) && is_free(o, fault) && place_file(o, folder_fd, fault);
    if (!ok)
        backup_abandon();
    return ok ? BACKUP_DONE : BACKUP_FAILED;
}

enum backup_end backup_make(const struct backup_options *o, struct backup_size *out,
                            struct fault *fault)
{
    char folder[PATH_MAX];
    enum backup_end end = BACKUP_FAILED;
    int fd;

    assert(o->database && o->path && o->pause);
    if (!name_partial(o->path, folder, fault) || !is_free(o, fault))
        return BACKUP_FAILED;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        fault_set(fault, "the folder %s: %s", folder, strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        fault_set(fault, "another backup is being made in %s", folder);
        end = BACKUP_BUSY;
    } else {
        end = make_locked(o, fd, out, fault);
    }
    if (fd >= 0)
        close(fd);
    return end;
}

/* SPDX-License-Identifier: MIT */
/*
 * SQLite replays any -wal that it finds beside a database, so an old -wal must never stand beside
 * the new file, and an old file without its -wal must not be taken for the database, not even if we
 * are killed. So the old files get second names first. Then SQLite brings the -wal into the old
 * file, which the second name of the -wal survives, and removes its first name; and one rename puts
 * the new file in place. At each moment the path names one whole state.
 *
 * Only an old database that SQLite cannot open is left without its -wal for the time between two
 * system calls. It is kept under the second names as it was.
 *
 * A connection with a -wal holds a lock on the database for its whole life (SHARED in SQLite's
 * os.h). So a write lock on the same bytes tells whether anybody has the database open, and keeps
 * others out until the end.
 */
#include "lib/db/backup/restore.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "lib/db/backup/backup_proof.h"
#include "lib/db/sqlite/connection/conn.h"

/* PENDING, RESERVED and the SHARED bytes. */
enum {
    LOCK_FIRST = 0x40000000,
    LOCK_SIZE = 512,
    COPY_BYTES = 1 << 20,
    NAME_SIZE = 32,
    NAMES_MAX = 100
};

enum { FILES = 4 };

/* What belongs to a database. */
static const char *const suffixes[FILES] = {"-wal", "-journal", "-shm", ""};

/* --- the lock --- */

static void read_process_name(pid_t pid, char name[static NAME_SIZE])
{
    char path[64];
    ssize_t n = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, name, NAME_SIZE - 1);
        close(fd);
    }
    name[n > 0 ? n : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

static bool refuse_open(const char *database, struct flock *lock, int fd, struct fault *fault)
{
    char name[NAME_SIZE] = "";

    if (fcntl(fd, F_GETLK, lock) < 0 || lock->l_type == F_UNLCK)
        return fault_set(fault, "%s: another process has it open", database);
    read_process_name(lock->l_pid, name);
    return fault_set(fault, "%s: process %d (%s) has it open; stop it first", database,
                     (int)lock->l_pid, name);
}

static bool relock_database(const struct restore *r, struct fault *fault)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_FIRST, .l_len = LOCK_SIZE};

    return fcntl(r->lock_fd, F_SETLK, &lock) == 0 ||
           refuse_open(r->database, &lock, r->lock_fd, fault);
}

static bool lock_database(struct restore *r, struct fault *fault)
{
    r->lock_fd = open(r->database, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r->lock_fd < 0)
        return errno == ENOENT || fault_set(fault, "%s: %s", r->database, strerror(errno));
    r->has_database = true;
    return relock_database(r, fault);
}

static bool is_unused(const char *base)
{
    char path[PATH_MAX + 16];

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof(path), "%s%s", base, suffixes[i]);
        if (access(path, F_OK) == 0)
            return false;
    }
    return true;
}

/* Chooses the name for the old database. */
static bool name_aside(struct restore *r, uint64_t real_ms, struct fault *fault)
{
    time_t seconds = (time_t)(real_ms / 1000);
    char when[NAME_SIZE];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
    for (int i = 1; i < NAMES_MAX; i++) {
        int len = snprintf(r->aside, sizeof(r->aside), "%s.before-%s", r->database, when);

        if (len >= PATH_MAX - NAME_SIZE)
            return fault_set(fault, "%s: %s", r->database, strerror(ENAMETOOLONG));
        if (i > 1)
            snprintf(r->aside + len, NAME_SIZE, "-%d", i);
        if (is_unused(r->aside))
            return true;
    }
    return fault_set(fault, "%s: exists already", r->aside);
}

bool restore_lock(struct restore *r, const char *database, uint64_t real_ms, struct fault *fault)
{
    char *wal = xasprintf("%s-wal", database);

    *r = (struct restore){.database = database, .lock_fd = -1};
    r->has_wal = access(wal, F_OK) == 0;
    free(wal);
    return name_aside(r, real_ms, fault) && lock_database(r, fault);
}

/* --- the copy --- */

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool copy_bytes(int from, int to)
{
    char *data = xmalloc(COPY_BYTES);
    off_t at = 0;
    ssize_t n;
    bool ok = true;

    while (ok && (n = pread(from, data, COPY_BYTES, at)) != 0) {
        ok = n > 0 ? write_all(to, data, (size_t)n) : errno == EINTR;
        at += n > 0 ? n : 0;
    }
    free(data);
    return ok && fsync(to) == 0;
}

static void remove_staged(const struct restore *r)
{
    char path[PATH_MAX + 16];

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof(path), "%s%s", r->staged, suffixes[i]);
        unlink(path);
    }
}

static bool never_stop(int ms)
{
    (void)ms;
    return true;
}

static bool name_staged(struct restore *r, const char *folder, struct fault *fault)
{
    const char *name = strrchr(r->database, '/');

    if (snprintf(r->staged, sizeof(r->staged), "%s/.%s.restore", folder,
                 name ? name + 1 : r->database) < PATH_MAX)
        return true;
    r->staged[0] = '\0';
    return fault_set(fault, "%s: %s", folder, strerror(ENAMETOOLONG));
}

bool restore_inspect(const char *backup, struct fault *fault)
{
    return conn_inspect(backup, fault);
}

bool restore_stage(struct restore *r, int fd, const char *folder, struct fault *fault)
{
    int to;
    bool ok;

    if (!name_staged(r, folder, fault))
        return false;
    remove_staged(r); /* left by a process that was killed */
    to = open(r->staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ok = to >= 0 && copy_bytes(fd, to);
    if (!ok)
        fault_set(fault, "copying it to %s: %s", folder, strerror(errno));
    if (to >= 0)
        close(to);
    return ok && backup_prove(r->staged, NULL, never_stop, fault);
}

/* --- the change --- */

/* Gives the copy the owner and mode of the old database. */
static bool take_owner(const struct restore *r, int fd)
{
    struct stat old, fresh;

    if (!r->has_database)
        return true;
    if (fstat(r->lock_fd, &old) < 0 || fstat(fd, &fresh) < 0)
        return false;
    if ((old.st_uid != fresh.st_uid || old.st_gid != fresh.st_gid) &&
        fchown(fd, old.st_uid, old.st_gid) < 0)
        return false;
    return fchmod(fd, old.st_mode & 0777) == 0;
}

/* Writes the copy to the disk once more: listing its migrations has changed its header. */
static bool finish_copy(const struct restore *r)
{
    int fd = open(r->staged, O_RDWR | O_CLOEXEC);
    bool ok = fd >= 0 && take_owner(r, fd) && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

/* Names a file of the old database, and what it is called afterwards. */
static void name_moved(const struct restore *r, int i, char here[static PATH_MAX + 16],
                       char there[static PATH_MAX + 16])
{
    snprintf(here, PATH_MAX + 16, "%s%s", r->database, suffixes[i]);
    snprintf(there, PATH_MAX + 16, "%s%s", r->aside, suffixes[i]);
}

/* Gives the old files their second names. A file system without hard links gets them renamed. */
static bool keep_old(const struct restore *r)
{
    char here[PATH_MAX + 16], there[PATH_MAX + 16];

    for (int i = 0; i < FILES; i++) {
        name_moved(r, i, here, there);
        if (link(here, there) < 0 && errno != ENOENT &&
            ((errno != EPERM && errno != EOPNOTSUPP) || rename(here, there) < 0))
            return false;
    }
    return true;
}

/* Takes the second names back after a failure. */
static void give_back(const struct restore *r)
{
    char here[PATH_MAX + 16], there[PATH_MAX + 16];

    for (int i = FILES - 1; i >= 0; i--) {
        name_moved(r, i, here, there);
        if (access(here, F_OK) == 0 || link(there, here) == 0)
            unlink(there);
        else
            rename(there, here);
    }
}

/* Lets SQLite write what the -wal or a journal holds into the old file, if it can. The second names
 * keep both. SQLite drops our lock when it closes the file. */
static void complete_old(const struct restore *r)
{
    struct fault fault;
    sqlite3 *db = NULL;

    if (!r->has_database || !conn_inspect(r->database, &fault))
        return;
    if (sqlite3_open_v2(r->database, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
        SQLITE_OK)
        sqlite3_exec(db, "PRAGMA wal_checkpoint(FULL)", NULL, NULL, NULL);
    sqlite3_close(db);
}

/* Removes the first names of what stands beside the old file. */
static bool drop_side_files(const struct restore *r)
{
    char here[PATH_MAX + 16], there[PATH_MAX + 16];

    for (int i = 0; i < FILES; i++) {
        name_moved(r, i, here, there);
        if (*suffixes[i] && unlink(here) < 0 && errno != ENOENT)
            return false;
    }
    return true;
}

static bool sync_folder(const char *database)
{
    const char *slash = strrchr(database, '/');
    char *folder = xstrndup(database, slash && slash > database ? (size_t)(slash - database) : 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return ok;
}

/* Renames the copy to the database, after which nothing fails that could be undone. */
static bool change_files(struct restore *r)
{
    if (!drop_side_files(r) || !sync_folder(r->database) || rename(r->staged, r->database) < 0)
        return false;
    r->staged[0] = '\0';
    return true;
}

bool restore_place(struct restore *r, struct fault *fault)
{
    bool is_kept = false, ok;

    assert(r->staged[0]);
    fault_clear(fault);
    ok = finish_copy(r) && (is_kept = keep_old(r));
    if (ok)
        complete_old(r);
    ok = ok && (!r->has_database || relock_database(r, fault)) && change_files(r);
    if (ok && sync_folder(r->database))
        return true;
    if (!fault_is_set(fault))
        fault_set(fault, "%s: putting the backup in place: %s", r->database, strerror(errno));
    if (is_kept && !ok)
        give_back(r);
    return false;
}

void restore_end(struct restore *r)
{
    if (r->staged[0])
        remove_staged(r);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    *r = (struct restore){.lock_fd = -1};
}

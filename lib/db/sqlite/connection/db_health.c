/* SPDX-License-Identifier: MIT */
/* The identity of a file is its device and inode: while a worker has the files open, no other can
 * get the same. They cannot change by themselves, since SQLite removes -wal and -shm only with the
 * last connection.
 *
 * The file may shrink only with the database (VACUUM). If it is shorter than before and too short
 * for its pages, somebody has cut it off or is copying another over it; what is cached then belongs
 * to a file that no longer exists, so that lasts until the restart. Failures of the file system may
 * pass: they are over when writes succeed again, but not at once, so that a disk that is nearly
 * full does not fill the log. */
#include "lib/db/sqlite/connection/db_health.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"

/* The time without failures after which a failure counts as over. */
#define QUIET_NS (5 * NS_PER_S)

static bool remember(struct health_file *f, const char *path, const char *suffix)
{
    struct stat st;
    size_t size = strlen(path) + strlen(suffix) + 1;

    f->path = xmalloc(size);
    snprintf(f->path, size, "%s%s", path, suffix);
    if (stat(f->path, &st) < 0)
        return false;
    f->device = st.st_dev;
    f->inode = st.st_ino;
    return true;
}

bool health_open(struct health *h, const char *path, const struct conn *c)
{
    static const char *const beside[] = {"-wal", "-shm"};
    /* SQLite has resolved symbolic links: the others lie beside the file itself. */
    const char *real = sqlite3_db_filename(c->db, "main");
    bool ok = remember(&h->files[0], path, "");

    assert(real && *real);
    for (int i = 1; i < HEALTH_FILES; i++)
        ok = remember(&h->files[i], real, beside[i - 1]) && ok;
    return ok;
}

void health_close(struct health *h)
{
    for (int i = 0; i < HEALTH_FILES; i++)
        free(h->files[i].path);
}

/* Compares the files in place with those that were opened. */
static enum trouble check_files(const struct health *h)
{
    struct stat st;

    for (int i = 0; i < HEALTH_FILES; i++) {
        const struct health_file *f = &h->files[i];
        bool is_there = stat(f->path, &st) == 0;

        if (is_there && st.st_dev == f->device && st.st_ino == f->inode)
            continue;
        return i ? TROUBLE_JOURNAL : is_there ? TROUBLE_REPLACED : TROUBLE_GONE;
    }
    return TROUBLE_NONE;
}

enum trouble health_bar(const struct health *h)
{
    enum trouble t = (enum trouble)atomic_load(&h->lasting);

    return t != TROUBLE_NONE ? t : check_files(h);
}

static int64_t size_of(const struct health_file *f)
{
    struct stat st;

    return stat(f->path, &st) == 0 ? st.st_size : 0;
}

int64_t health_database_size(const struct health *h)
{
    return size_of(&h->files[0]);
}

int64_t health_wal_size(const struct health *h)
{
    return size_of(&h->files[1]);
}

void health_note(struct health *h, const struct db_job *job)
{
    if (job->err == OK) {
        if (atomic_load(&h->failure) != TROUBLE_NONE)
            atomic_store(&h->succeeded_ns, clock_ns());
        return;
    }
    if (job->err != ERR_DATABASE && job->err != ERR_STORAGE)
        return;
    if (trouble_stops(job->trouble)) {
        if (job->trouble == TROUBLE_CORRUPT)
            atomic_store(&h->lasting, TROUBLE_CORRUPT);
        return;
    }
    atomic_store(&h->failed_ns, clock_ns());
    atomic_store(&h->succeeded_ns, 0);
    atomic_store(&h->failure, job->trouble);
}

/* Returns true if the file is shorter than before, and too short for its pages. */
static bool has_shrunk(struct health *h, struct conn *c)
{
    int64_t pages;
    struct stat st;

    if (stat(h->files[0].path, &st) < 0)
        return false;
    if (st.st_size >= h->size) {
        h->size = st.st_size;
        return false;
    }
    pages = conn_integer(c, "PRAGMA page_count"); /* before the size, since a VACUUM lowers both */
    if (stat(h->files[0].path, &st) < 0)
        return false;
    if (pages < 0 || st.st_size < pages * conn_integer(c, "PRAGMA page_size"))
        return true;
    h->size = st.st_size;
    return false;
}

/* Returns the failure, unless it is over. */
static enum trouble check_failure(struct health *h)
{
    enum trouble t = (enum trouble)atomic_load(&h->failure);
    uint64_t succeeded = atomic_load(&h->succeeded_ns), failed = atomic_load(&h->failed_ns);

    if (t == TROUBLE_NONE || !succeeded || clock_ns() - failed < QUIET_NS)
        return t;
    atomic_store(&h->failure, TROUBLE_NONE);
    return TROUBLE_NONE;
}

enum trouble health_check(struct health *h, struct conn *c)
{
    enum trouble t = health_bar(h);

    if (t != TROUBLE_NONE)
        return t;
    t = has_shrunk(h, c) ? TROUBLE_TRUNCATED
        : conn_integer(c, "SELECT count(*) FROM sqlite_schema") < 0
            ? health_trouble(c, sqlite3_extended_errcode(c->db))
            : TROUBLE_NONE;
    if (trouble_stops(t))
        atomic_store(&h->lasting, t);
    if (t != TROUBLE_NONE)
        return t;
    if (access(h->files[0].path, W_OK) < 0 || sqlite3_db_readonly(c->db, "main") == 1)
        return TROUBLE_READONLY;
    return check_failure(h);
}

void health_refuse(struct db_job *job, enum trouble t)
{
    assert(t != TROUBLE_NONE);
    job->err = ERR_DATABASE;
    job->trouble = t;
    snprintf(job->cause, sizeof(job->cause), "%s", trouble_cause(t));
}

/* Returns errno of the last write to the -wal that failed, or 0. That of the connection may have
 * changed since. */
static int journal_errno(const struct conn *c)
{
    sqlite3_file *file = NULL;
    int error = 0;

    sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (file && file->pMethods)
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

static bool is_about_space(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

enum trouble health_trouble(const struct conn *c, int rc)
{
    static const struct {
        int code;
        enum trouble trouble;
    } rows[] = {
        {SQLITE_FULL, TROUBLE_FULL},         {SQLITE_IOERR, TROUBLE_IO},
        {SQLITE_CANTOPEN, TROUBLE_IO},       {SQLITE_PROTOCOL, TROUBLE_IO},
        {SQLITE_READONLY, TROUBLE_READONLY}, {SQLITE_CORRUPT, TROUBLE_CORRUPT},
        {SQLITE_NOTADB, TROUBLE_CORRUPT},
    };

    if (rc == SQLITE_CORRUPT_VTAB) /* a virtual table's own, which a statement can rebuild */
        return TROUBLE_NONE;
    if ((rc & 0xff) == SQLITE_IOERR &&
        (is_about_space(sqlite3_system_errno(c->db)) || is_about_space(journal_errno(c))))
        return TROUBLE_FULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (rows[i].code == (rc & 0xff))
            return rows[i].trouble;
    return TROUBLE_NONE;
}

const char *health_error(const struct conn *c, char *text, size_t size)
{
    enum trouble t = health_trouble(c, sqlite3_extended_errcode(c->db));

    assert(size);
    snprintf(text, size, "%s%s%s%s%s%s", sqlite3_errmsg(c->db), t ? " (" : "", trouble_word(t),
             t ? ": " : "", trouble_remedy(t), t ? ")" : "");
    return text;
}

enum err health_err(enum trouble t)
{
    return t == TROUBLE_NONE ? ERR_INTERNAL : t == TROUBLE_FULL ? ERR_STORAGE : ERR_DATABASE;
}

/* SPDX-License-Identifier: MIT */
/* A connection is made safe once, here, and not statement by statement: no attached files, no
 * virtual tables that describe pages or statements, no double-quoted strings, no functions from the
 * schema that SQLite does not trust. The file is inspected before SQLite opens it, because opening
 * alone can write (a WAL left behind is replayed).
 *
 * Others may change the schema while we run. SQLite then prepares a statement again by itself, but
 * what we have cached about it, its columns above all, would be wrong. So each transaction asks
 * conn_schema_moved() at its first step; the data version makes that cheap, since it changes only
 * with commits. */
#include "lib/db/sqlite/connection/conn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/system/file.h"
#include "lib/core/memory.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sqlite/connection/snapshots.h"
#include "lib/shm/shm.h"
#include "lib/db/sqlite/connection/statement.h"
#include "lib/db/sqlite/connection/wal_check.h"

/* Matching a pattern is one step of SQLite's machine, which no deadline interrupts, and takes time
 * in proportion to the pattern's length. */
enum { PROGRESS_OPS = 1000, PATTERN_MAX = 1000 };

/* The wait for another process's lock, and the longest pause between two tries. */
#define BUSY_NS (5 * NS_PER_S)
enum { NAP_MAX_MS = 10 };

/* The big-endian offset of application_id in the database header (fileformat2.html, 1.3). */
enum { HEADER_SIZE = 100, APPLICATION_ID_AT = 68 };

bool conn_must_end(const struct conn *c)
{
    return c->is_cut || (c->is_cancelled && *c->is_cancelled) || clock_ns() > c->deadline_ns ||
           (c->snapshot && snapshot_is_cut(c->snapshot));
}

static int on_progress(void *arg)
{
    struct conn *c = arg;

    if (c->writer)
        shm_writer_beat(c->writer);
    if (!c->deadline_ns)
        return 0;
    return conn_must_end(c) ||
           (c->meter.bounds && read_meter_add(&c->meter, PROGRESS_OPS, clock_thread_ns()));
}

void conn_limit(struct conn *c, uint64_t deadline_ns, const struct read_bounds *bounds)
{
    assert(!c->deadline_ns);
    c->deadline_ns = deadline_ns;
    read_meter_begin(&c->meter, bounds);
}

/* A sort is one step, and the handler is not called after the last ones: so the clock is read once
 * more, if it was started. */
enum read_extent conn_unlimit(struct conn *c)
{
    struct read_meter *m = &c->meter;

    c->deadline_ns = 0;
    if (!m->bounds)
        return READ_UNKNOWN;
    if (m->steps)
        read_meter_add(m, 0, clock_thread_ns());
    m->bounds = NULL;
    return m->extent;
}

/* Waits for the lock of another process. SQLite's own timeout knows no deadline. */
static int on_busy(void *arg, int tries)
{
    struct conn *c = arg;
    uint64_t now = clock_ns(), nap = tries < NAP_MAX_MS ? (uint64_t)tries + 1 : NAP_MAX_MS;
    struct timespec pause = {.tv_nsec = (long)(nap * NS_PER_MS)};

    if (c->writer)
        shm_writer_beat(c->writer); /* what it waits for is told as such: foreign_lock.h */
    if (!tries)
        c->busy_since_ns = now;
    if (c->is_cut || now >= (c->busy_until_ns ? c->busy_until_ns : c->busy_since_ns + BUSY_NS))
        return 0;
    nanosleep(&pause, NULL);
    return 1;
}

bool conn_exec(struct conn *c, const char *sql)
{
    assert(c->db && sql);
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

int64_t conn_integer(struct conn *c, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;

    assert(c->db && sql);
    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

int conn_run(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    assert(stmt);
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Returns the reason why the file is not our database, or NULL. */
static const char *refuse_header(int fd)
{
    unsigned char header[HEADER_SIZE];
    ssize_t n = read(fd, header, sizeof(header));
    uint32_t id;

    if (n == 0)
        return NULL;
    if (n < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
        return "is not an SQLite database";
    id = (uint32_t)header[APPLICATION_ID_AT] << 24 | (uint32_t)header[APPLICATION_ID_AT + 1] << 16 |
         (uint32_t)header[APPLICATION_ID_AT + 2] << 8 | header[APPLICATION_ID_AT + 3];
    return id == 0 || id == DB_APPLICATION_ID ? NULL
                                              : "belongs to another application (application_id)";
}

/* Returns what the path is if it is not a regular file, or NULL. */
static const char *refuse_kind(mode_t mode)
{
    return S_ISREG(mode)    ? NULL
           : S_ISDIR(mode)  ? "is a folder, not an SQLite database"
           : S_ISFIFO(mode) ? "is a FIFO, not an SQLite database"
                            : "is a device, not an SQLite database";
}

/* Inspects the file. O_NONBLOCK keeps a FIFO from blocking. */
static const char *refuse_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const char *refused;
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? NULL : strerror(errno);
    refused = fstat(fd, &st) < 0 ? strerror(errno) : refuse_kind(st.st_mode);
    if (!refused)
        refused = refuse_header(fd);
    close(fd);
    return refused;
}

static int64_t read_schema_version(struct conn *c)
{
    int64_t version =
        sqlite3_step(c->schema) == SQLITE_ROW ? sqlite3_column_int64(c->schema, 0) : -1;

    sqlite3_reset(c->schema);
    return version;
}

int conn_begin(struct conn *c, sqlite3_stmt *begin)
{
    assert(begin == c->begin || begin == c->begin_immediate);
    c->is_current = false;
    return conn_run(begin);
}

void conn_roll_back(struct conn *c)
{
    assert(c->db);
    if (!sqlite3_get_autocommit(c->db))
        conn_run(c->rollback);
}

bool conn_schema_moved(struct conn *c)
{
    bool has_read = sqlite3_txn_state(c->db, "main") != SQLITE_TXN_NONE;
    unsigned data = 0;

    if (c->is_current)
        return false;
    /* The data version changes with each commit that this connection makes or, on reading,
     * notices. */
    sqlite3_file_control(c->db, NULL, SQLITE_FCNTL_DATA_VERSION, &data);
    if ((data != c->data_version || !has_read) && read_schema_version(c) != c->schema_version)
        return true;
    c->data_version = data;
    c->is_current = true;
    return false;
}

void conn_follow_schema(struct conn *c)
{
    assert(c->db && c->schema);
    statement_drop_all(c);
    c->schema_version = read_schema_version(c);
}

/* The modules that stay. All others, dbstat and sqlite_stmt for example, reveal pages or
 * statements. */
static const char *modules[] = {"fts3",    "fts4",      "fts5",      "fts3tokenize",
                                "fts4aux", "fts5vocab", "json_each", "json_tree",
                                "rtree",   "rtree_i32", "geopoly",   NULL};

/* Prepares the statements that control transactions. */
static bool prepare_controls(struct conn *c)
{
    const struct {
        const char *sql;
        sqlite3_stmt **to;
    } rows[] = {
        {"BEGIN", &c->begin},
        {"BEGIN IMMEDIATE", &c->begin_immediate},
        {"COMMIT", &c->commit},
        {"ROLLBACK", &c->rollback},
        {"SAVEPOINT leat", &c->savepoint},
        {"RELEASE leat", &c->release},
        {"ROLLBACK TO leat", &c->rollback_to},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (sqlite3_prepare_v3(c->db, rows[i].sql, -1, SQLITE_PREPARE_PERSISTENT, rows[i].to,
                               NULL) != SQLITE_OK)
            return false;
    return true;
}

/* The pragma does not fail where there is no WAL, but answers with the mode that stays. */
static bool enter_wal(struct conn *c)
{
    sqlite3_stmt *stmt = NULL;
    const char *mode = NULL;

    if (sqlite3_prepare_v2(c->db, "PRAGMA journal_mode = WAL", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        mode = (const char *)sqlite3_column_text(stmt, 0);
    c->is_wal = mode && strcmp(mode, "wal") == 0;
    return sqlite3_finalize(stmt) == SQLITE_OK && c->is_wal;
}

static bool set_up(struct conn *c, enum conn_mode mode, const char *synchronous)
{
    char pragma[64];

    sqlite3_busy_handler(c->db, on_busy, c);
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    /* The schema is the operator's own, and may use functions and virtual tables in CHECK,
     * generated columns, indexes, views and triggers. What is for direct use alone stays so. */
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    /* The second argument of that function is an address, which SQL could choose. */
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
    sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(c->db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_MAX);
    sqlite3_drop_modules(c->db, modules);
    sqlite3_progress_handler(c->db, PROGRESS_OPS, on_progress, c);
    snprintf(pragma, sizeof(pragma), "PRAGMA synchronous = %s", synchronous);
    return (mode == CONN_MEMORY || enter_wal(c)) && conn_exec(c, pragma) &&
           conn_integer(c, "SELECT count(*) FROM sqlite_schema") >= 0 &&
           (mode != CONN_READ || conn_exec(c, "PRAGMA query_only = ON")) && prepare_controls(c) &&
           sqlite3_prepare_v3(c->db, "PRAGMA main.schema_version", -1, SQLITE_PREPARE_PERSISTENT,
                              &c->schema, NULL) == SQLITE_OK &&
           (c->schema_version = read_schema_version(c)) >= 0;
}

static void explain_open(const char *path, const char *what, struct fault *fault)
{
    fault_set(fault, "opening the database %s: %s", path, what);
}

bool conn_inspect(const char *path, struct fault *fault)
{
    const char *refused = refuse_file(path);

    assert(path);
    if (!refused && !wal_check_belongs(path))
        refused =
            "the -wal file beside it belongs to another state of the database, and would damage "
            "it; if this is a restored backup, move the -wal and -shm files away";
    if (refused)
        explain_open(path, refused, fault);
    return !refused;
}

static bool fail(struct conn *c, const char *path, const char *what, struct fault *fault)
{
    explain_open(path, what, fault);
    conn_close(c);
    return false;
}

/* Turns off SQLite's memory statistics, which Debian's build updates under a lock at every
 * allocation. A process that starts with proofs keeps them, because they bound its memory
 * (prove_sql.c). */
static void configure_once(enum conn_mode mode)
{
    static bool is_done;

    if (!is_done && mode != CONN_MEMORY)
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    is_done = true;
}

bool conn_make_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST) {
        if (stat(path, &st) == 0)
            return true;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* a symbolic link to a missing file */
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Says why set-up failed. SQLite has one message for all that keeps it from a file, so the system's
 * reason is added to that. */
static bool fail_to_open(struct conn *c, const char *path, enum conn_mode mode, struct fault *fault)
{
    int code = sqlite3_errcode(c->db) & 0xff;
    int error = code == SQLITE_CANTOPEN ? sqlite3_system_errno(c->db) : 0;
    char what[160];

    if (code == SQLITE_OK && mode != CONN_MEMORY && !c->is_wal)
        return fail(c, path,
                    "its file system has no shared memory, which WAL needs; use a local disk",
                    fault);
    snprintf(what, sizeof(what), "%s%s%s", sqlite3_errmsg(c->db), error ? ": " : "",
             error ? strerror(error) : "");
    return fail(c, path, what, fault);
}

bool conn_open(struct conn *c, const char *path, enum conn_mode mode, const char *synchronous,
               struct fault *fault)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (mode >= CONN_CREATE ? SQLITE_OPEN_CREATE : 0);

    assert((path || mode == CONN_MEMORY) && synchronous);
    *c = (struct conn){0};
    configure_once(mode);
    if (mode == CONN_CREATE && (!file_make_parent(path) || !conn_make_file(path)))
        return fail(c, path, strerror(errno), fault);
    if (sqlite3_open_v2(mode == CONN_MEMORY ? ":memory:" : path, &c->db, flags, NULL) !=
            SQLITE_OK ||
        !set_up(c, mode, synchronous))
        return fail_to_open(c, path, mode, fault);
    return true;
}

void conn_close(struct conn *c)
{
    statement_drop_all(c);
    rowsec_forget(c);
    sqlite3_finalize(c->begin);
    sqlite3_finalize(c->begin_immediate);
    sqlite3_finalize(c->commit);
    sqlite3_finalize(c->rollback);
    sqlite3_finalize(c->savepoint);
    sqlite3_finalize(c->release);
    sqlite3_finalize(c->rollback_to);
    sqlite3_finalize(c->schema);
    sqlite3_finalize(c->kept_find);
    sqlite3_finalize(c->kept_store);
    sqlite3_close_v2(c->db);
    *c = (struct conn){0};
}

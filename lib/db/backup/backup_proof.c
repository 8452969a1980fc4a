/* SPDX-License-Identifier: MIT */
/*
 * The facts are read in the transaction that is copied, and again from the copy: a copy that was
 * cut off, or made from two states, would differ. They say nothing about the rows, which
 * integrity_check reads all, with each index. It does not follow foreign keys, so they are checked
 * apart.
 *
 * The file is opened for writing, although nothing is written: SQLite drops the CHECK constraints
 * of a database that it can only read, and integrity_check would not look at them.
 */
#include "lib/db/backup/backup_proof.h"

#include <string.h>

enum { PROGRESS_OPS = 100000 };

static bool refuse_reading(sqlite3 *db, struct fault *fault)
{
    return fault_set(fault, "reading it: %s", sqlite3_errmsg(db));
}

static bool read_integer(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW;

    if (ok)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return ok;
}

static bool read_schema(sqlite3 *db, struct buf *out)
{
    static const char sql[] = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema "
                              "ORDER BY type, name, tbl_name";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        for (int i = 0; rc == SQLITE_ROW && i < 4; i++) {
            buf_put(out, sqlite3_column_text(stmt, i), (size_t)sqlite3_column_bytes(stmt, i));
            buf_putc(out, '\0');
        }
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

bool backup_facts_read(sqlite3 *db, struct backup_facts *out, struct fault *fault)
{
    /* The schema comes first: it begins the read of a deferred transaction. */
    if (read_schema(db, &out->schema) && read_integer(db, "PRAGMA page_count", &out->pages) &&
        read_integer(db, "PRAGMA page_size", &out->page_size) &&
        read_integer(db, "PRAGMA application_id", &out->application_id) &&
        read_integer(db, "PRAGMA user_version", &out->user_version))
        return true;
    return refuse_reading(db, fault);
}

void backup_facts_fini(struct backup_facts *f)
{
    buf_fini(&f->schema);
}

static bool is_alike(const struct backup_facts *a, const struct backup_facts *b)
{
    return a->pages == b->pages && a->page_size == b->page_size &&
           a->application_id == b->application_id && a->user_version == b->user_version &&
           a->schema.len == b->schema.len &&
           (!a->schema.len || memcmp(a->schema.data, b->schema.data, a->schema.len) == 0);
}

static bool compare_facts(sqlite3 *db, const struct backup_facts *live, struct fault *fault)
{
    struct backup_facts its = {0};
    bool ok = backup_facts_read(db, &its, fault);

    if (ok && live && !is_alike(&its, live))
        ok = fault_set(fault, "its schema or size differs from the database's");
    backup_facts_fini(&its);
    return ok;
}

static bool check_integrity(sqlite3 *db, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    const char *said = NULL;
    bool ok;

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        said = (const char *)sqlite3_column_text(stmt, 0);
    ok = said && strcmp(said, "ok") == 0;
    if (!said)
        refuse_reading(db, fault);
    else if (!ok)
        fault_set(fault, "it is damaged: %.*s", (int)strcspn(said, "\n"), said);
    sqlite3_finalize(stmt);
    return ok;
}

static bool check_foreign_keys(sqlite3 *db, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        fault_set(fault, "rows of %s refer to missing rows of %s", sqlite3_column_text(stmt, 0),
                  sqlite3_column_text(stmt, 2));
    else if (rc != SQLITE_DONE)
        refuse_reading(db, fault);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

struct waiting {
    bool (*pause)(int ms);
};

/* Gives up when nobody waits for the proof any more. */
static int on_progress(void *arg)
{
    const struct waiting *w = arg;

    return !w->pause(0);
}

bool backup_prove(const char *path, const struct backup_facts *live, bool (*pause)(int ms),
                  struct fault *fault)
{
    struct waiting waiting = {pause};
    sqlite3 *db = NULL;
    bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
                  SQLITE_OK &&
              sqlite3_exec(db, "PRAGMA query_only = ON", NULL, NULL, NULL) == SQLITE_OK;

    if (ok) {
        sqlite3_progress_handler(db, PROGRESS_OPS, on_progress, &waiting);
        ok = compare_facts(db, live, fault) && check_integrity(db, fault) &&
             check_foreign_keys(db, fault);
    } else {
        refuse_reading(db, fault);
    }
    sqlite3_close(db);
    return ok;
}

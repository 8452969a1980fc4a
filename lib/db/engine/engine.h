/* SPDX-License-Identifier: MIT */
/* What each engine implements: the functions of db.h and db_stream.h, with the same contracts.
 * db_open() chooses the engine by the options. */
#ifndef LEAT_DB_ENGINE_ENGINE_H
#define LEAT_DB_ENGINE_ENGINE_H

#include "lib/db/engine/db.h"

struct engine {
    struct db *(*open)(const struct db_options *options, struct diags *diags); /* may block */
    void (*stop)(struct db *db);
    void (*close)(struct db **db);
    enum completion (*submit)(struct db *db, struct db_job *job);
    void (*stream)(struct db *db, struct db_job *job);
    size_t (*streams_waiting)(struct db *db);
    int (*fd)(const struct db *db);
    void (*deliver)(struct db *db);
    void (*turn)(struct db *db);
    size_t (*pending)(const struct db *db);
    void (*expire)(struct db *db);
    void (*watch)(struct db *db);
    bool (*is_ready)(struct db *db);
    bool (*key)(struct db *db, const char *name, struct buf *out); /* may block */
};

/* The first member of each engine's struct db. */
struct db_head {
    const struct engine *engine;
};

extern const struct engine engine_sqlite, engine_pg;

#endif

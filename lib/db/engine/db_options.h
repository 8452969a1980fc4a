/* SPDX-License-Identifier: MIT */
/* How a worker opens its database; see db.h. */
#ifndef LEAT_DB_ENGINE_DB_OPTIONS_H
#define LEAT_DB_ENGINE_DB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/db/engine/read_budget.h"

struct shm;
struct shm_slot;

struct plan;

struct db_options {
    const char *url; /* of a server, "postgresql://…"; NULL: SQLite's file. Borrowed until db_open()
                      * returns, as are the next three */
    const char
        *unrestricted_role; /* of a server: which policies do not bind, for plans that see all
                                    * rows; NULL: they run as the others */
    const char *path;
    const char *synchronous; /* "full", "normal" or "off" */
    int readers;             /* number of threads for long reads; one more is for others */
    size_t connections[3];   /* to a server: for reads, slow reads, writes; 0: the default */
    int64_t cache_bytes; /* for the page caches of this worker; 0, as of the next: the default */
    int64_t mmap_bytes;  /* how much of the file a connection maps */
    int64_t value_bytes; /* of a value or row in SQL, at most; 0: as many as the engine can */
    int64_t wal_limit_bytes; /* of the -wal; past it the oldest reads are ended; 0: no limit */
    int batch;               /* the most writes that share a commit; 0 for BATCH_MAX */
    struct read_budget read_budget;  /* of a read on the loop */
    const struct owned_table *owned; /* borrowed until db_open() returns */
    size_t owned_count;
    bool keeps_answers; /* a plan's jobs may have a key (kept_answer.h) */
    unsigned roles;     /* mask of 1 << enum plan_role, for the roles that plans have */
    size_t plan_count;  /* all plan ids are below it */
    /* The plans that are known, which an engine may prepare; borrowed until db_open() returns. */
    const struct plan *const *plans;
    size_t plans_known;
    struct shm *shm;                   /* borrowed for the life of the database */
    struct shm_slot *slot;             /* where jobs are counted; may be NULL */
    struct checkpointer *checkpointer; /* private to the engine, as is the next; NULL */
    struct snapshots *snapshots;
};

#endif

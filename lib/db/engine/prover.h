/* SPDX-License-Identifier: MIT */
/*
 * Asks a database about documents and migrations before anything is served: which statements fit
 * it, what they return, whose rows they reach, which migrations it has. All of it may block, so only
 * child processes and workers that are not ready yet ask.
 *
 *     source              a scratch one has                  a live one is
 *     path of a file      its migrations, in memory          the file        (SQLite)
 *     postgresql://…      its migrations, in a database      the database    (PostgreSQL)
 *                         that is dropped at the end
 *
 * `source` may be NULL where only a scratch database is wanted: SQLite's then.
 */
#ifndef LEAT_DB_ENGINE_PROVER_H
#define LEAT_DB_ENGINE_PROVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/diag.h"
#include "lib/core/fault.h"

struct db_job;
struct dialect;
struct owned_table;
struct prover;
struct table; /* lib/db/proof/tables.h */

enum { PROOF_COLUMNS_MAX = 256 };

/* What is known of a statement that is right. */
struct proof {
    bool is_write;
    bool deletes;
    int column_count;
    char *columns[PROOF_COLUMNS_MAX];
    bool is_nullable[PROOF_COLUMNS_MAX];   /* false if unknown */
    bool is_never_null[PROOF_COLUMNS_MAX]; /* false if unknown, too */
    int types[PROOF_COLUMNS_MAX];          /* what its values can be rendered as, a mask of enum
                                            * schema_type; SCHEMA_ANY if unknown */
    char *declared[PROOF_COLUMNS_MAX];     /* the type as people know it, or NULL */
    struct json_object *positions;         /* column_positions.h; NULL if they do not matter */
    /* Where the database knows: {column: [label, …]} of those that are one of some labels; and of each
     * parameter {"type", "takes": mask of enum schema_type, "min", "max" of integers, "labels"}. */
    struct json_object *labels, *parameters;
    /* Its columns of text, if the engine does not order texts by their bytes; NULL: it does. */
    struct json_object *texts;
    char *volatile_call; /* a function in it that may write, or NULL */
};

enum unique {
    UNIQUE_PROVED,
    UNIQUE_UNKNOWN, /* the statement, or what its columns hold, is beyond the proof */
    UNIQUE_REFUTED, /* the schema allows such rows */
};

/* Rows that are not told apart. Valid until the prover is protected again or closed. */
struct unique_rows {
    const char *table;
    const char *key; /* columns that would, "a, b" */
};

/* Opens an empty database that has all migrations. Returns NULL with the reason in `diags`, also for
 * migrations that take too much. One at a time. */
struct prover *prover_open_scratch(const char *source, struct json_object *migrations,
                                   struct diags *diags);
/* Opens the database itself, to read only. */
struct prover *prover_open_live(const char *source, struct diags *diags);
/* Opens the database as it will be after its pending migrations; it does not change itself. Nothing
 * is left behind, nor after SIGTERM. One at a time. */
struct prover *prover_open_rehearsal(const char *source, struct json_object *migrations,
                                     struct diags *diags);
void prover_close(struct prover **p);
/* Returns the dialect of its statements. */
const struct dialect *prover_dialect(const struct prover *p);
/* Returns false if it is known that there is no such database yet. */
bool prover_has_database(const char *source);

/* Is told what is wrong with a table's owner: of an error the reason, of a warning the whole. */
typedef void (*prover_judge_fn)(void *arg, enum diag_level level, const char *text);
/* Judges whether the table can be owned so, being one of `tables`; without protection: call
 * prover_protect() with no tables before. */
void prover_judge(struct prover *p, const struct owned_table *t, const struct owned_table *tables,
                  size_t count, prover_judge_fn report, void *arg);
/* Makes the database one for application statements, which see no secrets and only the caller's rows
 * of these tables. Replaces earlier protection. Returns false with *fault on failure. */
bool prover_protect(struct prover *p, const struct owned_table *tables, size_t count,
                    struct fault *fault);
/* Keeps the row security of these tables in the database itself, where the engine does that; after its
 * migrations. Calls `report` with each table that had none, or another one. Returns false with *fault
 * on failure. */
bool prover_write_policies(const char *source, const struct owned_table *tables, size_t count,
                           void (*report)(const char *table), struct fault *fault);
/* Returns false with *fault if that is missing, or does not bind who serves. */
bool prover_verify_policies(const char *source, const struct owned_table *tables, size_t count,
                            struct fault *fault);
/* Lifts that protection for unrestricted statements, or restores it. */
bool prover_lift(struct prover *p, bool is_lifted, struct fault *fault);

/* Describes an application's statement. Returns false, with *fault and its place in the text if that
 * is known, if it is refused; else call proof_fini(). */
bool prover_describe(struct prover *p, const char *sql, struct proof *out, struct fault *fault);
void proof_fini(struct proof *proof);
/* Returns false with *fault if the statement cannot run. */
bool prover_prepares(struct prover *p, const char *sql, struct fault *fault);
/* Judges whether no two rows of the statement are equal in these columns, which are not NULL. If it
 * is refuted, *rows tells the rows, in the arena. */
enum unique prover_unique(struct prover *p, const char *sql, const char *const *columns,
                          size_t count, struct arena *arena, struct unique_rows *rows);
/* Returns the column, "todos.owner_id", that takes the parameter `number` (from 1) unchanged and must
 * not be NULL, or NULL if none is certain to. For free(). */
char *prover_find_null(struct prover *p, const char *sql, int number);
/* Returns true if the statement walks a whole table, and sets *table to its name, for free(). With
 * `is_limited` a walk in the order of an index does not count, since the limit ends it early. */
bool prover_scans(struct prover *p, const char *sql, bool is_limited, char **table);
/* Returns false if it is known that no constraint is what a rule answers: `kind` is an enum
 * plan_rule_kind, and `key` as in a plan_rule. */
bool prover_has_rule(struct prover *p, int kind, const char *key);
/* Returns what this version of the database does not let itself be asked, or NULL. Static. */
const char *prover_doubt(struct prover *p);
/* Runs the job in a transaction of its own that is rolled back, until the deadline. Returns false if
 * the engine cannot run such a job here. */
bool prover_try(struct prover *p, struct db_job *job, uint64_t deadline_ns);

/* Reads the table or view of that name, corrected by what its columns hold. Returns false if there is
 * none. */
bool prover_read_table(struct prover *p, const char *name, struct arena *arena, struct table *out);
/* Appends the names of all of them, sorted and separated by `between`. */
void prover_list_tables(struct prover *p, const char *between, struct buf *out);

/* Is told of each migration: "applied" or "undone". */
typedef void (*prover_report_fn)(const char *what, struct json_object *migration);
/* See migration_status(), migration_up() and migration_down() of lib/db/migration/migration.h. */
struct json_object *prover_migration_status(const char *source, struct json_object *migrations,
                                            struct diags *diags);
bool prover_migrate_up(const char *source, struct json_object *migrations, struct diags *diags,
                       prover_report_fn report);
bool prover_migrate_down(const char *source, struct json_object *migrations, struct diags *diags,
                         prover_report_fn report);

#endif

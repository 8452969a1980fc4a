/* SPDX-License-Identifier: MIT */
/* What each engine implements of prover.h, whose functions are those of the same names. */
#ifndef LEAT_DB_ENGINE_PROVER_ENGINE_H
#define LEAT_DB_ENGINE_PROVER_ENGINE_H

#include "lib/db/engine/prover.h"

struct prover_engine {
    const struct dialect *dialect;
    struct prover *(*open_scratch)(const char *source, struct json_object *migrations,
                                   struct diags *diags);
    struct prover *(*open_live)(const char *source, struct diags *diags);
    struct prover *(*open_rehearsal)(const char *source, struct json_object *migrations,
                                     struct diags *diags);
    void (*close)(struct prover *p);
    bool (*has_database)(const char *source);

    void (*judge)(struct prover *p, const struct owned_table *t, const struct owned_table *tables,
                  size_t count, prover_judge_fn report, void *arg);
    bool (*protect)(struct prover *p, const struct owned_table *tables, size_t count,
                    struct fault *fault);
    bool (*lift)(struct prover *p, bool is_lifted, struct fault *fault);
    /* NULL, as of the next: it keeps nothing of that in the database. */
    bool (*write_policies)(const char *source, const struct owned_table *tables, size_t count,
                           void (*report)(const char *table), struct fault *fault);
    bool (*verify_policies)(const char *source, const struct owned_table *tables, size_t count,
                            struct fault *fault);

    bool (*describe)(struct prover *p, const char *sql, struct proof *out, struct fault *fault);
    bool (*prepares)(struct prover *p, const char *sql, struct fault *fault);
    enum unique (*unique)(struct prover *p, const char *sql, const char *const *columns,
                          size_t count, struct arena *arena, struct unique_rows *rows);
    char *(*find_null)(struct prover *p, const char *sql, int number);
    bool (*scans)(struct prover *p, const char *sql, bool is_limited, char **table);
    bool (*has_rule)(struct prover *p, int kind, const char *key); /* NULL: it is not known */
    const char *(*doubt)(void);
    bool (*try_job)(struct prover *p, struct db_job *job, uint64_t deadline_ns);

    /* NULL, as of the next: it cannot be asked. */
    bool (*read_table)(struct prover *p, const char *name, struct arena *arena, struct table *out);
    void (*list_tables)(struct prover *p, const char *between, struct buf *out);

    struct json_object *(*migration_status)(const char *source, struct json_object *migrations,
                                            struct diags *diags);
    bool (*migrate_up)(const char *source, struct json_object *migrations, struct diags *diags,
                       prover_report_fn report);
    bool (*migrate_down)(const char *source, struct json_object *migrations, struct diags *diags,
                         prover_report_fn report);
};

/* An engine embeds it as the first member of what it opens. */
struct prover {
    const struct prover_engine *engine;
};

extern const struct prover_engine sqlite_prover, pg_prover;

#endif

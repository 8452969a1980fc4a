/* SPDX-License-Identifier: MIT */
/*
 * Queries on the tables of accounts (lib/db/own_tables.h), run by the database as plans like those
 * of documents. A call binds values by their names in store.def and receives the rendered row or
 * rows of the query's result step.
 *
 *     store_begin(&call, store, STORE_LOGIN);
 *     store_text(&call, "email", email);
 *     if (store_submit(&call, db, deadline_ns, on_login, data) == DONE)
 *         on_login(&call.job);
 */
#ifndef LEAT_AUTH_STORE_STORE_H
#define LEAT_AUTH_STORE_STORE_H

#include "lib/core/arena.h"
#include "lib/db/engine/db.h"
#include "lib/db/sql/dialect.h"

enum store_query {
#define QUERY(name) STORE_##name,
#define STEP(as, returns, sql)
#define STEP_OF(as, returns, sqlite, postgresql)
#define EVENT(event, sql)
#include "lib/auth/store/store.def"
#undef QUERY
#undef STEP
#undef STEP_OF
#undef EVENT
    STORE_COUNT
};

enum { STORE_VALUES_MAX = 32 };

struct store {
    const struct dialect *dialect;
    struct plan plans[STORE_COUNT];
    const char *names[STORE_COUNT][STORE_VALUES_MAX]; /* of the values, ending with NULL */
    const char *events[STORE_COUNT]; /* the event that the query records in _leat_audit, or NULL */
};

struct store_call {
    struct db_job job; /* its `data` is the caller's */
    const struct store *store;
    enum store_query query;
    struct db_value values[STORE_VALUES_MAX];
};

/* Builds the plans for the engine of that dialect, with ids from `first_plan` on. Everything lies in
 * the arena. */
void store_init(struct store *s, struct arena *arena, size_t first_plan,
                const struct dialect *dialect);

/* Begins a call. All values are NULL until they are set. */
void store_begin(struct store_call *c, const struct store *s, enum store_query query);
/* Sets a value. `name` must be one of the query's. The bytes must outlive the call; data NULL means
 * NULL. */
void store_slice(struct store_call *c, const char *name, struct slice text);
void store_text(struct store_call *c, const char *name, const char *text);
/* Sets a value if the query has one of that name. */
void store_text_if_used(struct store_call *c, const char *name, const char *text);
void store_integer(struct store_call *c, const char *name, int64_t value);
/* Returns the text that was set, or NULL. */
const char *store_get_text(const struct store_call *c, const char *name);
/* Returns the event that the query records in _leat_audit, or NULL. */
const char *store_event(const struct store_call *c);
/* Submits the call, as db_submit() does. DONE: the answer is in the call. LATER: done(&call.job) is
 * called, once. store_fini() must follow. */
enum completion store_submit(struct store_call *c, struct db *db, uint64_t deadline_ns,
                             void (*done)(struct db_job *job), void *data)
    __attribute__((warn_unused_result));
void store_fini(struct store_call *c);

/* Returns the row or rows, owned by the caller. NULL after an error, or if there is none. */
struct json_object *store_result(const struct store_call *c);

#endif

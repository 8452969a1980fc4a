/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the tables of accounts (lib/db/own_tables.h), as plans that the database runs
 * like those of documents. A call binds values by the names that store.def has, and is answered
 * with the rendered row or rows of its result step.
 *
 *     store_begin(&call, store, STORE_LOGIN);
 *     store_text(&call, "email", email);
 *     store_submit(&call, db, deadline_ns, on_login, data);
 */
#ifndef LEAT_AUTH_STORE_STORE_H
#define LEAT_AUTH_STORE_STORE_H

#include "lib/core/arena.h"
#include "lib/db/engine/db.h"

enum store_query {
#define QUERY(name) STORE_##name,
#define STEP(as, returns, sql)
#define EVENT(event, sql)
#include "lib/auth/store/store.def"
#undef QUERY
#undef STEP
#undef EVENT
    STORE_COUNT
};

enum { STORE_VALUES_MAX = 32 };

struct store {
    struct plan plans[STORE_COUNT];
    const char *names[STORE_COUNT][STORE_VALUES_MAX]; /* of the values; NULL ends them */
    const char *events[STORE_COUNT]; /* what the query notes in _leat_audit, or NULL */
};

struct store_call {
    struct db_job job; /* its `data` is the caller's */
    const struct store *store;
    enum store_query query;
    struct db_value values[STORE_VALUES_MAX];
};

/* The plans' ids begin at `first_plan`; everything is in the arena. */
void store_init(struct store *s, struct arena *arena, size_t first_plan);

/* All values are NULL until they are set. */
void store_begin(struct store_call *c, const struct store *s, enum store_query query);
/* `name` must be one of the query's; the bytes outlive the call. data NULL is NULL. */
void store_slice(struct store_call *c, const char *name, struct slice text);
void store_text(struct store_call *c, const char *name, const char *text);
/* The same, if the query has that value. */
void store_offer(struct store_call *c, const char *name, const char *text);
void store_integer(struct store_call *c, const char *name, int64_t value);
/* The text that was set; NULL where there is none. */
const char *store_said(const struct store_call *c, const char *name);
/* What the query did, as it stands in _leat_audit; NULL where it notes nothing. */
const char *store_event(const struct store_call *c);
/* Calls done(&call.job) once, perhaps before this returns; then store_fini(). */
void store_submit(struct store_call *c, struct db *db, uint64_t deadline_ns,
                  void (*done)(struct db_job *job), void *data);
void store_fini(struct store_call *c);

/* The row or the rows; the caller's. NULL after an error, and where there is none. */
struct json_object *store_result(const struct store_call *c);

#endif

/* SPDX-License-Identifier: MIT */
/* Accounts use the same engine as documents: store.def is turned into plans once, at start, and a
 * call binds values by name. The table is expanded by the preprocessor into one list of rows, in
 * which a row without SQL begins the next query. Names in the SQL become values of the query, or
 * columns of an earlier step ("user.id"). A mistake in the table is our bug and aborts at start,
 * not in a request. */
#include "lib/auth/store/store.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jread.h"
#include "lib/db/own_tables.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sql/sqltext.h"

enum { RESULT_DEPTH = 16 };

_Static_assert(BEARER_SECRET_HASH == 64 + 1, "store.def cuts the hashes of codes by their length");

/* store.def as one list. A row without SQL begins a query. */
static const struct {
    const char *as;
    enum plan_returns returns;
    const char *sql;
    const char *postgresql; /* what PostgreSQL needs instead, or NULL */
    const char *event;
} rows[] = {
#define QUERY(name) {NULL, PLAN_NONE, NULL, NULL, NULL},
#define STEP(as, returns, sql) {as, PLAN_##returns, sql, NULL, NULL},
#define STEP_OF(as, returns, sqlite, postgresql) {as, PLAN_##returns, sqlite, postgresql, NULL},
#define EVENT(event, sql) {NULL, PLAN_NONE, sql, NULL, event},
#include "lib/auth/store/store.def"
#undef QUERY
#undef STEP
#undef STEP_OF
#undef EVENT
};

/* Returns the index of the value called `name`, adding it if necessary. */
static size_t value_of(struct store *s, enum store_query query, struct arena *arena,
                       const char *name)
{
    const char **names = s->names[query];
    size_t i = 0;

    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    assert(i < STORE_VALUES_MAX - 1);
    if (!names[i])
        names[i] = arena_strdup(arena, name);
    return i;
}

/* Binds a name; "user.id" is the column id of the earlier step user. */
static struct plan_bind bind_name(struct store *s, enum store_query query, struct arena *arena,
                                  const char *name)
{
    const struct plan *plan = &s->plans[query];
    const char *dot = strchr(name, '.');

    if (!dot)
        return (struct plan_bind){.index = value_of(s, query, arena, name)};
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].name &&
            slice_is((struct slice){name, (size_t)(dot - name)}, plan->steps[i].name))
            return (struct plan_bind){
                .is_step = true, .index = i, .column = arena_strdup(arena, dot + 1)};
    abort();
}

/* Adds a step. The last step that returns something is the result. */
static void add_step(struct store *s, enum store_query query, struct arena *arena, size_t row)
{
    struct plan *plan = &s->plans[query];
    struct plan_step *step = &plan->steps[plan->step_count];
    const struct dialect *dialect = s->dialect;
    bool is_other = rows[row].postgresql && dialect == &dialect_postgresql;
    struct sql_head head;
    struct sqltext text;
    struct fault fault;

    if (!sqltext_parse(is_other ? rows[row].postgresql : rows[row].sql, dialect, &text, &fault))
        abort();
    step->name = rows[row].as;
    step->returns = rows[row].returns;
    step->sql = arena_strdup(arena, text.sql.data);
    step->bind_count = text.name_count;
    step->binds = arena_zalloc(arena, (text.name_count + 1) * sizeof(*step->binds));
    for (size_t i = 0; i < text.name_count; i++)
        step->binds[i] = bind_name(s, query, arena, text.names[i]);
    sqltext_fini(&text);
    head = sql_head_of(step->sql, dialect);
    plan->is_write |= sql_head_writes(head);
    step->deletes = head.verb == SQL_DELETE;
    if (step->returns != PLAN_NONE)
        plan->result = plan->step_count;
    if (rows[row].event)
        s->events[query] = rows[row].event;
    plan->step_count++;
}

/* Records that nobody waits for. */
static const enum store_query passengers[] = {STORE_SESSION_USED, STORE_API_KEY_USED, STORE_AUDIT};

void store_init(struct store *s, struct arena *arena, size_t first_plan,
                const struct dialect *dialect)
{
    size_t query = 0;

    assert(!rows[0].sql);
    *s = (struct store){.dialect = dialect};
    for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++) {
        size_t steps = 0;

        if (rows[row].sql) {
            add_step(s, (enum store_query)(query - 1), arena, row);
            continue;
        }
        while (row + 1 + steps < sizeof(rows) / sizeof(*rows) && rows[row + 1 + steps].sql)
            steps++;
        s->plans[query].id = first_plan + query;
        s->plans[query].role = ROLE_SERVER;
        s->plans[query].steps = arena_zalloc(arena, (steps + 1) * sizeof(struct plan_step));
        query++;
    }
    assert(query == STORE_COUNT);
    for (size_t i = 0; i < sizeof(passengers) / sizeof(*passengers); i++)
        s->plans[passengers[i]].is_passenger = true;
}

void store_begin(struct store_call *c, const struct store *s, enum store_query query)
{
    assert(query < STORE_COUNT);
    *c = (struct store_call){.store = s, .query = query};
}

/* Returns NULL if the query has no such value. */
static struct db_value *find_value(struct store_call *c, const char *name)
{
    const char *const *names = c->store->names[c->query];
    size_t i = 0;

    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    return names[i] ? &c->values[i] : NULL;
}

static void set_text(struct db_value *value, struct slice text)
{
    assert(value);
    *value = text.data ? (struct db_value){.type = DB_TEXT, .text = text}
                       : (struct db_value){.type = DB_NULL};
}

void store_slice(struct store_call *c, const char *name, struct slice text)
{
    set_text(find_value(c, name), text);
}

void store_text_if_used(struct store_call *c, const char *name, const char *text)
{
    if (find_value(c, name))
        set_text(find_value(c, name), slice_of(text));
}

void store_text(struct store_call *c, const char *name, const char *text)
{
    store_slice(c, name, slice_of(text));
}

void store_integer(struct store_call *c, const char *name, int64_t value)
{
    struct db_value *v = find_value(c, name);

    assert(v);
    *v = (struct db_value){.type = DB_INTEGER, .integer = value};
}

const char *store_get_text(const struct store_call *c, const char *name)
{
    const char *const *names = c->store->names[c->query];

    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0 && c->values[i].type == DB_TEXT)
            return c->values[i].text.data;
    return NULL;
}

const char *store_event(const struct store_call *c)
{
    return c->store->events[c->query];
}

enum completion store_submit(struct store_call *c, struct db *db, uint64_t deadline_ns,
                             void (*done)(struct db_job *job), void *data)
{
    assert(db && done);
    c->job.plan = &c->store->plans[c->query];
    c->job.values = c->values;
    c->job.deadline_ns = deadline_ns;
    c->job.done = done;
    c->job.data = data;
    return db_submit(db, &c->job);
}

void store_fini(struct store_call *c)
{
    db_job_fini(&c->job);
}

struct json_object *store_result(const struct store_call *c)
{
    struct json_object *out = NULL;
    struct jread_fault fault;

    if (c->job.err == OK && c->job.body.len)
        jread_text(c->job.body.data, c->job.body.len, RESULT_DEPTH, NULL, &out, &fault);
    return out;
}

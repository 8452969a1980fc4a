/* SPDX-License-Identifier: MIT */
/* Values on their way into a statement, and out of it. */
#include "lib/db/sqlite/run/run.h"

static int bind_value(sqlite3_stmt *stmt, int at, const struct db_value *v)
{
    switch (v->type) {
    case DB_BOOL:
    case DB_INTEGER:
        return sqlite3_bind_int64(stmt, at, v->integer);
    case DB_REAL:
        return sqlite3_bind_double(stmt, at, v->real);
    case DB_TEXT:
    case DB_JSON:
        return sqlite3_bind_text64(stmt, at, v->text.data ? v->text.data : "", v->text.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(stmt, at, v->text.data ? v->text.data : "", v->text.len,
                                   SQLITE_STATIC);
    case DB_NULL:
    case DB_ABSENT:
        break;
    }
    return sqlite3_bind_null(stmt, at);
}

struct bound_statement {
    struct run *run;
    sqlite3_stmt *stmt;
};

/* Binds a value, and counts its bytes, as the measure of how much the job writes. */
static int bind_counted(void *arg, size_t at, const struct db_value *v)
{
    const struct bound_statement *b = arg;

    if (db_value_is_bytes(v))
        b->run->job->bound += v->text.len;
    return bind_value(b->stmt, (int)at + 1, v);
}

int run_bind(struct run *r, struct statement *s)
{
    return result_bind(&r->result, bind_counted, &(struct bound_statement){r, s->stmt});
}

/* The value is unprotected (sqlite.org/c3ref/value.html): one thread at a time uses a
 * connection. */
static inline void read_text(sqlite3_value *value, enum cell_type type, struct cell *c)
{
    const char *text = (const char *)sqlite3_value_text(value);

    c->type = type;
    c->text.data = text ? text : "";
    c->text.len = (size_t)sqlite3_value_bytes(value);
}

static inline void read_value(sqlite3_value *value, struct cell *c)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        c->type = CELL_NULL;
        break;
    case SQLITE_INTEGER:
        c->type = CELL_INTEGER;
        c->integer = sqlite3_value_int64(value);
        break;
    case SQLITE_FLOAT:
        c->type = CELL_REAL;
        c->real = sqlite3_value_double(value);
        break;
    case SQLITE_BLOB:
        read_text(value, CELL_BYTES, c);
        break;
    default:
        read_text(value, CELL_TEXT, c);
    }
}

void run_read(struct statement *s)
{
    struct cell *c = s->cells;

    for (int i = 0, n = (int)s->shape.count; i < n; i++)
        read_value(sqlite3_column_value(s->stmt, i), c++);
}

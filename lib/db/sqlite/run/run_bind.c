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
static struct cell read_value(sqlite3_value *value)
{
    enum cell_type type = CELL_TEXT;
    const char *text;

    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        return (struct cell){.type = CELL_NULL};
    case SQLITE_INTEGER:
        return (struct cell){.type = CELL_INTEGER, .integer = sqlite3_value_int64(value)};
    case SQLITE_FLOAT:
        return (struct cell){.type = CELL_REAL, .real = sqlite3_value_double(value)};
    case SQLITE_BLOB:
        type = CELL_BYTES;
    }
    text = (const char *)sqlite3_value_text(value);
    return (struct cell){.type = type,
                         .text = {text ? text : "", (size_t)sqlite3_value_bytes(value)}};
}

void run_read(struct statement *s)
{
    for (size_t i = 0; i < s->shape.count; i++)
        s->cells[i] = read_value(sqlite3_column_value(s->stmt, (int)i));
}

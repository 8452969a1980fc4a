/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"

/* Object identifiers of types: catalog/pg_type.dat. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
    OID_JSONB = 3802,
};

void pg_params_fini(struct pg_params *p)
{
    free(p->values);
    free(p->lengths);
    free(p->formats);
    free(p->offsets);
    buf_fini(&p->text);
    *p = (struct pg_params){0};
}

void pg_params_clear(struct pg_params *p)
{
    p->count = p->text.len = p->unsendable = 0;
}

static void make_room(struct pg_params *p)
{
    if (p->count < p->room)
        return;
    p->room = p->room ? 2 * p->room : 16;
    p->values = xreallocarray(p->values, p->room, sizeof(*p->values));
    p->lengths = xreallocarray(p->lengths, p->room, sizeof(*p->lengths));
    p->formats = xreallocarray(p->formats, p->room, sizeof(*p->formats));
    p->offsets = xreallocarray(p->offsets, p->room, sizeof(*p->offsets));
}

/* Appends the value as text. Bytes are sent as they are, in the binary format. */
static void put_value(struct pg_params *p, const struct db_value *v)
{
    switch (v->type) {
    case DB_BOOL:
        buf_puts(&p->text, v->integer ? "true" : "false");
        break;
    case DB_INTEGER:
        buf_put_int(&p->text, v->integer);
        break;
    case DB_REAL:
        buf_printf(&p->text, "%.17g", v->real);
        break;
    case DB_TEXT:
    case DB_JSON:
        if (v->text.len && memchr(v->text.data, '\0', v->text.len))
            p->unsendable = p->count + 1;
        buf_put(&p->text, v->text.data, v->text.len);
        break;
    case DB_BLOB:
        buf_put(&p->text, v->text.data, v->text.len);
        break;
    case DB_NULL:
    case DB_ABSENT:
        break;
    }
}

void pg_params_add(struct pg_params *p, const struct db_value *v)
{
    bool is_null = v->type == DB_NULL || v->type == DB_ABSENT;

    make_room(p);
    p->offsets[p->count] = is_null ? SIZE_MAX : p->text.len;
    put_value(p, v);
    p->lengths[p->count] = is_null ? 0 : (int)(p->text.len - p->offsets[p->count]);
    p->formats[p->count] = v->type == DB_BLOB;
    buf_putc(&p->text, '\0');
    p->count++;
}

static int add_bound(void *arg, size_t at, const struct db_value *v)
{
    struct pg_params *p = arg;

    assert(at == p->count);
    pg_params_add(p, v);
    return 0;
}

void pg_params_bind(struct pg_params *p, const struct result *r)
{
    pg_params_clear(p);
    result_bind(r, add_bound, p);
    pg_params_seal(p);
}

void pg_params_seal(struct pg_params *p)
{
    for (size_t i = 0; i < p->count; i++)
        p->values[i] = p->offsets[i] == SIZE_MAX ? NULL : p->text.data + p->offsets[i];
}

static int64_t parse_integer(struct slice text)
{
    bool is_negative = text.len && text.data[0] == '-';
    uint64_t value = 0;

    for (size_t i = is_negative; i < text.len; i++)
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    return (int64_t)(is_negative ? 0 - value : value);
}

/* Makes "2026-12-01 01:09:02.5+00" RFC 3339, in place; "infinity" and years before Christ stay. */
static struct slice make_rfc3339(char *text, size_t len, bool has_zone)
{
    char *blank = memchr(text, ' ', len);

    if (blank && memchr(text, 'B', len) == NULL) {
        *blank = 'T';
        if (has_zone && len > 3 && memcmp(text + len - 3, "+00", 3) == 0) {
            text[len - 3] = 'Z';
            len -= 2;
        }
    }
    return (struct slice){text, len};
}

static struct cell text_cell(enum cell_type type, struct slice text)
{
    return (struct cell){.type = type, .text = text};
}

struct cell pg_cell(PGresult *res, int row, int column)
{
    char *data = PQgetvalue(res, row, column);
    struct slice text = {data, (size_t)PQgetlength(res, row, column)};

    if (PQgetisnull(res, row, column))
        return (struct cell){.type = CELL_NULL};
    switch (PQftype(res, column)) {
    case OID_BOOL:
        return (struct cell){.type = CELL_BOOL, .integer = text.data[0] == 't'};
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
        return (struct cell){.type = CELL_INTEGER, .integer = parse_integer(text)};
    case OID_FLOAT4:
    case OID_FLOAT8:
        return (struct cell){.type = CELL_REAL, .real = strtod(text.data, NULL)};
    case OID_NUMERIC:
        return text_cell(CELL_DIGITS, text);
    case OID_JSON:
    case OID_JSONB:
        return text_cell(CELL_JSON, text);
    case OID_BYTEA:
        return text_cell(CELL_HEX, text);
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return text_cell(CELL_TEXT,
                         make_rfc3339(data, text.len, PQftype(res, column) == OID_TIMESTAMPTZ));
    default:
        return text_cell(CELL_TEXT, text);
    }
}

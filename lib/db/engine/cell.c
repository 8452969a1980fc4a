/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/json/jread.h"
#include "lib/core/text/base64.h"
#include "lib/core/text/utf8.h"

enum { JSON_COLUMN_DEPTH = 64 };

/* A real number from here on may exceed 64 bits. */
#define INTEGER_END 9.2e18

static void put_quoted(struct buf *out, struct slice text)
{
    buf_putc(out, '"');
    buf_put(out, text.data, text.len);
    buf_putc(out, '"');
}

/* Writes what has no boolean type. */
static bool put_bool(struct buf *out, bool value, int types)
{
    if (types & SCHEMA_STRING)
        buf_puts(out, value ? "\"true\"" : "\"false\"");
    else
        buf_putc(out, value ? '1' : '0');
    return (types & (SCHEMA_STRING | SCHEMA_INTEGER | SCHEMA_NUMBER)) != 0;
}

static bool put_integer(struct buf *out, int64_t value, int types)
{
    if (types & SCHEMA_NUMBER) {
        buf_put_int(out, value);
        return true;
    }
    if (!(types & SCHEMA_STRING))
        return false;
    buf_putc(out, '"');
    buf_put_int(out, value);
    buf_putc(out, '"');
    return true;
}

static bool put_real(struct buf *out, double value, int types)
{
    if ((types & SCHEMA_NUMBER) && isfinite(value)) {
        jwrite_double(out, value);
        return true;
    }
    if ((types & SCHEMA_INTEGER) && floor(value) == value && fabs(value) < INTEGER_END) {
        buf_put_int(out, (int64_t)value);
        return true;
    }
    return false;
}

/* Returns the digits without a fraction of zeros, or nothing if another fraction is there. */
static struct slice whole_digits(struct slice digits)
{
    const char *point = memchr(digits.data, '.', digits.len);
    size_t len = point ? (size_t)(point - digits.data) : digits.len;

    for (size_t i = len + 1; i < digits.len; i++)
        if (digits.data[i] != '0')
            return (struct slice){NULL, 0};
    return (struct slice){digits.data, len};
}

/* Writes the digits as they are: a client may read more of them than a double holds. */
static bool put_digits(struct buf *out, struct slice digits, int types)
{
    bool is_finite = digits.len && (unsigned)(digits.data[digits.len - 1] - '0') < 10;
    struct slice whole;

    if (is_finite && (types & SCHEMA_NUMBER)) {
        buf_put(out, digits.data, digits.len);
        return true;
    }
    whole = is_finite ? whole_digits(digits) : (struct slice){NULL, 0};
    if ((types & SCHEMA_INTEGER) && whole.len) {
        buf_put(out, whole.data, whole.len);
        return true;
    }
    put_quoted(out, digits);
    return (types & SCHEMA_STRING) != 0;
}

static bool put_text(struct buf *out, struct slice text, int types)
{
    if (types & SCHEMA_STRING) { /* also for untyped columns: text stays text */
        jwrite_string(out, text.data, text.len);
        return true;
    }
    if (!((types & SCHEMA_ARRAY) && text.len && text.data[0] == '[') &&
        !((types & SCHEMA_OBJECT) && text.len && text.data[0] == '{'))
        return false;
    if (!jread_is_json(text.data, text.len, JSON_COLUMN_DEPTH))
        return false;
    buf_put(out, text.data, text.len);
    return true;
}

/* Returns the types of the JSON text that begins with this character. */
static int types_of_json(char first)
{
    switch (first) {
    case '{':
        return SCHEMA_OBJECT;
    case '[':
        return SCHEMA_ARRAY;
    case '"':
        return SCHEMA_STRING;
    case 't':
    case 'f':
        return SCHEMA_BOOLEAN;
    case 'n':
        return SCHEMA_NULL;
    default:
        return SCHEMA_NUMBER | SCHEMA_INTEGER;
    }
}

/* Writes a value that the engine knows to be JSON, or its text where a string is wanted. */
static bool put_json(struct buf *out, struct slice text, int types)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};
    size_t at = 0;

    while (at < text.len && memchr(blanks, text.data[at], sizeof(blanks)))
        at++;
    if (at < text.len && (types & types_of_json(text.data[at]))) {
        buf_put(out, text.data, text.len);
        return true;
    }
    jwrite_string(out, text.data, text.len);
    return (types & SCHEMA_STRING) != 0;
}

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Writes the bytes in base64 (RFC 4648, 4), with padding. */
static bool put_hex(struct buf *out, struct slice text, int types)
{
    struct buf bytes = {0};
    size_t begin;

    for (size_t i = 2; i + 1 < text.len; i += 2)
        buf_putc(&bytes, (char)(hex_value(text.data[i]) << 4 | hex_value(text.data[i + 1])));
    buf_putc(out, '"');
    begin = out->len;
    base64_put(out, bytes.data, bytes.len);
    for (size_t i = begin; i < out->len; i++)
        out->data[i] = (char)(out->data[i] == '-' ? '+' : out->data[i] == '_' ? '/' : out->data[i]);
    while ((out->len - begin) % 4)
        buf_putc(out, '=');
    buf_putc(out, '"');
    buf_fini(&bytes);
    return (types & SCHEMA_STRING) != 0;
}

bool cell_put_any(struct buf *out, const struct cell *c, int types)
{
    switch (c->type) {
    case CELL_NULL: /* done by cell_put() */
        return false;
    case CELL_BOOL:
        return put_bool(out, c->integer, types);
    case CELL_INTEGER:
        return put_integer(out, c->integer, types);
    case CELL_REAL:
        return put_real(out, c->real, types);
    case CELL_DIGITS:
        return put_digits(out, c->text, types);
    case CELL_JSON:
        return put_json(out, c->text, types);
    case CELL_HEX:
        return put_hex(out, c->text, types);
    case CELL_TEXT:
    case CELL_BYTES:
        break;
    }
    return put_text(out, c->text, types);
}

bool cell_has_place(const struct cell *c)
{
    switch (c->type) {
    case CELL_BYTES:
    case CELL_HEX:
    case CELL_JSON:
        return false;
    case CELL_REAL:
        return isfinite(c->real);
    case CELL_TEXT:
        return utf8_is_valid(c->text.data, c->text.len);
    default:
        return true;
    }
}

void cell_put_key(struct buf *out, const struct cell *c)
{
    /* As a number, digits would come back as a double. */
    bool is_text = c->type == CELL_DIGITS || c->type == CELL_BOOL;

    cell_put(out, c,
             is_text ? SCHEMA_STRING
                     : SCHEMA_NULL | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_STRING);
}

/* Writes a number of 15 digits that is seen to be no integer: 1.0, 1.0e+20. */
static void put_real_text(struct buf *out, double value)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.15g", value),
        digits = (int)strspn(text, "-0123456789");

    if (isinf(value)) {
        buf_puts(out, value < 0 ? "-Inf" : "Inf");
        return;
    }
    buf_put(out, text, (size_t)digits);
    if (text[digits] != '.')
        buf_puts(out, ".0");
    buf_put(out, text + digits, (size_t)(len - digits));
}

void cell_put_text(struct buf *out, const struct cell *c)
{
    switch (c->type) {
    case CELL_NULL:
        break;
    case CELL_BOOL:
        buf_puts(out, c->integer ? "true" : "false");
        break;
    case CELL_INTEGER:
        buf_put_int(out, c->integer);
        break;
    case CELL_REAL:
        put_real_text(out, c->real);
        break;
    default:
        buf_put(out, c->text.data, c->text.len);
    }
}

/* Arithmetic on integers that exceeds 64 bits may give a real number. */
bool cell_is_overflow(const struct cell *c, int types)
{
    bool is_whole = (types & SCHEMA_INTEGER) && !(types & SCHEMA_NUMBER);

    return c->type == CELL_REAL && (isinf(c->real) || (is_whole && fabs(c->real) >= INTEGER_END));
}

struct db_value cell_value(const struct cell *c)
{
    switch (c->type) {
    case CELL_NULL:
        return (struct db_value){.type = DB_NULL};
    case CELL_BOOL:
        return (struct db_value){.type = DB_BOOL, .integer = c->integer};
    case CELL_INTEGER:
        return (struct db_value){.type = DB_INTEGER, .integer = c->integer};
    case CELL_REAL:
        return (struct db_value){.type = DB_REAL, .real = c->real};
    case CELL_JSON:
        return (struct db_value){.type = DB_JSON, .text = c->text};
    case CELL_BYTES:
        return (struct db_value){.type = DB_BLOB, .text = c->text};
    default:
        return (struct db_value){.type = DB_TEXT, .text = c->text};
    }
}

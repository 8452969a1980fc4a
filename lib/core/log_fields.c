/* SPDX-License-Identifier: MIT */
/*
 * One pass over the format, word by word. A word `key=…` is a field, any other one part of the
 * text. Conversions take their arguments in order, so that each word must be formatted when it is
 * met: that is why va_arg() is called here, by the type that the conversion names, instead of
 * vprintf(3).
 */
#include "lib/core/log_fields.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json/jwrite.h"

struct format_reader {
    const char *at; /* in the format */
    va_list args;
};

/* Take the next argument, whose type has that many times "long". */
static long long next_signed(struct format_reader *r, int longs)
{
    if (longs == 2)
        return va_arg(r->args, long long);
    if (longs == 1)
        return va_arg(r->args, long);
    return va_arg(r->args, int);
}

static unsigned long long next_unsigned(struct format_reader *r, int longs)
{
    if (longs == 2)
        return va_arg(r->args, unsigned long long);
    if (longs == 1)
        return va_arg(r->args, unsigned long);
    return va_arg(r->args, unsigned);
}

/* Appends the next argument, of type d or u. */
static void put_integer(struct format_reader *r, struct buf *out, char type, int longs,
                        bool is_size)
{
    if (type == 'd')
        buf_printf(out, "%lld", next_signed(r, longs));
    else if (is_size)
        buf_printf(out, "%zu", va_arg(r->args, size_t));
    else
        buf_printf(out, "%llu", next_unsigned(r, longs));
}

/* Formats the conversion that `at` points at. Returns whether it is a number. */
static bool put_conversion(struct format_reader *r, struct buf *out)
{
    int precision = INT_MAX, longs = 0;
    bool is_size = false;

    r->at++;
    if (*r->at == '.' && r->at[1] == '*') {
        precision = va_arg(r->args, int);
        r->at += 2;
    } else if (*r->at == '.') {
        precision = (int)strtol(r->at + 1, (char **)(uintptr_t)&r->at, 10);
    } else if (*r->at >= '0' && *r->at <= '9') { /* a width; fields need none */
        strtol(r->at, (char **)(uintptr_t)&r->at, 10);
    }
    for (; *r->at == 'l'; r->at++)
        longs++;
    if (*r->at == 'z') {
        is_size = true;
        r->at++;
    }
    assert(*r->at == 'd' || *r->at == 'u' || *r->at == 's');
    if (*r->at == 's')
        buf_printf(out, "%.*s", precision, va_arg(r->args, const char *));
    else
        put_integer(r, out, *r->at, longs, is_size);
    return *r->at++ != 's';
}

/* Formats up to `end`, or to the end of the format. A field also ends before ": ", which ends the
 * list of fields. Returns whether all of it was one number. */
static bool put_until(struct format_reader *r, char end, bool is_field, struct buf *out)
{
    bool is_number = false;
    int pieces = 0;

    for (; *r->at && *r->at != end; pieces++)
        if (*r->at == '%')
            is_number = put_conversion(r, out);
        else if (is_field && end == ' ' && *r->at == ':' && r->at[1] == ' ')
            break;
        else
            buf_putc(out, *r->at++);
    if (*r->at)
        r->at++;
    return is_number && pieces == 1;
}

/* Returns the length of the key that a field at `at` begins with; 0 if there is none. */
static size_t key_length(const char *at)
{
    size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return at[len] == '=' ? len : 0;
}

static void put_field(struct format_reader *r, size_t key_len, struct buf *fields)
{
    struct buf value = {0};
    bool is_number, is_quoted = r->at[key_len + 1] == '"';

    buf_printf(fields, "%s\"%.*s\":", fields->len ? "," : "", (int)key_len, r->at);
    r->at += key_len + 1 + is_quoted;
    is_number = put_until(r, is_quoted ? '"' : ' ', true, &value);
    if (is_number)
        buf_put(fields, value.data, value.len);
    else
        jwrite_string(fields, value.len ? value.data : "", value.len);
    buf_fini(&value);
}

void log_fields(struct buf *out, const char *format, va_list args)
{
    struct format_reader r = {.at = format};
    struct buf fields = {0}, text = {0};

    va_copy(r.args, args);
    while (*r.at) {
        size_t key_len = key_length(r.at);

        if (*r.at == ' ' || (*r.at == ':' && fields.len && !text.len)) {
            r.at++;
        } else if (key_len) {
            put_field(&r, key_len, &fields);
        } else {
            buf_puts(&text, text.len ? " " : "");
            put_until(&r, ' ', false, &text);
        }
    }
    va_end(r.args);
    if (fields.len)
        buf_printf(out, ",\"fields\":{%s}", buf_text(&fields));
    if (text.len) {
        buf_puts(out, ",\"message\":");
        jwrite_string(out, text.data, text.len);
    }
    buf_fini(&fields);
    buf_fini(&text);
}

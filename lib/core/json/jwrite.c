/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jwrite.h"

#include <math.h>

#include "lib/core/json/jnumber.h"
#include "lib/core/text/utf8.h"

static void put_escaped(struct buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = c ? strchr(from, c) : NULL;
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (at) {
        buf_putc(b, '\\');
        buf_putc(b, to[at - from]);
    } else {
        buf_put(b, escape, sizeof(escape));
    }
}

static size_t put_wide(struct buf *b, const char *p, size_t left)
{
    size_t n = utf8_sequence(p, left);

    if (n) {
        buf_put(b, p, n);
        return n;
    }
    if (left >= 2 && (unsigned char)p[0] == 0xc0 && (unsigned char)p[1] == 0x80) {
        buf_puts(b, "\\u0000"); /* a NUL in a member name: see jread.h */
        return 2;
    }
    buf_puts(b, "\xef\xbf\xbd");
    return 1;
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Returns true if each of the eight bytes is ASCII that stands for itself in a string. A byte that
 * does not has its highest bit set here; what it borrows from the next changes nothing then. */
static bool are_plain(const char *text)
{
    uint64_t x;

    memcpy(&x, text, sizeof(x));
    return !((x | (x - EACH_BYTE(0x20)) | ((x ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
              ((x ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
             EACH_BYTE(0x80));
}

static size_t count_plain(const char *text, size_t len)
{
    size_t i = 0;

    while (len - i >= sizeof(uint64_t) && are_plain(text + i))
        i += sizeof(uint64_t);
    while (i < len && (signed char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}

static void put_mixed(struct buf *b, const char *text, size_t len)
{
    size_t plain;

    buf_putc(b, '"');
    while ((plain = count_plain(text, len)) < len) {
        unsigned char c = (unsigned char)text[plain];
        size_t n = 1;

        buf_put(b, text, plain);
        if (c >= 0x80)
            n = put_wide(b, text + plain, len - plain);
        else
            put_escaped(b, c);
        text += plain + n;
        len -= plain + n;
    }
    buf_put(b, text, len);
    buf_putc(b, '"');
}

void jwrite_string(struct buf *b, const char *text, size_t len)
{
    char *to = buf_reserve(b, len + 2);

    if (count_plain(text, len) < len) {
        put_mixed(b, text, len);
        return;
    }
    *to++ = '"';
    if (len)
        memcpy(to, text, len);
    to[len] = '"';
    b->len += len + 2;
}

void jwrite_double(struct buf *b, double value)
{
    if (!isfinite(value)) {
        buf_puts(b, "null");
        return;
    }
    b->len += jnumber_write(value, buf_reserve(b, JNUMBER_TEXT));
}

void jwrite_key(struct buf *b, const char *name)
{
    jwrite_string(b, name, strlen(name));
    buf_putc(b, ':');
}

static void write_object(struct buf *b, struct json_object *object)
{
    const char *comma = "";

    buf_putc(b, '{');
    json_object_object_foreach(object, key, member)
    {
        buf_puts(b, comma);
        jwrite_key(b, key);
        jwrite_value(b, member);
        comma = ",";
    }
    buf_putc(b, '}');
}

void jwrite_value(struct buf *b, struct json_object *value)
{
    size_t n;

    switch (json_object_get_type(value)) {
    case json_type_null:
        buf_puts(b, "null");
        break;
    case json_type_boolean:
        buf_puts(b, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_int:
        buf_put_int(b, json_object_get_int64(value));
        break;
    case json_type_double:
        jwrite_double(b, json_object_get_double(value));
        break;
    case json_type_string:
        jwrite_string(b, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    case json_type_array:
        n = json_object_array_length(value);
        buf_putc(b, '[');
        for (size_t i = 0; i < n; i++) {
            if (i)
                buf_putc(b, ',');
            jwrite_value(b, json_object_array_get_idx(value, i));
        }
        buf_putc(b, ']');
        break;
    case json_type_object:
        write_object(b, value);
        break;
    }
}

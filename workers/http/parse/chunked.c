/* SPDX-License-Identifier: MIT */
/*
 *     SIZE ─┬─ CR ──────────────────────────▶ SIZE_LF ─┬─▶ DATA ─▶ DATA_CR ─▶ DATA_LF ─▶ SIZE
 *           └─ ; ─▶ NAME_START ─▶ NAME ─┬─ CR ─▶ "     └─(size 0)─▶ LINE_START ─▶ … ─▶ DONE
 *                       ▲               ├─ = ─▶ VALUE_START ─▶ VALUE, or QUOTED ─▶ QUOTED_END
 *                       └────── ; ──────┘
 */
#include "workers/http/parse/chunked.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum chunk_state {
    SIZE,
    SIZE_LF,
    NAME_START,
    NAME,
    VALUE_START,
    VALUE,
    QUOTED,
    QUOTED_PAIR,
    QUOTED_END,
    DATA,
    DATA_CR,
    DATA_LF,
    LINE_START, /* start of a trailer field, or of the last CRLF */
    LINE_NAME,
    LINE, /* value of a trailer field */
    LINE_LF,
    LAST_LF,
    DONE,
    BAD,
};

enum { EXTENSION_MAX = 255, TRAILER_MAX = 8192 };

static bool is_token(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Returns whether the byte is allowed in a quoted string or a field value. */
static bool is_text(char c)
{
    return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum chunk_state on_size(struct chunked *c, char byte)
{
    int digit = hex(byte);

    if (digit >= 0) {
        if (c->digits == 16)
            return BAD;
        c->left = c->left << 4 | (size_t)digit;
        c->digits++;
        return SIZE;
    }
    if (c->digits == 0)
        return BAD;
    c->digits = 0;
    return byte == '\r' ? SIZE_LF : byte == ';' ? NAME_START : BAD;
}

/* Returns the state after a complete extension name or value. */
static enum chunk_state after_word(char byte)
{
    return byte == '\r' ? SIZE_LF : byte == ';' ? NAME_START : BAD;
}

static enum chunk_state on_extension(struct chunked *c, char byte)
{
    if (c->digits == EXTENSION_MAX)
        return BAD;
    c->digits++;
    switch (c->state) {
    case NAME_START:
        return is_token(byte) ? NAME : BAD;
    case NAME:
        return is_token(byte) ? NAME : byte == '=' ? VALUE_START : after_word(byte);
    case VALUE_START:
        return byte == '"' ? QUOTED : is_token(byte) ? VALUE : BAD;
    case VALUE:
        return is_token(byte) ? VALUE : after_word(byte);
    case QUOTED:
        if (byte == '"')
            return QUOTED_END;
        return byte == '\\' ? QUOTED_PAIR : is_text(byte) ? QUOTED : BAD;
    case QUOTED_PAIR:
        return is_text(byte) ? QUOTED : BAD;
    default:
        return after_word(byte);
    }
}

/* Steps through the trailer section, whose bytes c->left counts. */
static enum chunk_state on_trailer(struct chunked *c, char byte)
{
    if (++c->left > TRAILER_MAX)
        return BAD;
    switch (c->state) {
    case LINE_START:
        return byte == '\r' ? LAST_LF : is_token(byte) ? LINE_NAME : BAD;
    case LINE_NAME:
        return byte == ':' ? LINE : is_token(byte) ? LINE_NAME : BAD;
    case LINE:
        return byte == '\r' ? LINE_LF : is_text(byte) ? LINE : BAD;
    case LINE_LF:
        return byte == '\n' ? LINE_START : BAD;
    default:
        return byte == '\n' ? DONE : BAD;
    }
}

/* Steps over any byte outside a chunk's data. */
static enum chunk_state on_byte(struct chunked *c, char byte)
{
    switch (c->state) {
    case SIZE:
        return on_size(c, byte);
    case SIZE_LF:
        c->digits = 0;
        return byte != '\n' ? BAD : c->left ? DATA : LINE_START;
    case DATA_CR:
        return byte == '\r' ? DATA_LF : BAD;
    case DATA_LF:
        return byte == '\n' ? SIZE : BAD;
    case LINE_START:
    case LINE_NAME:
    case LINE:
    case LINE_LF:
    case LAST_LF:
        return on_trailer(c, byte);
    default:
        return on_extension(c, byte);
    }
}

ssize_t chunked_decode(struct chunked *c, char *data, size_t *size)
{
    size_t from = 0, to = 0, len = *size;

    while (from < len && c->state != DONE && c->state != BAD) {
        if (c->state == DATA) {
            size_t n = len - from < c->left ? len - from : c->left;

            memmove(data + to, data + from, n);
            from += n;
            to += n;
            c->left -= n;
            if (c->left == 0)
                c->state = DATA_CR;
        } else {
            c->state = (unsigned char)on_byte(c, data[from++]);
        }
    }
    memmove(data + to, data + from, len - from);
    *size = to;
    if (c->state == BAD)
        return CHUNKED_BAD;
    return c->state == DONE ? (ssize_t)(len - from) : CHUNKED_INCOMPLETE;
}

/* SPDX-License-Identifier: MIT */
#include "lib/core/text/percent.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(struct slice text, bool plus, struct arena *arena, struct slice *out)
{
    char *to;

    *out = text;
    if (!text.len ||
        (!memchr(text.data, '%', text.len) && !(plus && memchr(text.data, '+', text.len))))
        return true;
    to = arena_alloc(arena, text.len);
    *out = (struct slice){to, 0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%') {
            if (i + 2 >= text.len || hex(text.data[i + 1]) < 0 || hex(text.data[i + 2]) < 0)
                return false;
            c = (char)(hex(text.data[i + 1]) << 4 | hex(text.data[i + 2]));
            i += 2;
            if (!c)
                return false;
        }
        to[out->len++] = c;
    }
    return true;
}

void percent_encode(struct buf *out, struct slice text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < text.len; i++) {
        if (memchr(plain, text.data[i], sizeof(plain) - 1))
            buf_putc(out, text.data[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)text.data[i]);
    }
}

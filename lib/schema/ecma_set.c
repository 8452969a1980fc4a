/* SPDX-License-Identifier: MIT */
/* Parses escapes and classes (ECMA-262, 22.2.1 and B.1.2), and writes them so that PCRE2 cannot
 * mistake anything: letters and digits stand for themselves, and any other ASCII character is
 * written as \x{…}. Sets whose meaning differs are spelled out: \d is ASCII, \s is ECMA's white
 * space. Surrogates are left out of every range, since texts are valid UTF-8. */
#include <stdio.h>
#include <string.h>

#include "lib/core/text/utf8.h"
#include "lib/schema/ecma_tree.h"

enum { CODE_POINT_MAX = 0x10ffff, SURROGATE_MIN = 0xd800, SURROGATE_MAX = 0xdfff };

/* WhiteSpace and LineTerminator (ECMA-262, 12.2 and 12.3). */
static const struct {
    uint32_t first, last;
} spaces[] = {
    {0x9, 0xd},       {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff},
};

static bool is_alnum(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void put_char(struct buf *b, uint32_t c)
{
    if (is_alnum(c) || c >= 0x80)
        utf8_put(b, c);
    else
        buf_printf(b, "\\x{%x}", (unsigned)c);
}

/* Writes a range around the surrogates, which no text contains. */
static void put_range(struct buf *b, uint32_t first, uint32_t last)
{
    if (first >= SURROGATE_MIN && first <= SURROGATE_MAX)
        first = SURROGATE_MAX + 1;
    if (last >= SURROGATE_MIN && last <= SURROGATE_MAX)
        last = SURROGATE_MIN - 1;
    if (first > last)
        return;
    put_char(b, first);
    if (first == last)
        return;
    buf_putc(b, '-');
    put_char(b, last);
}

static const char *keep_pattern(struct arena *arena, struct buf *b)
{
    const char *text = arena_strndup(arena, b->data ? b->data : "", b->len);

    buf_fini(b);
    return text;
}

static const char *space_items(struct arena *arena, bool is_negated)
{
    struct buf b = {0};
    uint32_t from = 0;

    for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
        if (is_negated)
            put_range(&b, from, spaces[i].first - 1);
        else
            put_range(&b, spaces[i].first, spaces[i].last);
        from = spaces[i].last + 1;
    }
    if (is_negated)
        put_range(&b, from, CODE_POINT_MAX);
    return keep_pattern(arena, &b);
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 32 : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Reads `count` hexadecimal digits. */
static bool take_hex(struct ecma_parser *p, size_t count, uint32_t *c)
{
    *c = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = p->at + i < p->len ? hex_value(p->text[p->at + i]) : -1;

        if (digit < 0)
            return false;
        *c = *c << 4 | (uint32_t)digit;
    }
    p->at += count;
    return true;
}

static bool take_braced(struct ecma_parser *p, uint32_t *c)
{
    size_t digits = 0;
    uint32_t digit;

    for (*c = 0; take_hex(p, 1, &digit); digits++) {
        *c = *c << 4 | digit;
        if (*c > CODE_POINT_MAX)
            return false;
    }
    return digits && ecma_takes(p, '}');
}

/* Reads \uHHHH, two of them for a character past U+FFFF, or \u{…}. */
static bool take_unicode(struct ecma_parser *p, uint32_t *c)
{
    uint32_t low;
    size_t back;

    if (ecma_takes(p, '{'))
        return take_braced(p, c);
    if (!take_hex(p, 4, c))
        return false;
    back = p->at;
    if (*c >= SURROGATE_MIN && *c < 0xdc00 && ecma_takes(p, '\\') && ecma_takes(p, 'u') &&
        take_hex(p, 4, &low) && low >= 0xdc00 && low <= SURROGATE_MAX)
        *c = 0x10000 + ((*c - SURROGATE_MIN) << 10) + (low - 0xdc00);
    else
        p->at = back;
    return true;
}

static bool take_control(struct ecma_parser *p, uint32_t *c)
{
    if (p->at == p->len || !is_alnum((unsigned char)p->text[p->at]) || p->text[p->at] <= '9')
        return false;
    *c = (unsigned char)p->text[p->at++] & 31;
    return true;
}

/* Reads an escape that spells out a code point. */
static bool take_spelled(struct ecma_parser *p, char kind, uint32_t *c)
{
    switch (kind) {
    case 'u':
        return take_unicode(p, c);
    case 'x':
        return take_hex(p, 2, c);
    case 'c':
        return take_control(p, c);
    default:
        *c = 0;
        return p->at == p->len || p->text[p->at] < '0' || p->text[p->at] > '9';
    }
}

static bool take_set(struct ecma_parser *p, char kind, struct ecma_item *out)
{
    out->is_set = true;
    if (kind == 'p' || kind == 'P')
        return ecma_property(p, kind == 'P', &out->items);
    out->is_list = kind == 's' || kind == 'S';
    out->items =
        out->is_list ? space_items(p->arena, kind == 'S') : arena_printf(p->arena, "\\%c", kind);
    return true;
}

bool ecma_escape(struct ecma_parser *p, bool is_in_class, struct ecma_item *out)
{
    static const char named[] = "t\tn\nv\vf\fr\r";
    size_t from = p->at - 1;
    uint32_t c;
    const char *at;

    *out = (struct ecma_item){0};
    if (p->at == p->len)
        return ecma_refuse(p, from, "nothing follows the backslash");
    c = ecma_take_char(p);
    out->c = c;
    if (!is_alnum(c))
        return true;
    if (strchr("dDwWsSpP", (int)c))
        return take_set(p, (char)c, out);
    if (strchr("uxc0", (int)c))
        return take_spelled(p, (char)c, &out->c) || ecma_refuse(p, from, "the escape is malformed");
    at = strchr(named, (int)c);
    if (at)
        out->c = (unsigned char)at[1];
    else if (c == 'b' && is_in_class)
        out->c = '\b';
    else
        return ecma_refuse(p, from, "no such escape");
    return true;
}

const char *ecma_item_text(struct arena *arena, const struct ecma_item *item)
{
    struct buf b = {0};

    if (item->is_set)
        return item->is_list ? arena_printf(arena, "[%s]", item->items) : item->items;
    put_range(&b, item->c, item->c);
    if (!b.len)
        buf_puts(&b, "\\P{Any}");
    return keep_pattern(arena, &b);
}

static bool take_member(struct ecma_parser *p, struct ecma_item *out)
{
    if (ecma_takes(p, '\\'))
        return ecma_escape(p, true, out);
    *out = (struct ecma_item){.c = ecma_take_char(p)};
    return true;
}

static void put_member(struct buf *b, const struct ecma_item *item)
{
    if (item->is_set)
        buf_puts(b, item->items);
    else
        put_range(b, item->c, item->c);
}

/* Reads a member of a class, or a range. Beside a set a hyphen stands for itself: [\w-.]. */
static bool take_members(struct ecma_parser *p, struct buf *b)
{
    size_t from = p->at;
    struct ecma_item first, last;

    if (!take_member(p, &first))
        return false;
    if (!ecma_sees(p, '-') || p->at + 1 >= p->len || p->text[p->at + 1] == ']') {
        put_member(b, &first);
        return true;
    }
    p->at++;
    if (!take_member(p, &last))
        return false;
    if (first.is_set || last.is_set) {
        put_member(b, &first);
        put_char(b, '-');
        put_member(b, &last);
        return true;
    }
    if (first.c > last.c)
        return ecma_refuse(p, from, "the range is out of order");
    put_range(b, first.c, last.c);
    return true;
}

bool ecma_class(struct ecma_parser *p, const char **text)
{
    size_t from = p->at - 1;
    bool is_negated = ecma_takes(p, '^');
    struct buf b = {0};

    while (p->at < p->len && !ecma_sees(p, ']'))
        if (!take_members(p, &b)) {
            buf_fini(&b);
            return false;
        }
    if (b.len)
        *text = arena_printf(p->arena, "[%s%s]", is_negated ? "^" : "", buf_text(&b));
    else
        *text = is_negated ? "\\p{Any}" : "\\P{Any}";
    buf_fini(&b);
    return ecma_takes(p, ']') || ecma_refuse(p, from, "unterminated character class");
}

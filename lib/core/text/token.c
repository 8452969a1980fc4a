/* SPDX-License-Identifier: MIT */
#include "lib/core/text/token.h"

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Returns true for HTAB, SP, VCHAR and obs-text, which a quoted string may hold, escaped or not. */
static bool is_text_char(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

static struct slice take_bytes(struct slice *rest, size_t len)
{
    struct slice head = {rest->data, len};

    rest->data += len;
    rest->len -= len;
    return head;
}

static bool skip_character(struct slice *rest, char c)
{
    bool is_there = rest->len && rest->data[0] == c;

    take_bytes(rest, is_there);
    return is_there;
}

static void skip_space(struct slice *rest)
{
    while (skip_character(rest, ' ') || skip_character(rest, '\t'))
        ;
}

struct slice token_take(struct slice *rest)
{
    size_t len = 0;

    while (len < rest->len && is_token_char(rest->data[len]))
        len++;
    return take_bytes(rest, len);
}

struct slice token_take_media_type(struct slice *rest)
{
    struct slice at = *rest;

    if (!token_take(&at).len || !skip_character(&at, '/') || !token_take(&at).len)
        return (struct slice){rest->data, 0};
    return take_bytes(rest, (size_t)(at.data - rest->data));
}

/* Takes the text before the closing quote, and the quote. */
static bool take_quoted(struct slice *rest, struct slice *out)
{
    size_t len = 0;

    while (len < rest->len && rest->data[len] != '"') {
        len += rest->data[len] == '\\';
        if (len == rest->len || !is_text_char(rest->data[len]))
            return false;
        len++;
    }
    *out = take_bytes(rest, len);
    return skip_character(rest, '"');
}

enum token_result token_take_parameter(struct slice *rest, struct token_parameter *out)
{
    bool is_behind_semicolon = false;

    skip_space(rest);
    while (skip_character(rest, ';')) {
        is_behind_semicolon = true;
        skip_space(rest);
    }
    if (!rest->len)
        return TOKEN_END;
    out->name = token_take(rest);
    if (!is_behind_semicolon || !out->name.len || !skip_character(rest, '='))
        return TOKEN_BAD;
    out->is_quoted = skip_character(rest, '"');
    if (out->is_quoted)
        return take_quoted(rest, &out->value) ? TOKEN_PARAMETER : TOKEN_BAD;
    out->value = token_take(rest);
    return out->value.len ? TOKEN_PARAMETER : TOKEN_BAD;
}

struct slice token_cut(struct slice *rest, char sep)
{
    struct slice head;
    bool is_quoted = false;
    size_t len = 0;

    for (; len < rest->len && (is_quoted || rest->data[len] != sep); len++) {
        if (rest->data[len] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && rest->data[len] == '\\' && len + 1 < rest->len)
            len++;
    }
    head = take_bytes(rest, len);
    take_bytes(rest, rest->len > 0);
    return head;
}

struct slice token_value(const struct token_parameter *p, struct arena *arena)
{
    char *to;
    size_t len = 0;

    if (!p->is_quoted || !p->value.len || !memchr(p->value.data, '\\', p->value.len))
        return p->value;
    to = arena_alloc(arena, p->value.len);
    for (size_t i = 0; i < p->value.len; i++) {
        i += p->value.data[i] == '\\' && i + 1 < p->value.len;
        to[len++] = p->value.data[i];
    }
    return (struct slice){to, len};
}

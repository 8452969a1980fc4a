/* SPDX-License-Identifier: MIT */
/* A surrogate D800 to DFFF becomes the private-use character as far above E000 or F000: whichever
 * of these blocks the file uses neither as an escape nor as UTF-8. Hidden text therefore means
 * nothing else. */
#include "lib/conf/yaml_surrogates.h"

#include <ctype.h>
#include <string.h>

enum { ESCAPE = 6, PAIR = 2 * ESCAPE, UTF8 = 3 }; /* lengths of "\\uD83D", of two, of U+E000 */

struct surrogates {
    char digit;          /* of the escapes: "\\uE…" or "\\uF…" */
    unsigned base;       /* of the characters */
    unsigned char first; /* byte of their UTF-8 */
};

static const struct surrogates blocks[] = {{'e', 0xe000, 0xee}, {'f', 0xf000, 0xef}};

/* Returns the value of "\\uXXXX" at the front, or 0. */
static unsigned escape_at(struct slice text)
{
    unsigned value = 0;

    if (text.len < ESCAPE || text.data[0] != '\\' || text.data[1] != 'u')
        return 0;
    for (int i = 2; i < ESCAPE; i++) {
        char c = text.data[i];

        if (!isxdigit((unsigned char)c))
            return 0;
        value = value << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static bool is_pair(struct slice text)
{
    return text.len >= PAIR && escape_at(text) >> 10 == 0xd800 >> 10 &&
           escape_at((struct slice){text.data + ESCAPE, ESCAPE}) >> 10 == 0xdc00 >> 10;
}

static bool is_free(const struct surrogates *block, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct slice rest = {text.data + i, text.len - i};

        if ((unsigned char)text.data[i] == block->first ||
            (text.data[i] == '\\' && escape_at(rest) >> 12 == block->base >> 12))
            return false;
    }
    return true;
}

static const struct surrogates *free_block(struct slice text)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
        if (is_free(&blocks[i], text))
            return &blocks[i];
    return NULL;
}

const struct surrogates *surrogates_hide(struct slice text, struct buf *out)
{
    const struct surrogates *how = NULL;
    size_t done = 0;

    for (size_t i = 0; i + PAIR <= text.len; i++) {
        if (text.data[i] != '\\')
            continue;
        if (!is_pair((struct slice){text.data + i, text.len - i})) {
            i++; /* whatever it escapes, perhaps a backslash */
            continue;
        }
        how = how ? how : free_block(text);
        if (!how)
            break;
        buf_put(out, text.data + done, i - done);
        for (size_t half = 0; half < 2; half++) { /* "\\uD83D" to "\\ue83D" */
            buf_put(out, text.data + i + half * ESCAPE, ESCAPE);
            out->data[out->len - ESCAPE + 2] =
                (char)(isupper((unsigned char)text.data[i + half * ESCAPE + 2])
                           ? toupper(how->digit)
                           : how->digit);
        }
        done = i + PAIR;
        i = done - 1;
    }
    if (how)
        buf_put(out, text.data + done, text.len - done);
    return how;
}

/* Returns the surrogate that is hidden in three bytes of UTF-8, or 0. */
static unsigned hidden_at(const struct surrogates *how, const char *text, size_t len)
{
    const unsigned char *t = (const unsigned char *)text;
    unsigned value;

    if (len < UTF8 || t[0] != how->first)
        return 0;
    value = (t[0] & 0xfu) << 12 | (t[1] & 0x3fu) << 6 | (t[2] & 0x3fu);
    return value - how->base + 0xd000;
}

static size_t put_utf8(char *to, unsigned code)
{
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static size_t show_characters(const struct surrogates *how, char *text, size_t len)
{
    size_t to = 0;

    for (size_t at = 0; at < len;) {
        unsigned high = hidden_at(how, text + at, len - at);

        if (high) {
            unsigned low = hidden_at(how, text + at + UTF8, len - at - UTF8);

            to += put_utf8(text + to, 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff)));
            at += 2 * UTF8;
        } else {
            text[to++] = text[at++];
        }
    }
    text[to] = '\0';
    return to;
}

size_t surrogates_show(const struct surrogates *how, char *text, size_t len, bool is_quoted)
{
    if (is_quoted)
        return show_characters(how, text, len);
    for (size_t i = 0; i + ESCAPE <= len; i++)
        if (text[i] == '\\' &&
            escape_at((struct slice){text + i, len - i}) >> 12 == how->base >> 12)
            text[i + 2] = isupper((unsigned char)text[i + 2]) ? 'D' : 'd';
    return len;
}

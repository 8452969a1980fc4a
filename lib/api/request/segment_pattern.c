/* SPDX-License-Identifier: MIT */
#include "lib/api/request/segment_pattern.h"

#include <string.h>

#include "lib/core/text/percent.h"

/* Takes the text before the next '{', decoded, or the rest. */
static bool take_text(struct slice *rest, struct arena *arena, struct slice *text,
                      struct fault *fault)
{
    const char *open = memchr(rest->data, '{', rest->len);
    size_t len = open ? (size_t)(open - rest->data) : rest->len;
    struct slice raw = {rest->data, len};

    *rest = (struct slice){rest->data + len, rest->len - len};
    if (memchr(raw.data, '}', raw.len))
        return fault_set(fault, "the path has a } without a {");
    return percent_decode(raw, false, arena, text) ||
           fault_set(fault, "the path has a malformed percent-escape");
}

/* Skips "{name}". */
static bool skip_parameter(struct slice *rest, struct fault *fault)
{
    const char *close = memchr(rest->data, '}', rest->len);
    size_t len = close ? (size_t)(close - rest->data) + 1 : 0;

    if (!close)
        return fault_set(fault, "the path has a { without a }");
    if (len == 2 || memchr(rest->data + 1, '{', len - 1))
        return fault_set(fault, "a path parameter must be a name in braces, as in /todos/{id}");
    *rest = (struct slice){rest->data + len, rest->len - len};
    return true;
}

const struct segment_pattern *segment_parse(struct slice segment, struct arena *arena,
                                            struct fault *fault)
{
    struct segment_pattern *p = arena_zalloc(arena, sizeof(*p));

    p->texts = arena_zalloc(arena, (segment.len / 2 + 2) * sizeof(*p->texts));
    if (!take_text(&segment, arena, &p->texts[0], fault))
        return NULL;
    p->text_len = p->texts[0].len;
    while (segment.len) {
        struct slice *text = &p->texts[p->count + 1];

        if (!skip_parameter(&segment, fault) || !take_text(&segment, arena, text, fault))
            return NULL;
        if (!text->len && segment.len) {
            fault_set(fault, "text must stand between two parameters of a segment");
            return NULL;
        }
        p->count++;
        p->text_len += text->len;
    }
    return p;
}

bool segment_equal(const struct segment_pattern *a, const struct segment_pattern *b)
{
    bool is_equal = a->count == b->count;

    for (size_t i = 0; is_equal && i <= a->count; i++)
        is_equal =
            a->texts[i].len == b->texts[i].len &&
            (!a->texts[i].len || memcmp(a->texts[i].data, b->texts[i].data, a->texts[i].len) == 0);
    return is_equal;
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Returns the length of the character at the front of a raw segment, 1 or that of an escape. *c is
 * the character, or -1 if it is reserved and escaped. */
static size_t read_char(struct slice raw, int *c)
{
    *c = (unsigned char)raw.data[0];
    if (*c != '%')
        return 1;
    *c = hex_digit(raw.data[1]) << 4 | hex_digit(raw.data[2]);
    if (*c && strchr(":/?#[]@!$&'()*+,;=", *c))
        *c = -1;
    return 3;
}

/* Returns true if the segment goes on with the text. *len is the length of what matched. */
static bool starts_with(struct slice raw, struct slice text, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c;
        size_t n;

        if (*len == raw.len)
            return false;
        n = read_char((struct slice){raw.data + *len, raw.len - *len}, &c);
        if (c != (unsigned char)text.data[i])
            return false;
        *len += n;
    }
    return true;
}

/* Takes the shortest value that `text` follows, of at least one character, and then `text` itself.
 * The last text must end the segment. */
static bool take_value(struct slice *rest, struct slice text, bool is_last, struct slice *value)
{
    size_t at = 0, len;
    int c;

    while (at < rest->len) {
        struct slice behind;

        at += read_char((struct slice){rest->data + at, rest->len - at}, &c);
        behind = (struct slice){rest->data + at, rest->len - at};
        if (!starts_with(behind, text, &len) || (is_last && len != behind.len))
            continue;
        *value = (struct slice){rest->data, at};
        *rest = (struct slice){behind.data + len, behind.len - len};
        return true;
    }
    return false;
}

bool segment_match(const struct segment_pattern *p, struct slice raw, struct slice *captures)
{
    size_t len;

    if (!starts_with(raw, p->texts[0], &len))
        return false;
    raw = (struct slice){raw.data + len, raw.len - len};
    for (size_t i = 0; i < p->count; i++)
        if (!take_value(&raw, p->texts[i + 1], i + 1 == p->count, &captures[i]))
            return false;
    return !raw.len;
}

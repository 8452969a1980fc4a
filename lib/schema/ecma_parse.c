/* SPDX-License-Identifier: MIT */
/* Parses an ECMA pattern to a tree (ECMA-262, 22.2.1). A lone ], } or { stands for itself (B.1.2),
 * since documents contain them. Within its limits the parser accepts the whole language, also what
 * PCRE2 cannot run, because the format "regex" asks only for that; ecma.c refuses the rest.
 * References are resolved after the whole pattern was read, as one may come before its group. */
#include <string.h>

#include "lib/core/text/utf8.h"
#include "lib/schema/ecma_tree.h"

bool ecma_refuse(struct ecma_parser *p, size_t at, const char *message)
{
    if (!p->fault.message)
        p->fault = (struct ecma_fault){message, at};
    return false;
}

bool ecma_sees(const struct ecma_parser *p, char c)
{
    return p->at < p->len && p->text[p->at] == c;
}

bool ecma_takes(struct ecma_parser *p, char c)
{
    bool is_there = ecma_sees(p, c);

    p->at += is_there;
    return is_there;
}

uint32_t ecma_take_char(struct ecma_parser *p)
{
    const unsigned char *at = (const unsigned char *)p->text + p->at;
    size_t n = utf8_sequence(p->text + p->at, p->len - p->at);
    uint32_t c = n == 1 ? at[0] : at[0] & (0x7fu >> n);

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (at[i] & 0x3fu);
    p->at += n;
    return c;
}

static bool takes_text(struct ecma_parser *p, const char *text)
{
    size_t n = strlen(text);

    if (p->len - p->at < n || memcmp(p->text + p->at, text, n) != 0)
        return false;
    p->at += n;
    return true;
}

static bool is_digit(const struct ecma_parser *p)
{
    return p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9';
}

/* Reads a number, which stays below ECMA_NO_MAX however many digits it has. */
static bool take_number(struct ecma_parser *p, uint32_t *out)
{
    uint64_t n = 0;

    if (!is_digit(p))
        return false;
    for (; is_digit(p); p->at++)
        n = n >= ECMA_NO_MAX / 10 ? ECMA_NO_MAX - 1 : n * 10 + (uint64_t)(p->text[p->at] - '0');
    *out = (uint32_t)n;
    return true;
}

/* Reads {n}, {n,} or {n,m}, or nothing at all. */
static bool take_counts(struct ecma_parser *p, uint32_t *min, uint32_t *max)
{
    size_t back = p->at;

    if (ecma_takes(p, '{') && take_number(p, min)) {
        *max = *min;
        if (ecma_takes(p, ',') && !take_number(p, max))
            *max = ECMA_NO_MAX;
        if (ecma_takes(p, '}'))
            return true;
    }
    p->at = back;
    return false;
}

static bool take_quantifier(struct ecma_parser *p, uint32_t *min, uint32_t *max)
{
    static const struct {
        char sign;
        uint32_t min, max;
    } rows[] = {{'*', 0, ECMA_NO_MAX}, {'+', 1, ECMA_NO_MAX}, {'?', 0, 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (ecma_takes(p, rows[i].sign)) {
            *min = rows[i].min;
            *max = rows[i].max;
            return true;
        }
    return take_counts(p, min, max);
}

/* Reads the name of a group, which follows its '<'. */
static bool take_name(struct ecma_parser *p, struct slice *name)
{
    size_t from = p->at;

    while (p->at < p->len && !ecma_sees(p, '>')) {
        uint32_t c = ecma_take_char(p);
        bool is_letter = (c | 32) >= 'a' && (c | 32) <= 'z';

        if (!is_letter && c != '_' && c != '$' && c < 0x80 &&
            !(c >= '0' && c <= '9' && p->at - 1 > from))
            return ecma_refuse(p, p->at - 1, "invalid character in a group name");
    }
    *name = (struct slice){p->text + from, p->at - from};
    if (!name->len || !ecma_takes(p, '>'))
        return ecma_refuse(p, from, "the group name is missing or unterminated");
    return true;
}

static struct ecma_node *group_named(const struct ecma_parser *p, struct slice name)
{
    for (uint32_t i = 1; i <= p->group_count; i++)
        if (p->groups[i]->name.len == name.len &&
            memcmp(p->groups[i]->name.data, name.data, name.len) == 0)
            return p->groups[i];
    return NULL;
}

static bool add_capture(struct ecma_parser *p, struct ecma_node *n, bool is_named)
{
    if (p->group_count == ECMA_GROUPS_MAX)
        return ecma_refuse(p, n->at, "too many groups");
    if (is_named) {
        if (!take_name(p, &n->name))
            return false;
        if (group_named(p, n->name))
            return ecma_refuse(p, n->at, "duplicate group name");
    }
    n->number = ++p->group_count;
    p->groups[n->number] = n;
    return true;
}

static bool open_group(struct ecma_parser *p, struct ecma_node *n)
{
    static const char *const looks[] = {"?=", "?!", "?<=", "?<!"};
    static const char *const opens[] = {"(?=", "(?!", "(?<=", "(?<!"};

    for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++)
        if (takes_text(p, looks[i])) {
            n->kind = ECMA_LOOK;
            n->text = opens[i];
            return true;
        }
    n->kind = ECMA_GROUP;
    if (takes_text(p, "?:"))
        return true;
    if (takes_text(p, "?<"))
        return add_capture(p, n, true);
    return ecma_sees(p, '?') ? ecma_refuse(p, n->at, "unknown kind of group")
                             : add_capture(p, n, false);
}

static bool parse_branches(struct ecma_parser *p, struct ecma_branch **out);

static bool parse_group(struct ecma_parser *p, struct ecma_node *n)
{
    if (p->depth == ECMA_DEPTH_MAX)
        return ecma_refuse(p, n->at, "groups are nested too deeply");
    if (!open_group(p, n))
        return false;
    p->depth++;
    p->open = n;
    if (!parse_branches(p, &n->branches))
        return false;
    p->open = n->parent;
    p->depth--;
    return ecma_takes(p, ')') || ecma_refuse(p, n->at, "unterminated group");
}

static bool parse_reference(struct ecma_parser *p, struct ecma_node *n)
{
    n->kind = ECMA_REFERENCE;
    n->next_reference = p->references;
    p->references = n;
    if (take_number(p, &n->number))
        return true;
    p->at++;
    return ecma_takes(p, '<') ? take_name(p, &n->name)
                              : ecma_refuse(p, n->at, "\\k needs <a group name>");
}

static bool parse_escape(struct ecma_parser *p, struct ecma_node *n)
{
    struct ecma_item item;
    char c = p->at < p->len ? p->text[p->at] : 0;

    if (c == 'b' || c == 'B') {
        p->at++;
        n->kind = ECMA_ASSERTION;
        n->text = c == 'b' ? "\\b" : "\\B";
        return true;
    }
    if (c == 'k' || (c >= '1' && c <= '9'))
        return parse_reference(p, n);
    if (!ecma_escape(p, false, &item))
        return false;
    n->text = ecma_item_text(p->arena, &item);
    return true;
}

static bool parse_atom(struct ecma_parser *p, struct ecma_node *n)
{
    struct ecma_item item = {0};
    uint32_t min, max;

    if (take_quantifier(p, &min, &max))
        return ecma_refuse(p, n->at, "nothing to repeat");
    item.c = ecma_take_char(p);
    switch (item.c) {
    case '^':
    case '$':
        n->kind = ECMA_ASSERTION;
        n->text = item.c == '^' ? "\\A" : "\\z";
        return true;
    case '.':
        n->text = "[^\\n\\r\\x{2028}\\x{2029}]";
        return true;
    case '(':
        return parse_group(p, n);
    case '[':
        return ecma_class(p, &n->text);
    case '\\':
        return parse_escape(p, n);
    default:
        n->text = ecma_item_text(p->arena, &item);
        return true;
    }
}

static bool parse_term(struct ecma_parser *p, struct ecma_node *n)
{
    *n = (struct ecma_node){.at = p->at, .min = 1, .max = 1, .parent = p->open};
    if (!parse_atom(p, n))
        return false;
    n->end = p->at;
    if (n->kind == ECMA_ASSERTION || n->kind == ECMA_LOOK || !take_quantifier(p, &n->min, &n->max))
        return true;
    n->is_lazy = ecma_takes(p, '?');
    return n->min <= n->max || ecma_refuse(p, n->end, "the quantifier's bounds are out of order");
}

static bool parse_branch(struct ecma_parser *p, struct ecma_node **tail)
{
    while (p->at < p->len && !ecma_sees(p, '|') && !ecma_sees(p, ')')) {
        *tail = arena_alloc(p->arena, sizeof(**tail));
        if (!parse_term(p, *tail))
            return false;
        tail = &(*tail)->next;
    }
    return true;
}

static bool parse_branches(struct ecma_parser *p, struct ecma_branch **out)
{
    do {
        *out = arena_zalloc(p->arena, sizeof(**out));
        if (!parse_branch(p, &(*out)->first))
            return false;
        out = &(*out)->next;
    } while (ecma_takes(p, '|'));
    return true;
}

static bool resolve_references(struct ecma_parser *p)
{
    for (struct ecma_node *r = p->references; r; r = r->next_reference) {
        if (r->name.len)
            r->target = group_named(p, r->name);
        else if (r->number <= p->group_count)
            r->target = p->groups[r->number];
        if (!r->target)
            return ecma_refuse(p, r->at, "no such group");
    }
    return true;
}

bool ecma_parse(struct ecma_parser *p, struct ecma_branch **branches)
{
    if (p->len > ECMA_LENGTH_MAX)
        return ecma_refuse(p, ECMA_LENGTH_MAX, "the pattern is too long");
    for (size_t at = 0, n; at < p->len; at += n) {
        n = utf8_sequence(p->text + at, p->len - at);
        if (!n)
            return ecma_refuse(p, at, "the pattern is not UTF-8");
    }
    if (!parse_branches(p, branches))
        return false;
    if (p->at < p->len)
        return ecma_refuse(p, p->at, "unmatched closing parenthesis");
    return resolve_references(p);
}

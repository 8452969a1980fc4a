/* SPDX-License-Identifier: MIT */
/*
 * Splits a constraint into the conditions that must all hold (AND), each without its outer
 * parentheses. A condition of unknown form is ignored, since it can only restrict further. A CHECK
 * also passes when it is NULL, so a bound on a nullable column is a bound on its values other than
 * NULL.
 */
#include "lib/db/proof/checks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/slice.h"
#include "lib/db/sql/sqllex.h"

struct token {
    enum sql_kind kind;
    const char *text; /* unquoted */
};

/* A range of the statement's tokens, from `at` up to `end`. */
struct span {
    const struct token *at, *end;
};

struct check_reader {
    struct arena *arena;
    struct table *table;
    struct token *tokens;
    size_t count;
};

static void read_tokens(struct check_reader *r, const char *sql)
{
    r->tokens = arena_zalloc(r->arena, (strlen(sql) + 1) * sizeof(*r->tokens));
    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t)) {
        char *text = arena_alloc(r->arena, t.len + 1);

        sql_token_text(t, text);
        r->tokens[r->count++] = (struct token){t.kind, text};
    }
}

static bool is(struct span s, size_t i, const char *word)
{
    return s.at + i < s.end && s.at[i].kind != SQL_STRING && s.at[i].kind != SQL_NAME &&
           strcasecmp(s.at[i].text, word) == 0;
}

static size_t length(struct span s)
{
    return (size_t)(s.end - s.at);
}

/* Returns the column that token `i` names, or NULL if it names none or is a call. */
static struct table_column *column_at(struct check_reader *r, struct span s, size_t i)
{
    if (i >= length(s) || s.at[i].kind > SQL_NAME || is(s, i + 1, "("))
        return NULL;
    return tables_column(r->table, s.at[i].text);
}

/* Returns what is inside the parenthesis that token 0 opens; s.end may be far past its end. */
static struct span inside(struct span s)
{
    size_t depth = 0, i;

    for (i = 0; i < length(s); i++) {
        depth += is(s, i, "(");
        depth -= is(s, i, ")");
        if (!depth)
            break;
    }
    return (struct span){s.at + 1, s.at + i};
}

static struct span without_parentheses(struct span s)
{
    while (is(s, 0, "(") && inside(s).end == s.end - 1)
        s = inside(s);
    return s;
}

/* Cuts *rest at the first `word` outside of parentheses, except for the AND of a BETWEEN. */
static struct span cut(struct span *rest, const char *word)
{
    struct span head = *rest;
    size_t depth = 0, i, owed = 0;

    for (i = 0; i < length(head); i++) {
        depth += is(head, i, "(");
        depth -= is(head, i, ")");
        if (depth)
            continue;
        owed += is(head, i, "BETWEEN");
        if (owed && is(head, i, "AND"))
            owed--;
        else if (is(head, i, word))
            break;
    }
    rest->at = i < length(head) ? head.at + i + 1 : head.end;
    head.end = head.at + i;
    return head;
}

/* Reads a number in the form that JSON has; *used is the number of its tokens, 0 if there is
 * none. */
static const char *number_at(struct check_reader *r, struct span s, size_t i, size_t *used)
{
    bool is_negative = is(s, i, "-");
    size_t at = i + is_negative;
    const char *text = at < length(s) && s.at[at].kind == SQL_NUMBER ? s.at[at].text : "";
    size_t digits = strspn(text, "0123456789");
    size_t decimals = text[digits] == '.' ? strspn(text + digits + 1, "0123456789") : 0;
    bool is_plain =
        digits && (*text != '0' || digits == 1) && !text[decimals ? digits + 1 + decimals : digits];

    *used = is_plain ? 1u + is_negative : 0;
    return is_plain ? arena_printf(r->arena, "%s%s", is_negative ? "-" : "", text) : NULL;
}

static void bound(struct column_bounds *b, const char *sign, const char *number)
{
    if (*sign == '>' || *sign == '=') {
        b->minimum = number;
        b->is_above = strcmp(sign, ">") == 0;
    }
    if (*sign == '<' || *sign == '=') {
        b->maximum = number;
        b->is_below = strcmp(sign, "<") == 0;
    }
}

static void bound_length(struct column_bounds *b, const char *sign, const char *number)
{
    long long n = strchr(number, '.') ? -1 : atoll(number);

    if (n < 0)
        return;
    if (*sign == '>' || *sign == '=')
        b->min_length = n + (strcmp(sign, ">") == 0);
    if (*sign == '<' || *sign == '=')
        b->max_length = n > 0 ? n - (strcmp(sign, "<") == 0) : n;
}

/* Reads ('a', 'b') or (1, 2). */
static void read_choices(struct check_reader *r, struct table_column *column, struct span list)
{
    struct column_bounds b = {.choices =
                                  arena_alloc(r->arena, (length(list) + 1) * sizeof(char *))};

    while (length(list)) {
        struct span item = cut(&list, ",");
        size_t used = 0;
        bool is_text = length(item) == 1 && item.at->kind == SQL_STRING;
        const char *text = is_text ? item.at->text : number_at(r, item, 0, &used);

        if (!text || (!is_text && used != length(item)) ||
            (b.choice_count && is_text != b.has_text_choices))
            return;
        b.has_text_choices = is_text;
        b.choices[b.choice_count++] = text;
    }
    if (b.choice_count == 2 && !b.has_text_choices && column->kind == COLUMN_INTEGER &&
        atoll(b.choices[0]) + atoll(b.choices[1]) == 1 &&
        atoll(b.choices[0]) * atoll(b.choices[1]) == 0) {
        column->kind = COLUMN_BOOLEAN;
        return;
    }
    column->bounds.choices = b.choices;
    column->bounds.choice_count = b.choice_count;
    column->bounds.has_text_choices = b.has_text_choices;
}

/* Reads a comparison, of "FUNCTION(x)" or of "x", with what follows. */
static void read_comparison(struct check_reader *r, struct table_column *column,
                            const char *function, struct span s)
{
    static const char *const signs[] = {"<", "<=", ">", ">=", "=", "==", "<>", "!="};
    size_t sign = 0, used;
    const char *number;
    bool is_text = length(s) == 2 && s.at[1].kind == SQL_STRING;

    while (sign < 8 && !is(s, 0, signs[sign]))
        sign++;
    if (sign == 8)
        return;
    number = number_at(r, s, 1, &used);
    if (number && length(s) == 1 + used && sign < 6) {
        if (!*function)
            bound(&column->bounds, signs[sign], number);
        else if (strcasecmp(function, "length") == 0)
            bound_length(&column->bounds, signs[sign], number);
        else if (strcasecmp(function, "json_valid") == 0 && sign > 3 && strcmp(number, "1") == 0)
            column->kind = column->kind == COLUMN_TEXT ? COLUMN_JSON : column->kind;
    } else if (is_text && sign > 5 && !*s.at[1].text &&
               (!*function || strcasecmp(function, "trim") == 0)) {
        if (column->bounds.min_length < 1)
            column->bounds.min_length = 1;
    } else if (is_text && (sign == 4 || sign == 5) && strcasecmp(function, "json_type") == 0) {
        if (strcmp(s.at[1].text, "array") == 0)
            column->kind = COLUMN_ARRAY;
        if (strcmp(s.at[1].text, "object") == 0)
            column->kind = COLUMN_OBJECT;
    }
}

static void read_between(struct check_reader *r, struct table_column *column, const char *function,
                         struct span s)
{
    size_t low, high;
    const char *least = number_at(r, s, 0, &low);
    const char *most = least && is(s, low, "AND") ? number_at(r, s, low + 1, &high) : NULL;

    if (!most || length(s) != low + 1 + high)
        return;
    if (!*function) {
        bound(&column->bounds, ">=", least);
        bound(&column->bounds, "<=", most);
    } else if (strcasecmp(function, "length") == 0) {
        bound_length(&column->bounds, ">=", least);
        bound_length(&column->bounds, "<=", most);
    }
}

/* Reads one condition about one column, which must be `only` unless that is NULL. */
static void read_atom(struct check_reader *r, struct span s, const struct table_column *only)
{
    bool is_call = length(s) > 3 && s.at->kind == SQL_WORD && is(s, 1, "(") && is(s, 3, ")");
    struct table_column *column = column_at(r, s, is_call ? 2 : 0);
    const char *function = is_call ? s.at->text : "";
    struct span rest = {s.at + (is_call ? 4 : 1), s.end};

    if (!column || (only && column != only))
        return;
    if (!length(rest)) {
        if (strcasecmp(function, "json_valid") == 0 && column->kind == COLUMN_TEXT)
            column->kind = COLUMN_JSON;
    } else if (is(rest, 0, "IN") && is(rest, 1, "(") && !is_call) {
        rest.at++;
        if (inside(rest).end == rest.end - 1)
            read_choices(r, column, inside(rest));
    } else if (is(rest, 0, "BETWEEN")) {
        rest.at++;
        read_between(r, column, function, rest);
    } else {
        read_comparison(r, column, function, rest);
    }
}

static void read_condition(struct check_reader *r, struct span s, const struct table_column *only)
{
    struct span rest = s = without_parentheses(s), head = cut(&rest, "OR");

    if (length(rest)) { /* x IS NULL OR …: the rest holds for every x that is not NULL */
        const struct table_column *column = column_at(r, head, 0);

        if (column && length(head) == 3 && is(head, 1, "IS") && is(head, 2, "NULL") && !only &&
            length(cut(&(struct span){rest.at, rest.end}, "OR")) == length(rest))
            read_condition(r, rest, column);
        return;
    }
    rest = s;
    head = cut(&rest, "AND");
    if (!length(rest)) {
        read_atom(r, head, only);
        return;
    }
    read_condition(r, head, only);
    read_condition(r, rest, only);
}

/* Returns the only column that the span names, or NULL. */
static const char *only_column(struct check_reader *r, struct span s)
{
    const struct table_column *found = NULL;

    for (size_t i = 0; i < length(s); i++) {
        const struct table_column *column = column_at(r, s, i);

        if (column && found && column != found)
            return NULL;
        found = column ? column : found;
    }
    return found ? found->name : NULL;
}

void checks_read(const char *sql, struct arena *arena, struct table *t)
{
    struct check_reader r = {.arena = arena, .table = t};
    struct span all;

    read_tokens(&r, sql);
    all = (struct span){r.tokens, r.tokens + r.count};
    t->checks = arena_zalloc(arena, (r.count + 1) * sizeof(*t->checks));
    for (size_t i = 0; i + 1 < r.count; i++) {
        struct span check;

        if (!is(all, i, "CHECK") || !is(all, i + 1, "("))
            continue;
        check = inside((struct span){all.at + i + 1, all.end});
        if (i > 1 && is(all, i - 2, "CONSTRAINT"))
            t->checks[t->check_count++] =
                (struct table_check){r.tokens[i - 1].text, only_column(&r, check)};
        read_condition(&r, check, NULL);
    }
}

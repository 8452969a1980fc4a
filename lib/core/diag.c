/* SPDX-License-Identifier: MIT */
/* Findings are kept in the order in which they are added and sorted once, before they are printed:
 * passes over a document run one after another, but people read a file from top to bottom. The sort
 * must be stable and safe from quadratic time, so it is a merge sort. `where` stays one string, as
 * marks and parsers produce it; only the comparison and the JSON output split it. When DIAGS_MAX is
 * passed, one last item says so and later findings are only counted. */
#include "lib/core/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/json/jwrite.h"

static struct diag *keep_diag(struct diags *d, enum diag_level level, const char *where)
{
    struct diag *item;

    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 8;
        d->items = xreallocarray(d->items, d->room, sizeof(*d->items));
    }
    item = &d->items[d->count++];
    *item = (struct diag){.level = level, .where = where ? xstrdup(where) : NULL};
    return item;
}

/* Cuts a message that quotes too much at a character boundary and ends it in "…". */
static void shorten(char *text, size_t len)
{
    if (len <= DIAG_TEXT_MAX)
        return;
    len = DIAG_TEXT_MAX - strlen("…");
    while (len && (text[len] & 0xc0) == 0x80)
        len--;
    memcpy(text + len, "…", sizeof("…"));
}

static void print_into(struct diag *item, const char *format, va_list args)
{
    item->message = xvasprintf(format, args);
    shorten(item->message, strlen(item->message));
}

static void add_diag(struct diags *d, enum diag_level level, const char *where, const char *format,
                     va_list args)
{
    size_t found = ++*(level == DIAG_ERROR ? &d->errors : &d->warnings);

    assert(level == DIAG_ERROR || level == DIAG_WARNING);
    if (found <= DIAGS_MAX)
        print_into(keep_diag(d, level, where), format, args);
    else if (found == DIAGS_MAX + 1)
        keep_diag(d, level, NULL)->message =
            xasprintf("there are more %s than the %d shown",
                      level == DIAG_ERROR ? "errors" : "warnings", DIAGS_MAX);
}

void diag_error(struct diags *d, const char *where, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_diag(d, DIAG_ERROR, where, format, args);
    va_end(args);
}

void diag_warn(struct diags *d, const char *where, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_diag(d, DIAG_WARNING, where, format, args);
    va_end(args);
}

/* Removes ":123" from the end of the first *len bytes and returns the number, or 0 if there is
 * none. */
static unsigned long take_number(const char *where, size_t *len)
{
    size_t at = *len;

    while (at > 0 && where[at - 1] >= '0' && where[at - 1] <= '9')
        at--;
    if (at == *len || at == 0 || where[at - 1] != ':')
        return 0;
    *len = at - 1;
    return strtoul(where + at, NULL, 10);
}

/* Splits "file:line:col" or "file:line" and returns the file's length. Missing numbers are 0, so
 * that a finding on the file as a whole sorts before those on its lines. */
static size_t split_where(const char *where, unsigned long *line, unsigned long *col)
{
    size_t len = where ? strlen(where) : 0;

    *line = take_number(where, &len);
    *col = take_number(where, &len);
    if (*col) { /* both numbers were given: the one in front is the line */
        unsigned long last = *line;
        *line = *col;
        *col = last;
    }
    return len;
}

static int compare_places(const struct diag *a, const struct diag *b)
{
    unsigned long line_a, col_a, line_b, col_b;
    size_t len_a = split_where(a->where, &line_a, &col_a);
    size_t len_b = split_where(b->where, &line_b, &col_b);
    int order =
        strncmp(a->where ? a->where : "", b->where ? b->where : "", len_a < len_b ? len_a : len_b);

    if (order || len_a != len_b)
        return order ? order : (len_a < len_b ? -1 : 1);
    if (line_a != line_b)
        return line_a < line_b ? -1 : 1;
    return col_a == col_b ? 0 : col_a < col_b ? -1 : 1;
}

static bool is_same(const struct diag *a, const struct diag *b)
{
    return strcmp(a->where ? a->where : "", b->where ? b->where : "") == 0 &&
           strcmp(a->message, b->message) == 0;
}

/* Drops findings that repeat another: schemas are compiled for requests and for responses, and both
 * report them. */
static void drop_repeated(struct diags *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->count; i++) {
        bool is_repeated = false;

        for (size_t k = kept; k-- > 0 && compare_places(&d->items[k], &d->items[i]) == 0;)
            is_repeated |= is_same(&d->items[k], &d->items[i]);
        if (!is_repeated) {
            d->items[kept++] = d->items[i];
            continue;
        }
        d->errors -= d->items[i].level == DIAG_ERROR;
        d->warnings -= d->items[i].level == DIAG_WARNING;
        free(d->items[i].where);
        free(d->items[i].message);
    }
    d->count = kept;
}

/* Merges the two sorted halves of `items`, using `room` for scratch. Equal items keep their
 * order. */
static void merge(struct diag *items, size_t half, size_t count, struct diag *room)
{
    size_t a = 0, b = half;

    for (size_t i = 0; i < count; i++) {
        bool is_first = b == count || (a < half && compare_places(&items[a], &items[b]) <= 0);

        room[i] = items[is_first ? a++ : b++];
    }
    memcpy(items, room, count * sizeof(*items));
}

static void sort(struct diag *items, size_t count, struct diag *room)
{
    size_t half = count / 2;

    if (count < 2)
        return;
    sort(items, half, room);
    sort(items + half, count - half, room);
    if (compare_places(&items[half - 1], &items[half]) > 0)
        merge(items, half, count, room);
}

void diags_sort(struct diags *d)
{
    struct diag *room = xcalloc(d->count + 1, sizeof(*room));

    sort(d->items, d->count, room);
    free(room);
    drop_repeated(d);
}

void diags_print(const struct diags *d, FILE *out)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct diag *item = &d->items[i];

        fprintf(out, "%s%s%s%s\n", item->where ? item->where : "", item->where ? ": " : "",
                item->level == DIAG_WARNING ? "warning: " : "", item->message);
    }
}

static void put_number(struct buf *out, const char *name, unsigned long value)
{
    if (value)
        buf_printf(out, ",\"%s\":%lu", name, value);
    else
        buf_printf(out, ",\"%s\":null", name);
}

void diags_print_json(const struct diags *d, FILE *out)
{
    struct buf text = {0};

    buf_putc(&text, '[');
    for (size_t i = 0; i < d->count; i++) {
        const struct diag *item = &d->items[i];
        unsigned long line = 0, col = 0;
        size_t len = split_where(item->where, &line, &col);

        buf_printf(&text, "%s\n{\"level\":\"%s\",\"file\":", i ? "," : "",
                   item->level == DIAG_WARNING ? "warning" : "error");
        if (len)
            jwrite_string(&text, item->where, len);
        else
            buf_puts(&text, "null");
        put_number(&text, "line", line);
        put_number(&text, "column", col);
        buf_puts(&text, ",\"message\":");
        jwrite_string(&text, item->message, strlen(item->message));
        buf_putc(&text, '}');
    }
    fprintf(out, "%s%s]\n", buf_text(&text), d->count ? "\n" : "");
    buf_fini(&text);
}

void diags_fini(struct diags *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free(d->items[i].where);
        free(d->items[i].message);
    }
    free(d->items);
    *d = (struct diags){0};
}

/* SPDX-License-Identifier: MIT */
/*
 * Only a statement's outermost clauses are recognized, by keywords outside of parentheses;
 * expressions are not looked into. Text that SQLite would not accept is turned into text that it
 * does not accept either. Insertions contain no line feed, so line numbers stay valid.
 */
#include "lib/db/rowsec/rowsec_rewrite.h"

#include <strings.h>

#include "lib/db/sql/sqlhead.h"

struct rewriter {
    const char *from; /* what follows is not yet copied */
    struct rewrite *out;
    const struct owned_table *table;
    struct buf row; /* the name of the current row: `main.todos` or its alias */
    bool is_barrier;
    bool is_full;
};

static const struct owned_table *find_table(const struct owned_table *tables, size_t count,
                                            struct sql_token name)
{
    for (size_t i = 0; name.len && i < count; i++)
        if (sql_token_names(name, tables[i].name))
            return &tables[i];
    return NULL;
}

static void copy_until(struct rewriter *w, const char *at)
{
    buf_put(&w->out->sql, w->from, (size_t)(at - w->from));
    w->from = at;
}

/* Records what was appended since `start` as an insertion. */
static void note_splice(struct rewriter *w, size_t start)
{
    struct rewrite *r = w->out;

    if (r->insertion_count == REWRITE_INSERTIONS_MAX) {
        w->is_full = true;
        return;
    }
    r->insertions[r->insertion_count].at = start;
    r->insertions[r->insertion_count++].len = r->sql.len - start;
}

static void insert(struct rewriter *w, const char *at, const char *text)
{
    copy_until(w, at);
    buf_puts(&w->out->sql, text);
    note_splice(w, w->out->sql.len - strlen(text));
}

static void put_quoted(struct buf *out, const char *text, char quote, const char *after)
{
    buf_putc(out, quote);
    for (; *text; text++) {
        if (*text == quote)
            buf_putc(out, quote);
        buf_putc(out, *text);
    }
    buf_printf(out, "%c%s", quote, after);
}

static void put_owner(struct rewriter *w, const char *before, const char *after)
{
    buf_printf(&w->out->sql, "%s%s.", before, buf_text(&w->row));
    put_quoted(&w->out->sql, w->table->column, '"', after);
}

/* Writes the condition that the current row is the caller's: all of it, or the part before the
 * author's own condition, which close_condition() completes. */
static void open_condition(struct rewriter *w, const char *at, bool inserts, bool is_whole)
{
    struct buf *out = &w->out->sql;
    size_t start;

    copy_until(w, at);
    start = out->len;
    buf_puts(out, is_whole ? " WHERE " : " ");
    put_owner(w, inserts ? "leat_own(" : "(", inserts ? ", " : " = leat_sub())");
    if (inserts)
        put_quoted(out, w->table->name, '\'', ")");
    if (!is_whole && w->is_barrier)
        put_owner(w, " AND CASE WHEN (", " = leat_sub()) THEN (");
    else if (!is_whole)
        buf_puts(out, " AND (");
    note_splice(w, start);
}

static void close_condition(struct rewriter *w, const char *at)
{
    insert(w, at, w->is_barrier ? ") END" : ")");
}

/* Returns true for a token that ends the clauses around WHERE. ON ends those of an upsert, but
 * joins tables in an UPDATE. */
static bool is_end(struct sql_token t, bool inserts)
{
    return !t.len || sql_token_is(t, "RETURNING") || sql_token_is(t, "ORDER") ||
           sql_token_is(t, "LIMIT") || sql_token_is(t, ";") || (inserts && sql_token_is(t, "ON"));
}

/* Adds the owner to the condition of an UPDATE or DELETE whose table ends at `last`, or of a DO
 * UPDATE that ends at `last`. Insertions go right after a token and never after a comment, which
 * would swallow them. Returns the token that ends the clauses. */
static struct sql_token restrict_rows(struct rewriter *w, struct sql_token last, bool inserts)
{
    struct sql_token t = sql_token_next(last);
    bool has_where = false;
    int depth = 0;

    for (; depth > 0 ? t.len > 0 : !is_end(t, inserts); last = t, t = sql_token_next(t)) {
        depth += sql_token_is(t, "(");
        depth -= sql_token_is(t, ")");
        if (depth || has_where || !sql_token_is(t, "WHERE"))
            continue;
        has_where = true;
        open_condition(w, t.at + t.len, inserts, false);
    }
    if (has_where)
        close_condition(w, last.at + last.len);
    else
        open_condition(w, last.at + last.len, inserts, true);
    return t;
}

/* Restricts each DO UPDATE of an INSERT. */
static void restrict_upserts(struct rewriter *w, struct sql_token t)
{
    while (t.len) {
        struct sql_token after = sql_token_is(t, "(") ? sql_token_skip(t) : sql_token_next(t);
        bool is_update = sql_token_is(t, "DO") && sql_token_is(after, "UPDATE");

        t = is_update ? restrict_rows(w, after, true) : after;
    }
}

/* Names the row: by its alias if there is one, since that hides the table's name. Returns the
 * name's last token. */
static struct sql_token name_row(struct rewriter *w, struct sql_token target)
{
    struct sql_token as = sql_token_next(target), alias = sql_token_next(as);

    if (!sql_token_is(as, "AS")) {
        buf_puts(&w->row, "main.");
        buf_put(&w->row, target.at, target.len);
        return target;
    }
    buf_put(&w->row, alias.at, alias.len);
    return alias;
}

bool rewrite_statement(const char *sql, const struct owned_table *tables, size_t count,
                       bool is_barrier, struct rewrite *out)
{
    struct rewriter w = {.from = sql, .out = out, .is_barrier = is_barrier};
    struct sql_head head = sql_head_of(sql, &dialect_sqlite);
    struct sql_token target = head.target, last;

    *out = (struct rewrite){0};
    w.table = find_table(tables, count, target);
    if (w.table && !sql_token_is(sql_token_next(target), ".")) {
        insert(&w, target.at, "main.");
        last = name_row(&w, target);
        if (head.verb == SQL_INSERT)
            restrict_upserts(&w, sql_token_next(last));
        else
            restrict_rows(&w, last, false);
    }
    buf_puts(&out->sql, w.from);
    buf_text(&out->sql);
    buf_fini(&w.row);
    return !w.is_full;
}

int rewrite_origin(const struct rewrite *r, int offset)
{
    size_t at = (size_t)offset, inserted = 0;

    if (offset < 0)
        return offset;
    for (size_t i = 0; i < r->insertion_count && r->insertions[i].at <= at; i++) {
        size_t into = at - r->insertions[i].at;

        inserted += into < r->insertions[i].len ? into : r->insertions[i].len;
    }
    return (int)(at - inserted);
}

void rewrite_fini(struct rewrite *r)
{
    buf_fini(&r->sql);
}

/* Returns true for leat_*, quoted or not. The prefix has no character that quoting would double. */
static bool is_reserved(struct sql_token t)
{
    static const char prefix[] = "leat_";
    size_t len = strlen(prefix), quote = t.kind == SQL_NAME;

    return (quote || t.kind == SQL_WORD) && t.len > len + quote &&
           strncasecmp(t.at + quote, prefix, len) == 0;
}

bool rewrite_allows(const char *sql, struct fault *fault)
{
    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite), after; t.len; t = after) {
        after = sql_token_next(t);
        if ((sql_token_names(t, "main") || sql_token_names(t, "temp")) && sql_token_is(after, "."))
            return fault_set_at(fault, (size_t)(t.at - sql),
                                "the schema names main and temp are not allowed; write the table "
                                "name alone");
        if (is_reserved(t) && sql_token_is(after, "("))
            return fault_set_at(fault, (size_t)(t.at - sql),
                                "the functions leat_*() are reserved; use :_sub for the caller");
    }
    return true;
}

/* SPDX-License-Identifier: MIT */
#include "t/lib/db/rowsec/sql_random.h"

static unsigned below(struct sql_random *r, unsigned n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (unsigned)(r->state >> 33) % n;
}

static bool chance(struct sql_random *r, unsigned percent)
{
    return below(r, 100) < percent;
}

#define PICK(r, list) (list)[below((r), sizeof(list) / sizeof(*(list)))]

/* The sources for FROM; all but tags have id, and all have n and a text. */
static const struct source {
    const char *name, *text;
    bool has_id, has_meta;
} sources[] = {{"notes", "title", true, true},   {"notes", "title", true, true},
               {"lists", "name", true, false},   {"tags", "tag", false, false},
               {"free", "title", true, false},   {"big", "title", true, true},
               {"parsed", "title", true, false}, {"full", "title", true, false},
               {"pairs", "title", true, false}};

static void put_select(struct sql_random *r, struct buf *out, bool is_scalar);
static void put_condition(struct sql_random *r, struct buf *out, const struct source *s,
                          const char *alias);

/* Appends a number that depends on the row. */
static void put_number(struct sql_random *r, struct buf *out, const struct source *s,
                       const char *alias)
{
    switch (below(r, 8)) {
    case 0:
        buf_printf(out, "%u", below(r, 9));
        return;
    case 1:
        buf_printf(out, "abs(%s.n)", alias);
        return;
    case 2:
        buf_printf(out, "length(%s.%s)", alias, s->text);
        return;
    case 3:
        buf_printf(out, s->has_meta ? "json_extract(%s.meta, '$.a')" : "%s.n", alias);
        return;
    case 4:
        buf_printf(out, s->has_meta ? "(%s.meta ->> 'a')" : "%s.n", alias);
        return;
    case 5:
        buf_printf(out, s->has_id ? "%s.id" : "%s.n", alias);
        return;
    case 6:
        if (r->depth < 3) {
            buf_putc(out, '(');
            put_select(r, out, true);
            buf_putc(out, ')');
            return;
        }
        /* fall through */
    default:
        buf_printf(out, "%s.n", alias);
    }
}

static void put_atom(struct sql_random *r, struct buf *out, const struct source *s,
                     const char *alias)
{
    static const char *const signs[] = {"=", "<", ">", "<=", "<>", "IS", "IS NOT"};

    switch (below(r, 7)) {
    case 0:
        buf_printf(out, "%s.%s LIKE '%%%u%%'", alias, s->text, below(r, 9));
        return;
    case 1:
        buf_printf(out, "%s.%s GLOB '*%c*'", alias, s->text, "sb1e"[below(r, 4)]);
        return;
    case 2:
        if (r->depth < 3) {
            buf_printf(out, "%s.n %sIN (", alias, chance(r, 30) ? "NOT " : "");
            put_select(r, out, true);
            buf_putc(out, ')');
            return;
        }
        /* fall through */
    case 3:
        if (s->has_meta && chance(r, 50)) {
            buf_printf(out, "json_valid(%s.meta)", alias);
            return;
        }
        /* fall through */
    default:
        put_number(r, out, s, alias);
        buf_printf(out, " %s ", PICK(r, signs));
        put_number(r, out, s, alias);
    }
}

static void put_condition(struct sql_random *r, struct buf *out, const struct source *s,
                          const char *alias)
{
    unsigned kind = below(r, 10);

    r->depth++;
    if (kind < 2 && r->depth < 4) {
        buf_putc(out, '(');
        put_condition(r, out, s, alias);
        buf_puts(out, kind ? " OR " : " AND ");
        put_condition(r, out, s, alias);
        buf_putc(out, ')');
    } else if (kind == 2 && r->depth < 4) {
        buf_puts(out, "NOT (");
        put_condition(r, out, s, alias);
        buf_putc(out, ')');
    } else if (kind == 3 && r->depth < 3) {
        buf_puts(out, "EXISTS (");
        put_select(r, out, true);
        buf_putc(out, ')');
    } else if (kind == 4 && s->has_id) { /* a key for each side: the rest precedes the owner */
        buf_printf(out, "(%s.id = %u OR (%s.id = %u AND ", alias, below(r, 30), alias,
                   below(r, 30));
        put_atom(r, out, s, alias);
        buf_puts(out, "))");
    } else {
        put_atom(r, out, s, alias);
    }
    r->depth--;
}

static const struct source *put_source(struct sql_random *r, struct buf *out, const char *alias)
{
    const struct source *s = &PICK(r, sources);

    if (chance(r, 15))
        buf_printf(out, "(SELECT * FROM %s) AS %s", s->name, alias);
    else
        buf_printf(out, "%s AS %s", s->name, alias);
    return s;
}

/* Joins another source as `b`. */
static void put_join(struct sql_random *r, struct buf *out)
{
    static const char *const kinds[] = {" JOIN ", " LEFT JOIN ", " FULL JOIN ", " RIGHT JOIN "};
    static const char *const naturals[] = {" NATURAL JOIN ", " NATURAL FULL JOIN ",
                                           " NATURAL LEFT JOIN "};

    if (chance(r, 20)) {
        buf_puts(out, PICK(r, naturals));
        buf_puts(out, "(SELECT n, 'x' AS x FROM notes) AS b");
        return;
    }
    buf_puts(out, PICK(r, kinds));
    put_source(r, out, "b");
    buf_puts(out, chance(r, 50) ? " USING (n)" : " ON a.n = b.n");
}

/* Appends a SELECT of one column if scalar, else of three. */
static void put_select(struct sql_random *r, struct buf *out, bool is_scalar)
{
    static const char *const totals[] = {"count(*)", "sum(a.n)", "max(a.n)", "min(a.n)",
                                         "total(a.n)"};
    bool is_grouped = !is_scalar && chance(r, 20);
    const struct source *s;
    struct buf from = {0};

    r->depth++;
    s = put_source(r, &from, "a");
    if (chance(r, 35))
        put_join(r, &from);
    if (is_scalar)
        buf_printf(out, "SELECT %s FROM %s", PICK(r, totals), buf_text(&from));
    else if (is_grouped)
        buf_printf(out, "SELECT a.n AS x, count(*) AS y, min(a.%s) AS z FROM %s", s->text,
                   buf_text(&from));
    else if (chance(r, 10))
        buf_printf(out, "SELECT a.n AS x, a.%s AS y, count(*) OVER () AS z FROM %s", s->text,
                   buf_text(&from));
    else {
        buf_printf(out, "SELECT %sa.%s AS x, ", chance(r, 20) ? "DISTINCT " : "", s->text);
        put_number(r, out, s, "a");
        buf_printf(out, " AS y, a.n AS z FROM %s", buf_text(&from));
    }
    if (chance(r, 70)) {
        buf_puts(out, " WHERE ");
        put_condition(r, out, s, "a");
    }
    if (is_grouped)
        buf_puts(out, " GROUP BY a.n");
    buf_fini(&from);
    r->depth--;
}

static void put_query(struct sql_random *r, struct buf *out)
{
    static const char *const sets[] = {" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT "};
    struct buf one = {0};

    if (chance(r, 15))
        buf_puts(out, "WITH notes AS (SELECT * FROM notes WHERE n > 1) ");
    put_select(r, &one, false);
    buf_puts(out, buf_text(&one));
    if (chance(r, 15)) {
        buf_puts(out, PICK(r, sets));
        one.len = 0;
        put_select(r, &one, false);
        buf_puts(out, buf_text(&one));
    }
    buf_fini(&one);
}

static const struct source note = {"notes", "title", true, true};
static const struct source tag = {"tags", "tag", false, false};

static const char *row_name(struct sql_random *r, struct buf *out, const char *table)
{
    if (!chance(r, 30)) {
        buf_puts(out, table);
        return table;
    }
    buf_printf(out, "%s AS a", table);
    return "a";
}

static void put_where(struct sql_random *r, struct buf *out, const struct source *s,
                      const char *alias)
{
    if (chance(r, 15))
        return;
    buf_puts(out, chance(r, 10) ? " -- a comment\n WHERE " : " WHERE ");
    put_condition(r, out, s, alias);
}

static void put_returning(struct sql_random *r, struct buf *out, const struct source *s)
{
    if (chance(r, 50))
        buf_printf(out, " RETURNING %s, n, (SELECT count(*) FROM lists) AS lists", s->text);
}

static void put_update(struct sql_random *r, struct buf *out, const struct source *s)
{
    const char *name;

    buf_puts(out, chance(r, 20) ? "UPDATE OR IGNORE " : "UPDATE ");
    name = row_name(r, out, s->name);
    buf_puts(out, chance(r, 50) ? " SET n = n % 7 + 1" : " SET n = (SELECT count(*) FROM lists)");
    if (s->has_meta && chance(r, 30))
        buf_puts(out, ", meta = json_set(meta, '$.a', 3)");
    if (chance(r, 20))
        buf_printf(out, " FROM (SELECT count(*) AS c FROM %s) AS x", PICK(r, sources).name);
    put_where(r, out, s, name);
    put_returning(r, out, s);
}

static void put_delete(struct sql_random *r, struct buf *out, const struct source *s)
{
    const char *name;

    buf_puts(out, "DELETE FROM ");
    name = row_name(r, out, s->name);
    put_where(r, out, s, name);
    put_returning(r, out, s);
    if (s->has_id && chance(r, 40))
        buf_printf(out, " ORDER BY id LIMIT %u", 1 + below(r, 3));
}

static void put_upsert(struct sql_random *r, struct buf *out, const char *key,
                       const struct source *s)
{
    switch (below(r, 4)) {
    case 0:
        break;
    case 1:
        buf_puts(out, " ON CONFLICT DO NOTHING");
        break;
    default:
        buf_printf(out, " ON CONFLICT (%s) DO UPDATE SET n = coalesce(excluded.n, 0) %% 5 + 1",
                   key);
        put_where(r, out, s, s->name);
    }
}

static void put_insert(struct sql_random *r, struct buf *out, const struct source *s)
{
    unsigned fresh = 2 * ++r->fresh + 1000;

    buf_puts(out, chance(r, 20) ? "INSERT OR IGNORE INTO " : "INSERT INTO ");
    if (!s->has_id) {
        buf_printf(out, "tags (owner_id, tag, n) VALUES ('u1', '%c', %u)", 'a' + (int)below(r, 9),
                   below(r, 9));
        put_upsert(r, out, "owner_id, tag", s);
    } else if (chance(r, 60)) {
        buf_printf(out,
                   "notes (id, owner_id, title, n, meta) VALUES (%u, 'u1', 'b%u', %u,"
                   " json_object('a', %u))",
                   fresh, below(r, 30), below(r, 9), below(r, 5));
        put_upsert(r, out, "owner_id, title", s);
    } else {
        buf_printf(out,
                   "notes (id, owner_id, title, n, meta) SELECT a.id * 1000000 + %u, owner_id,"
                   " title || '%u', n, meta FROM notes AS a",
                   fresh, fresh);
        put_where(r, out, s, "a");
        buf_puts(out, " ORDER BY id LIMIT 2");
    }
    put_returning(r, out, s);
}

bool sql_random_statement(struct sql_random *r, struct buf *out)
{
    const struct source *s = chance(r, 75) ? &note : &tag;

    r->depth = 0;
    switch (below(r, 12)) {
    case 0:
    case 1:
        put_update(r, out, s);
        return true;
    case 2:
        put_delete(r, out, s);
        return true;
    case 3:
    case 4:
        put_insert(r, out, s);
        return true;
    default:
        put_query(r, out);
        return false;
    }
}

void sql_random_probe(struct sql_random *r, const char *table, const char *column, struct buf *out)
{
    static const char *const forms[] = {
        "SELECT # AS x FROM @",
        "SELECT * FROM @",
        "SELECT # AS x FROM (SELECT NULL AS #) a FULL JOIN @ USING (#)",
        "SELECT * FROM (SELECT NULL AS #) a NATURAL FULL JOIN @",
        "SELECT max(#) AS x FROM (SELECT NULL AS #) a LEFT JOIN @ b USING (#)",
        "SELECT * FROM @ a FULL JOIN @ b USING (#)",
        "WITH x AS (SELECT * FROM @) SELECT * FROM x NATURAL JOIN @",
        "SELECT group_concat(quote(#)) AS x FROM (SELECT * FROM @)",
        "SELECT (SELECT # FROM @ LIMIT 1) AS x",
        "SELECT * FROM seen",
        "SELECT # AS x FROM seen",
        "SELECT * FROM deep NATURAL FULL JOIN @",
        "SELECT # AS x FROM \"@\" NATURAL FULL JOIN seen",
        "SELECT json_group_array(#) AS x FROM [@] FULL JOIN deep USING (#)",
        "SELECT a.* FROM (VALUES (1)) LEFT JOIN @ a ON 1",
        "SELECT count(*) AS x, # AS y FROM @ GROUP BY 2 HAVING # > ''",
        "SELECT * FROM indexed WHERE indexed MATCH 's3cret'",
        "SELECT * FROM indexed_data",
        "SELECT hex(block) AS x FROM indexed_data",
        "UPDATE free SET title = (SELECT # FROM @) RETURNING title",
        "INSERT INTO free (title) SELECT # FROM @ RETURNING title",
        "INSERT INTO free (title) SELECT # FROM (SELECT 1 AS #) FULL JOIN @ USING (#)"
        " RETURNING title",
        "DELETE FROM free WHERE id IN (SELECT 1 FROM @ WHERE # > '') RETURNING title",
    };

    /* @ is the table, # the column */
    for (const char *at = PICK(r, forms); *at; at++) {
        if (*at == '@' || *at == '#')
            buf_puts(out, *at == '@' ? table : column);
        else
            buf_putc(out, *at);
    }
}

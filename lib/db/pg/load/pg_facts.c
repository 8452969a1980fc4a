/* SPDX-License-Identifier: MIT */
/* All columns, or all parameters, of a statement are looked up in one query. NULLs are told by
 * origin alone: a column that comes straight from a table's is as that is declared, and what else
 * can be NULL is unknown. Guessing from the plan is wrong in both directions. */
#include "lib/db/pg/load/pg_facts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/memory.h"
#include "lib/schema/schema.h"

enum { JSON_DEPTH = 4 };

enum { FACT_TYPE, FACT_BASE, FACT_KIND, FACT_CATEGORY, FACT_LABELS, FACT_NOT_NULL, FACT_COUNT };

static const char query[] =
    "WITH RECURSIVE u AS (SELECT * FROM unnest($1::oid[], $2::int4[], $3::oid[], $4::int2[])"
    "  WITH ORDINALITY AS u (type, mod, rel, att, n)),"
    " chain AS (SELECT n, type AS at FROM u UNION ALL SELECT c.n, t.typbasetype FROM chain c"
    "  JOIN pg_catalog.pg_type t ON t.oid = c.at AND t.typtype = 'd')"
    " SELECT pg_catalog.format_type(u.type, u.mod), b.typname, b.typtype, b.typcategory,"
    "  (SELECT pg_catalog.json_agg(enumlabel ORDER BY enumsortorder) FROM pg_catalog.pg_enum"
    "   WHERE enumtypid = b.oid),"
    /* A table whose children may lack the constraint tells nothing, and neither does a view. */
    "  CASE WHEN c.relkind IN ('p', 'f') OR c.relkind = 'r' AND NOT c.relhassubclass"
    "   THEN a.attnotnull END"
    " FROM u JOIN chain ON chain.n = u.n"
    " JOIN pg_catalog.pg_type b ON b.oid = chain.at AND b.typtype <> 'd'"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = u.rel AND a.attnum = u.att"
    " LEFT JOIN pg_catalog.pg_class c ON c.oid = u.rel ORDER BY u.n";

enum {
    TEXTS = SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT, /* text may hold JSON */
    NUMBERS = SCHEMA_INTEGER | SCHEMA_NUMBER,
    VALUES = SCHEMA_ANY & ~SCHEMA_NULL,
};

/* What values a type gives, and takes from a client: the JSON types that fit, and the bounds of
 * integers. */
static const struct pg_type_facts {
    const char *name;
    int gives, takes;
    int64_t min, max; /* both 0: none */
} types[] = {
    {"bool", SCHEMA_BOOLEAN, SCHEMA_BOOLEAN, 0, 0},
    {"int2", NUMBERS | SCHEMA_STRING, SCHEMA_INTEGER, INT16_MIN, INT16_MAX},
    {"int4", NUMBERS | SCHEMA_STRING, SCHEMA_INTEGER, INT32_MIN, INT32_MAX},
    {"int8", NUMBERS | SCHEMA_STRING, SCHEMA_INTEGER, 0, 0},
    {"numeric", NUMBERS | SCHEMA_STRING, NUMBERS | SCHEMA_STRING, 0, 0},
    {"float4", NUMBERS, NUMBERS, 0, 0},
    {"float8", NUMBERS, NUMBERS, 0, 0},
    {"text", TEXTS, VALUES, 0, 0},
    {"varchar", TEXTS, VALUES, 0, 0},
    {"bpchar", TEXTS, VALUES, 0, 0},
    {"json", SCHEMA_ANY, VALUES & ~SCHEMA_STRING, 0, 0},
    {"jsonb", SCHEMA_ANY, VALUES & ~SCHEMA_STRING, 0, 0},
};
static const struct pg_type_facts others = {"", SCHEMA_STRING, SCHEMA_STRING, 0, 0};

static const struct pg_type_facts *facts_of(const char *base)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(types[i].name, base) == 0)
            return &types[i];
    return &others;
}

/* Returns what a value of this kind is that has no form in JSON, or NULL. */
static const char *strange_kind(const PGresult *facts, int i)
{
    const char *kind = pg_text(facts, i, FACT_KIND);

    if (*pg_text(facts, i, FACT_CATEGORY) == 'A')
        return "an array";
    if (*kind == 'c' || strcmp(pg_text(facts, i, FACT_BASE), "record") == 0)
        return "a row";
    return *kind == 'r' || *kind == 'm' ? "a range" : NULL;
}

static struct json_object *labels_of(const PGresult *facts, int i)
{
    const char *text = pg_text(facts, i, FACT_LABELS);
    struct json_object *labels = NULL;
    struct jread_fault ignored;

    if (text)
        jread_text(text, strlen(text), JSON_DEPTH, NULL, &labels, &ignored);
    return labels;
}

static PGresult *ask_facts(struct pg_session *s, struct buf lists[4], struct fault *fault)
{
    for (int i = 0; i < 4; i++) {
        if (!lists[i].len)
            buf_putc(&lists[i], '{');
        buf_putc(&lists[i], '}');
    }
    return pg_session_ask(s, fault, query, buf_text(&lists[0]), buf_text(&lists[1]),
                          buf_text(&lists[2]), buf_text(&lists[3]), PG_END);
}

static void add_number(struct buf *list, long long number)
{
    buf_printf(list, "%c%lld", list->len ? ',' : '{', number);
}

static bool read_column(const PGresult *facts, int i, const char *name, bool is_weak,
                        struct proof *out, struct fault *fault)
{
    const char *type = pg_text(facts, i, FACT_TYPE), *not_null = pg_text(facts, i, FACT_NOT_NULL);
    const char *strange = strange_kind(facts, i), *base = pg_text(facts, i, FACT_BASE);
    struct json_object *labels = labels_of(facts, i);

    out->columns[i] = xstrdup(name);
    out->declared[i] = xstrdup(type);
    out->types[i] = facts_of(base)->gives;
    out->is_nullable[i] = not_null && *not_null == 'f';
    out->is_never_null[i] = not_null && *not_null == 't' && !is_weak;
    out->column_count = i + 1;
    if (*pg_text(facts, i, FACT_CATEGORY) == 'S')
        json_object_array_add(out->texts, json_object_new_string(name));
    if (labels && !out->labels)
        out->labels = json_object_new_object();
    if (labels)
        json_object_object_add(out->labels, name, labels);
    if (strange)
        return fault_set(fault, "the column %s is %s (%s); use to_jsonb() on it", name, strange,
                         type);
    if (strcmp(base, "void") == 0)
        return fault_set(fault, "the column %s has no value (void)", name);
    return true;
}

bool pg_facts_columns(struct pg_session *s, const PGresult *described, bool is_weak,
                      struct proof *out, struct fault *fault)
{
    struct buf lists[4] = {0};
    PGresult *facts;
    bool ok;

    if (PQnfields(described) > PROOF_COLUMNS_MAX)
        return fault_set(fault, "too many result columns");
    for (int i = 0; i < PQnfields(described); i++) {
        add_number(&lists[0], PQftype(described, i));
        add_number(&lists[1], PQfmod(described, i));
        add_number(&lists[2], PQftable(described, i));
        add_number(&lists[3], PQftablecol(described, i));
    }
    facts = ask_facts(s, lists, fault);
    out->texts = json_object_new_array();
    ok = facts != NULL;
    for (int i = 0; ok && i < PQntuples(facts); i++)
        ok = read_column(facts, i, PQfname(described, i), is_weak, out, fault);
    PQclear(facts);
    for (int i = 0; i < 4; i++)
        buf_fini(&lists[i]);
    return ok;
}

static struct json_object *parameter_of(const PGresult *facts, int i)
{
    const struct pg_type_facts *t = facts_of(pg_text(facts, i, FACT_BASE));
    struct json_object *out = json_object_new_object();

    jput_text(out, "type", pg_text(facts, i, FACT_TYPE));
    json_object_object_add(out, "takes",
                           json_object_new_int(strange_kind(facts, i) ? 0 : t->takes));
    if (t->max) {
        json_object_object_add(out, "min", json_object_new_int64(t->min));
        json_object_object_add(out, "max", json_object_new_int64(t->max));
    }
    if (pg_text(facts, i, FACT_LABELS))
        json_object_object_add(out, "labels", labels_of(facts, i));
    return out;
}

bool pg_facts_parameters(struct pg_session *s, const PGresult *described, struct proof *out,
                         struct fault *fault)
{
    struct buf lists[4] = {0};
    PGresult *facts;

    for (int i = 0; i < PQnparams(described); i++) {
        add_number(&lists[0], PQparamtype(described, i));
        add_number(&lists[1], -1);
        add_number(&lists[2], 0);
        add_number(&lists[3], 0);
    }
    facts = ask_facts(s, lists, fault);
    out->parameters = json_object_new_array();
    for (int i = 0; i < PQntuples(facts); i++)
        json_object_array_add(out->parameters, parameter_of(facts, i));
    PQclear(facts);
    for (int i = 0; i < 4; i++)
        buf_fini(&lists[i]);
    return facts != NULL;
}

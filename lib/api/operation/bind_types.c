/* SPDX-License-Identifier: MIT */
/* Compares the types that the database has inferred for a statement's parameters, where it does,
 * with the schemas of the values that clients send for them. A value that a schema allows and the
 * database refuses is an error of the client (422) only then, and one that cannot be is a mistake of
 * the document. Whether a schema allows a value is asked with that value, since a schema can be
 * anything. */
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/core/json/jget.h"

#define INT_2_33 (INT64_C(1) << 33)

/* A parameter of a statement: what the database says of it, and the schema of its values. */
struct typed_value {
    struct binder *b;
    struct json_object *fact; /* prover.h: struct proof */
    const struct schema *schema;
    const char *name, *type;
    struct name_place place;
};

/* Returns where the document uses the value. */
static const char *where_of(const struct typed_value *t)
{
    return bind_inputs_place(&t->b->inputs, t->place);
}

static bool accepts(const struct schema *s, const struct jvalue *value)
{
    struct budget budget = budget_endless();

    return schema_check(s, value, "", "", &budget, NULL);
}

static bool accepts_text(const struct schema *s, const char *text)
{
    struct jvalue value = {.type = JSTRING, .size = (uint32_t)strlen(text), .text = text};

    return accepts(s, &value);
}

/* Sets *witness to an integer that the schema allows and the type does not hold. */
static bool is_too_wide(const struct typed_value *t, int64_t *witness)
{
    int64_t min = jget_int(t->fact, "min"), max = jget_int(t->fact, "max");
    const int64_t candidates[] = {max + 1, INT_2_33, INT64_MAX, min - 1, -INT_2_33, INT64_MIN};

    for (size_t i = 0; i < sizeof(candidates) / sizeof(*candidates); i++) {
        struct jvalue value = {.type = JINTEGER, .integer = candidates[i]};

        *witness = candidates[i];
        if (accepts(t->schema, &value))
            return true;
    }
    return false;
}

static bool is_label(struct json_object *labels, struct slice text)
{
    for (size_t i = 0; i < json_object_array_length(labels); i++) {
        struct slice label = slice_of(json_object_get_string(json_object_array_get_idx(labels, i)));

        if (label.len == text.len && memcmp(label.data, text.data, text.len) == 0)
            return true;
    }
    return false;
}

static void check_labels(const struct typed_value *t, struct json_object *labels)
{
    const struct jvalue *choices;
    size_t count = schema_choices(t->schema, &choices);

    for (size_t i = 0; i < count; i++)
        if (choices[i].type == JSTRING && !is_label(labels, jvalue_text(&choices[i])))
            diag_error(t->b->diags, where_of(t),
                       "%s: :%s can be '%.*s' by its schema, which is no label of %s", t->b->op->id,
                       t->name, (int)choices[i].size, choices[i].text, t->type);
    if (!count)
        diag_warn(t->b->diags, where_of(t),
                  "%s: :%s takes only the labels of %s; give its schema that enum", t->b->op->id,
                  t->name, t->type);
}

/* Warns of text without a format where the type has one. */
static void check_format(const struct typed_value *t)
{
    static const struct {
        const char *type, *format;
    } rows[] = {{"uuid", "uuid"}, {"date", "date"}, {"timestamp with time zone", "date-time"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].type, t->type) == 0 && accepts_text(t->schema, "leat"))
            diag_warn(t->b->diags, where_of(t),
                      "%s: :%s is %s, but its schema allows any text; add format: %s", t->b->op->id,
                      t->name, t->type, rows[i].format);
}

/* Compares the JSON types. Returns false after a finding. */
static bool check_kind(const struct typed_value *t)
{
    int takes = (int)jget_int(t->fact, "takes"), gives = schema_types(t->schema) & ~SCHEMA_NULL;
    struct arena *arena = t->b->arena;
    struct diags *diags = t->b->diags;
    const char *id = t->b->op->id;

    if (!takes)
        diag_error(diags, where_of(t),
                   "%s: :%s is %s, which no value of a request is; take jsonb and use "
                   "jsonb_array_elements()",
                   id, t->name, t->type);
    else if (!(gives & takes))
        diag_error(diags, where_of(t), "%s: :%s is %s in the statement, but its schema says %s", id,
                   t->name, t->type, schema_type_names(arena, gives));
    else if (gives & ~takes)
        diag_warn(diags, where_of(t),
                  "%s: :%s is %s in the statement, but its schema also allows %s", id, t->name,
                  t->type, schema_type_names(arena, gives & ~takes));
    return !(gives & ~takes);
}

static void check_value(const struct typed_value *t)
{
    struct json_object *labels = jget(t->fact, "labels");
    int64_t witness;

    if (!check_kind(t))
        return;
    if (labels)
        check_labels(t, labels);
    else if (jget(t->fact, "max") && is_too_wide(t, &witness))
        diag_warn(t->b->diags, where_of(t),
                  "%s: :%s can be %lld by its schema, but %s ends at %lld", t->b->op->id, t->name,
                  (long long)witness, t->type,
                  (long long)jget_int(t->fact, witness > 0 ? "max" : "min"));
    else
        check_format(t);
}

static const struct schema *schema_of(const struct operation *op, const struct input *input)
{
    if (input->from == INPUT_PARAMETER)
        return op->parameters[input->index].field.schema;
    return input->from == INPUT_PROPERTY ? bind_inputs_property(op, input->argument) : NULL;
}

void bind_types(struct binder *b, struct json_object *record, const struct plan_step *step,
                const char *source)
{
    for (size_t i = 0; b->diags && i < step->bind_count && i < jget_count(record, "parameters");
         i++) {
        const struct plan_bind *bind = &step->binds[i];
        struct typed_value t = {.b = b,
                                .fact = jget_item(record, "parameters", i),
                                .name = json_object_get_string(jget_item(record, "names", i)),
                                .place = {record, i, source ? source : b->where}};

        t.type = jget_text(t.fact, "type");
        t.schema = bind->is_step || bind->index >= b->op->input_count
                       ? NULL
                       : schema_of(b->op, &b->op->inputs[bind->index]);
        if (t.schema)
            check_value(&t);
    }
}

void bind_labels(struct binder *b, struct json_object *step, const char *column,
                 const struct schema *property)
{
    struct json_object *labels = jget(jget(step, "labels"), column);

    for (size_t i = 0; labels && i < json_object_array_length(labels); i++) {
        const char *label = json_object_get_string(json_object_array_get_idx(labels, i));

        if (!accepts_text(property, label))
            diag_error(b->diags, b->where,
                       "%s: the column %s can be '%s', which the response schema does not allow",
                       b->op->id, column, label);
    }
}

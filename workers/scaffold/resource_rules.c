/* SPDX-License-Identifier: MIT */
#include "workers/scaffold/resource_yaml.h"

#include <string.h>

#include "lib/conf/yaml_write.h"
#include "lib/core/json/jwrite.h"

struct rules {
    const struct scaffold_resource *r;
    struct arena arena;
    struct json_object *seen; /* rules written so far, as two indexes may be on the same columns */
    struct buf *out;
};

static void put_table(const struct rules *s)
{
    buf_puts(s->out, "  ");
    yaml_write_word(s->out, s->r->table->name);
    buf_puts(s->out, ":\n");
}

static void put_owner(const struct rules *s)
{
    put_table(s);
    buf_puts(s->out, "    owner: ");
    yaml_write_word(s->out, s->r->owner->name);
    buf_putc(s->out, '\n');
}

/* Starts `KEY: {status: N, code: CODE`. Returns false if the key exists already. */
static bool start_rule(struct rules *s, const char *key, int status, const char *code)
{
    static const char bare[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-(), ";

    if (json_object_object_get_ex(s->seen, key, NULL))
        return false;
    if (!json_object_object_length(s->seen)) {
        if (!s->r->owner)
            put_table(s);
        buf_puts(s->out, "    constraints:\n");
    }
    json_object_object_add(s->seen, key, NULL);
    buf_puts(s->out, "      ");
    if (strspn(key, bare) == strlen(key))
        buf_puts(s->out, key);
    else
        jwrite_string(s->out, key, strlen(key));
    buf_printf(s->out, ": {status: %d, code: ", status);
    yaml_write_word(s->out, code);
    return true;
}

static void finish_rule(struct rules *s, const struct scaffold_field *at, const char *message)
{
    if (at && at->is_created)
        buf_printf(s->out, ", pointer: /%s", at->name);
    if (message) {
        buf_puts(s->out, ", message: ");
        yaml_write_word(s->out, message);
    }
    buf_puts(s->out, "}\n");
}

/* Returns "another todo has this list_id and title"; NULL if the columns cannot be named in a
 * rule. */
static const char *read_unique(struct rules *s, const struct table_unique *unique,
                               const char **columns, bool *is_sent)
{
    const char *names = "";

    *columns = "";
    *is_sent = false;
    for (size_t i = 0; i < unique->count; i++) {
        const struct scaffold_field *f = resource_field(s->r, unique->columns[i]);

        if (!f || strpbrk(unique->columns[i], ",() "))
            return NULL;
        *is_sent |= f->is_created || f->is_patched;
        *columns = arena_printf(&s->arena, "%s%s%s", *columns, i ? ", " : "", f->column->name);
        if (f->column != s->r->owner) /* the caller's own */
            names = arena_printf(&s->arena, "%s%s%s", names, *names ? " and " : "", f->name);
    }
    return arena_printf(&s->arena, "another %s already has this %s", s->r->words, names);
}

static void put_unique(struct rules *s, const struct table_unique *unique)
{
    const char *columns, *message;
    const struct scaffold_field *last;
    bool is_sent;

    message = read_unique(s, unique, &columns, &is_sent);
    if (!message || !is_sent)
        return;
    last = resource_field(s->r, unique->columns[unique->count - 1]);
    if (start_rule(s, arena_printf(&s->arena, "unique(%s)", columns), 409,
                   arena_printf(&s->arena, "%s.taken", last->name)))
        finish_rule(s, last, message);
}

static void put_check(struct rules *s, const struct table_check *check)
{
    const struct scaffold_field *f = check->column ? resource_field(s->r, check->column) : NULL;

    if (start_rule(s, arena_printf(&s->arena, "check(%s)", check->name), 422, check->name))
        finish_rule(s, f, NULL);
}

static void put_reference(struct rules *s)
{
    for (size_t i = 0; i < s->r->field_count; i++) {
        const struct scaffold_field *f = &s->r->fields[i];
        const char *target = f->column->target;

        if (!target || !(f->is_created || f->is_patched))
            continue;
        if (start_rule(
                s, "foreign-key", 422,
                arena_printf(&s->arena, "%s.unknown", resource_singular(&s->arena, target, "_"))))
            finish_rule(
                s, f,
                arena_printf(&s->arena, "no such %s", resource_singular(&s->arena, target, " ")));
    }
}

void resource_put_rules(const struct scaffold_resource *r, bool is_only_reference, struct buf *out)
{
    struct rules s = {.r = r, .seen = json_object_new_object(), .out = out};

    if (r->owner)
        put_owner(&s);
    for (size_t i = 0; !r->table->is_view && i < r->table->unique_count; i++)
        put_unique(&s, &r->table->uniques[i]);
    for (size_t i = 0; !r->table->is_view && i < r->table->check_count; i++)
        put_check(&s, &r->table->checks[i]);
    if (is_only_reference)
        put_reference(&s);
    json_object_put(s.seen);
    arena_fini(&s.arena);
}

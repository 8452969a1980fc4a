/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/core/buf.h"
#include "lib/schema/check.h"
#include "lib/schema/member.h"

/* A name may hold jread's two bytes for NUL, which is no UTF-8: patterns and propertyNames see the
 * NUL. In `b` where there is one. */
static struct slice plain_name(const char *name, size_t len, struct buf *b)
{
    if (!memchr(name, 0xc0, len))
        return (struct slice){name, len};
    for (size_t i = 0; i < len; i++) {
        bool is_nul = (unsigned char)name[i] == 0xc0;

        buf_putc(b, is_nul ? '\0' : name[i]);
        i += is_nul;
    }
    return buf_slice(b);
}

static bool check_name(struct checker *c, const struct schema *names, const char *name, size_t len,
                       const struct step *at)
{
    struct buf b = {0};
    struct slice plain = plain_name(name, len, &b);
    struct json_object *text = json_object_new_string_len(plain.data, (int)plain.len);
    bool ok = check_quietly(c, names, text, NULL) ||
              check_violate(c, at, "propertyNames", "is no name that is allowed here");

    json_object_put(text);
    buf_fini(&b);
    return ok;
}

/* *is_known: some pattern matches the name. */
static bool check_patterns(struct checker *c, const struct schema_object *o, const char *name,
                           struct json_object *item, const struct step *at, bool *is_known)
{
    struct buf b = {0};
    struct slice plain = plain_name(name, strlen(name), &b);
    bool ok = true, is_too_costly;

    for (size_t i = 0; i < o->pattern_count; i++) {
        if (!pattern_matches(o->patterns[i].pattern, plain.data, plain.len, &is_too_costly)) {
            ok &= !is_too_costly ||
                  effort_give_up(c->effort, "has a name that takes too many steps to match");
            continue;
        }
        *is_known = true;
        ok &= check(c, o->patterns[i].schema, item, at, NULL);
    }
    buf_fini(&b);
    return ok;
}

static bool check_unknown(struct checker *c, const struct schema *s, struct json_object *item,
                          const char *keyword, const struct step *at)
{
    return s->is_false ? check_violate(c, at, keyword, "is not a known property")
                       : check(c, s, item, at, NULL);
}

/* One member; *required counts those of `required` that are there. */
static bool check_member(struct checker *c, const struct schema_object *o, const char *name,
                         struct json_object *item, const struct step *at, bool *is_known,
                         size_t *required)
{
    size_t len = strlen(name);
    const struct schema_member *m = member_find(o, name, len);
    bool ok = true;

    *is_known = m && m->schema;
    *required += m && m->is_required;
    if (m && m->is_hidden)
        return check_violate(c, at, o->hidden_by, "%s",
                             *o->hidden_by == 'r' ? "is read-only" : "must not be answered");
    if (*is_known)
        ok &= check(c, m->schema, item, at, NULL);
    if (o->pattern_count)
        ok &= check_patterns(c, o, name, item, at, is_known);
    if (!*is_known && o->additional) {
        *is_known = true;
        ok &= check_unknown(c, o->additional, item, "additionalProperties", at);
    }
    if (o->names)
        ok &= check_name(c, o->names, name, len, at);
    return ok;
}

static bool has(struct json_object *value, const char *name)
{
    return json_object_object_get_ex(value, name, NULL);
}

/* What another part of the schema says never to send need not be there. */
static bool is_missing(const struct checker *c, const struct schema_object *o,
                       struct json_object *value, const char *name)
{
    return !has(value, name) && !(o->hidden_by && schema_is_hidden(c->whole, name));
}

static bool check_required(struct checker *c, const struct schema_object *o,
                           struct json_object *value, const struct step *at)
{
    bool ok = true;

    for (size_t i = 0; i < o->member_count; i++) {
        struct step step = {at, o->members[i].name, 0};

        if (o->members[i].is_required && is_missing(c, o, value, o->members[i].name))
            ok = check_violate(c, &step, "required", "is required");
    }
    return ok;
}

static bool check_dependency(struct checker *c, const struct schema_object *o,
                             const struct schema_dependency *d, struct json_object *value,
                             const struct step *at, struct evaluated *seen)
{
    bool ok = true;

    if (!has(value, d->name))
        return true;
    for (size_t i = 0; i < d->required_count; i++) {
        struct step step = {at, d->required[i], 0};

        if (is_missing(c, o, value, d->required[i]))
            ok = check_violate(c, &step, "dependentRequired", "is required where there is %s",
                               d->name);
    }
    return d->schema ? check(c, d->schema, value, at, seen) && ok : ok;
}

bool check_object(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at, struct evaluated *seen)
{
    static const char *const keywords[] = {"minProperties", "maxProperties"};
    const struct schema_object *o = s->object;
    size_t index = 0, required = 0;
    bool ok =
        check_size(c, &o->size, (size_t)json_object_object_length(value), keywords, "member", at);

    json_object_object_foreach(value, name, item)
    {
        struct step step = {at, name, 0};
        bool is_known;

        if (!ok && !c->out)
            return false;
        ok &= check_member(c, o, name, item, &step, &is_known, &required);
        if (seen && is_known)
            evaluated_add(seen, index);
        index++;
    }
    if (required < o->required_count)
        ok &= check_required(c, o, value, at);
    for (size_t i = 0; i < o->dependency_count; i++)
        ok &= check_dependency(c, o, &o->dependencies[i], value, at, seen);
    return ok;
}

bool check_unevaluated_properties(struct checker *c, const struct schema_object *o,
                                  struct json_object *value, const struct step *at,
                                  const struct evaluated *seen)
{
    const char *keyword = o->is_closed ? "additionalProperties" : "unevaluatedProperties";
    size_t index = 0;
    bool ok = true;

    json_object_object_foreach(value, name, item)
    {
        struct step step = {at, name, 0};

        if (!evaluated_has(seen, index++))
            ok &= check_unknown(c, o->unevaluated, item, keyword, &step);
    }
    return ok;
}

/* SPDX-License-Identifier: MIT */
/* The security of a document as it is read: its schemes, and who names them. */
#include <ctype.h>
#include <string.h>

#include "lib/api/loader.h"
#include "lib/api/security.h"
#include "lib/core/jget.h"
#include "lib/core/mark.h"

/* What each kind of scheme object is to us; the first row that fits. `value` is that of `member`,
 * or NULL for any. */
static const struct {
    const char *type, *member, *value;
    const char *kind; /* as in the record; NULL: it cannot be met, and `why` says so */
    const char *why;
} kinds[] = {
    {"http", "scheme", "bearer", "bearer", NULL},
    {"http", "scheme", "basic", "basic", NULL},
    {"http", NULL, NULL, NULL, "only bearer and basic are known here"},
    {"apiKey", "in", "header", "header", NULL},
    {"apiKey", "in", "cookie", "cookie", NULL},
    {"apiKey", "in", "query", NULL,
     "a key in the query ends up in logs and histories; use a header"},
    {"oauth2", NULL, NULL, "bearer", NULL},
    {"openIdConnect", NULL, NULL, "bearer", NULL},
    {"mutualTLS", NULL, NULL, "tls", NULL},
};

static bool is_row(size_t i, struct json_object *object)
{
    const char *type = jget_text(object, "type");
    const char *value = kinds[i].member ? jget_text(object, kinds[i].member) : NULL;

    return type && strcmp(type, kinds[i].type) == 0 &&
           (!kinds[i].value || (value && strcasecmp(value, kinds[i].value) == 0));
}

static void put_lower(struct json_object *out, const char *key, const char *text)
{
    char lower[256];
    size_t i;

    for (i = 0; i < sizeof(lower) - 1 && text[i]; i++)
        lower[i] = (char)tolower((unsigned char)text[i]);
    lower[i] = '\0';
    jput_text(out, key, lower);
}

static struct json_object *read_scheme(struct loader *l, const char *name, struct json_object *node)
{
    struct json_object *object = refs_resolve(&l->refs, node, "SecurityScheme");
    struct json_object *out = json_object_new_object();
    const char *key = jget_text(object, "name");

    jput_text(out, "name", name);
    for (size_t i = 0; object && i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!is_row(i, object))
            continue;
        if (kinds[i].kind)
            jput_text(out, "kind", kinds[i].kind);
        else
            jput_text(out, "why", kinds[i].why);
        if (key && kinds[i].kind && strcmp(kinds[i].kind, "header") == 0)
            put_lower(out, "key", key);
        else if (key && kinds[i].kind && strcmp(kinds[i].kind, "cookie") == 0)
            jput_text(out, "key", key);
        break;
    }
    return out;
}

struct json_object *security_read_schemes(struct loader *l, struct json_object *components)
{
    struct json_object *section = jget(components, "securitySchemes");
    struct json_object *out = json_object_new_array();

    if (!json_object_is_type(section, json_type_object))
        return out;
    json_object_object_foreach(section, name, node)
    {
        json_object_array_add(out, read_scheme(l, name, node));
    }
    return out;
}

static struct json_object *find(struct json_object *schemes, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(schemes); i++) {
        struct json_object *scheme = json_object_array_get_idx(schemes, i);

        if (strcmp(jget_text(scheme, "name"), name) == 0)
            return scheme;
    }
    return NULL;
}

static void check_scheme(struct loader *l, struct json_object *way, const char *name,
                         struct json_object *schemes)
{
    struct json_object *scheme = find(schemes, name);

    if (!scheme)
        diag_error(l->diags, mark_key(way, name),
                   "security: %s: components.securitySchemes has no such scheme", name);
    else if (jget_text(scheme, "why"))
        diag_error(l->diags, mark_key(way, name), "security: %s: %s", name,
                   jget_text(scheme, "why"));
}

void security_check(struct loader *l, struct json_object *security, struct json_object *schemes)
{
    struct json_object *seen = json_object_new_object();

    for (size_t i = 0; security && i < json_object_array_length(security); i++) {
        struct json_object *way = json_object_array_get_idx(security, i);

        if (!json_object_is_type(way, json_type_object))
            continue;
        json_object_object_foreach(way, name, scopes)
        {
            (void)scopes;
            check_scheme(l, way, name, schemes);
            json_object_object_add(seen, name, NULL);
        }
    }
    if (json_object_object_length(seen) > SECURITY_SCHEMES_MAX)
        diag_error(l->diags, mark_where(security), "security: at most %d schemes",
                   SECURITY_SCHEMES_MAX);
    json_object_put(seen);
}

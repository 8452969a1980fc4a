/* SPDX-License-Identifier: MIT */
/* Reads a document's security schemes, and checks who requires them. A scheme that we cannot
 * enforce is no error as long as no operation requires it: documents may describe more than one
 * server. One that is required and cannot be enforced, or a scope that its credential cannot carry,
 * is an error, since the operation would be open to callers it must refuse. */
#include <ctype.h>
#include <string.h>

#include "lib/api/document/loader.h"
#include "lib/api/request/security.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/scope.h"
#include "lib/core/text/token.h"

/* The meaning of each kind of scheme object; the first row that fits decides. `member` must have
 * the value `value`, or any value if that is NULL. OpenAPI 3.1 lets a requirement name scopes (or
 * roles) for every kind of scheme. Scopes that the credential does not carry cannot be enforced, so
 * a document that requires them does not load. */
static const struct {
    const char *type, *member, *value;
    const char *kind; /* as in the record; NULL if it cannot be met, and `why` has the reason */
    const char *why;
    const char *scopeless; /* why the credential carries no scopes, or NULL if it does */
} kinds[] = {
    {"http", "scheme", "bearer", "bearer", NULL, NULL},
    {"http", "scheme", "basic", "basic", NULL, NULL}, /* carries an API key, as do the next two */
    {"http", NULL, NULL, NULL, "only bearer and basic are supported", NULL},
    {"apiKey", "in", "header", "header", NULL, NULL},
    {"apiKey", "in", "cookie", "cookie", NULL, NULL},
    {"apiKey", "in", "query", NULL,
     "an API key in the query leaks into logs and browser history; use a header", NULL},
    {"oauth2", NULL, NULL, "bearer", NULL, NULL},
    {"openIdConnect", NULL, NULL, "bearer", NULL, NULL},
    {"mutualTLS", NULL, NULL, "tls", NULL,
     "mutual TLS carries no scopes; remove them or require a token or API key as well"},
};

/* Header fields that HTTP itself, the browser or the connection writes, so that none of them can
 * carry an API key. */
static const char taken_headers[] =
    "accept|accept-charset|accept-encoding|accept-language|connection|content-encoding|"
    "content-length|content-type|cookie|date|expect|host|keep-alive|origin|proxy-authorization|"
    "range|referer|te|trailer|transfer-encoding|upgrade|via";

/* Returns the reason why a key of that name cannot be sent, or NULL (RFC 9110, 5.1; RFC 6265,
 * 4.1.1). */
static const char *name_fault(const char *kind, const char *key)
{
    struct slice rest = slice_of(key);

    if (!token_take(&rest).len || rest.len)
        return "the name must be a token (RFC 9110, 5.6.2)";
    if (strcmp(kind, "header") == 0 && slice_is_choice(taken_headers, key))
        return "HTTP has another use for this header; name one of your own, or Authorization";
    return NULL;
}

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

/* Adds the name under which an API key is sent, in lower case if it is that of a header. */
static void put_key(struct json_object *out, const char *key)
{
    const char *kind = jget_text(out, "kind"), *fault;

    if (!key || !kind || (strcmp(kind, "header") != 0 && strcmp(kind, "cookie") != 0))
        return;
    if (strcmp(kind, "header") == 0)
        put_lower(out, "key", key);
    else
        jput_text(out, "key", key);
    fault = name_fault(kind, jget_text(out, "key"));
    if (!fault)
        return;
    json_object_object_del(out, "kind");
    jput_text(out, "why", fault);
}

static struct json_object *read_scheme(struct loader *l, const char *name, struct json_object *node)
{
    struct json_object *object = refs_resolve(&l->refs, node, "SecurityScheme");
    struct json_object *out = json_object_new_object();

    jput_text(out, "name", name);
    for (size_t i = 0; object && i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!is_row(i, object))
            continue;
        if (kinds[i].kind)
            jput_text(out, "kind", kinds[i].kind);
        else
            jput_text(out, "why", kinds[i].why);
        if (kinds[i].scopeless)
            jput_text(out, "scopeless", kinds[i].scopeless);
        put_key(out, jget_text(object, "name"));
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
    if (json_object_object_length(section) > SECURITY_COMPONENTS_MAX) {
        diag_error(l->diags, mark_key(components, "securitySchemes"), "securitySchemes: at most %d",
                   SECURITY_COMPONENTS_MAX);
        return out;
    }
    json_object_object_foreach(section, name, node)
    {
        json_object_array_add(out, read_scheme(l, name, node));
    }
    return out;
}

static struct json_object *find_scheme(struct json_object *schemes, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(schemes); i++) {
        struct json_object *scheme = json_object_array_get_idx(schemes, i);

        if (strcmp(jget_text(scheme, "name"), name) == 0)
            return scheme;
    }
    return NULL;
}

/* Reports scopes that are not a single word, since no credential could have them. */
static void check_scopes(struct loader *l, struct json_object *alternative, const char *name)
{
    for (size_t i = 0; i < jget_count(alternative, name); i++) {
        struct json_object *scope = jget_item(alternative, name, i);

        if (!scope_is_token(jslice(scope)))
            loader_refuse(l, mark_where(scope),
                          "security: %s: a scope must be printable ASCII without space, \" or \\ "
                          "(RFC 6749, 3.3)",
                          name);
    }
}

static void check_scheme(struct loader *l, struct json_object *alternative, const char *name,
                         struct json_object *schemes)
{
    struct json_object *scheme = find_scheme(schemes, name);

    check_scopes(l, alternative, name);
    if (!scheme)
        diag_error(l->diags, mark_key(alternative, name),
                   "security: %s: components.securitySchemes has no such scheme", name);
    else if (jget_text(scheme, "why"))
        loader_refuse(l, mark_key(alternative, name), "security: %s: %s", name,
                      jget_text(scheme, "why"));
    else if (jget_count(alternative, name) && jget_text(scheme, "scopeless"))
        loader_refuse(l, mark_key(alternative, name), "security: %s: %s", name,
                      jget_text(scheme, "scopeless"));
}

/* Returns true if the alternative asks some scheme for a scope that its credential can carry. */
static bool names_scope(struct json_object *alternative, struct json_object *schemes)
{
    if (!json_object_is_type(alternative, json_type_object))
        return false;
    json_object_object_foreach(alternative, name, scopes)
    {
        struct json_object *scheme = find_scheme(schemes, name);

        (void)scopes;
        if (jget_count(alternative, name) && scheme && !jget(scheme, "scopeless"))
            return true;
    }
    return false;
}

bool security_needs_scopes(struct json_object *security, struct json_object *schemes)
{
    size_t n =
        json_object_is_type(security, json_type_array) ? json_object_array_length(security) : 0;

    for (size_t i = 0; i < n; i++)
        if (!names_scope(json_object_array_get_idx(security, i), schemes))
            return false;
    return n > 0;
}

void security_check(struct loader *l, struct json_object *security, struct json_object *schemes)
{
    struct json_object *seen;
    size_t count = json_object_is_type(security, json_type_array)
                       ? json_object_array_length(security)
                       : 0; /* reported by shape.c */

    if (count > SECURITY_ALTERNATIVES_MAX)
        loader_refuse(l, mark_where(security), "security: at most %d alternatives",
                      SECURITY_ALTERNATIVES_MAX);
    seen = json_object_new_object();
    for (size_t i = 0; i < count; i++) {
        struct json_object *alternative = json_object_array_get_idx(security, i);

        if (!json_object_is_type(alternative, json_type_object))
            continue;
        json_object_object_foreach(alternative, name, scopes)
        {
            (void)scopes;
            check_scheme(l, alternative, name, schemes);
            json_object_object_add(seen, name, NULL);
        }
    }
    if (json_object_object_length(seen) > SECURITY_SCHEMES_MAX)
        loader_refuse(l, mark_where(security), "security: at most %d schemes",
                      SECURITY_SCHEMES_MAX);
    json_object_put(seen);
}

/* SPDX-License-Identifier: MIT */
/* Converts one scalar by the type of its key: first the YAML type must fit, then the text's form,
 * then the range in the key's row of the table. Paths are made absolute here, while the file that
 * names them is known. Secrets stay references, so that a configuration can be printed and
 * compared. value_allowed() describes each type in words for every error, so that nobody has to
 * look up what would have been right. */
#include "lib/conf/value.h"

#include <ctype.h>
#include <sched.h>
#include <string.h>

#include "lib/conf/units.h"
#include "lib/core/net/cidr.h"
#include "lib/core/json/jget.h"
#include "lib/core/file.h"
#include "lib/core/text/mailbox.h"
#include "lib/core/text/origin.h"
#include "lib/core/slice.h"
#include "lib/core/text/token.h"

const char *value_allowed(struct checker *c, const struct conf_key *key)
{
    char min[UNITS_TEXT], max[UNITS_TEXT];

    switch (key->type) {
    case CONF_MAP:
        return "a map";
    case CONF_LIST:
        return arena_printf(&c->arena, "a list of %lld to %lld items", key->min, key->max);
    case CONF_TABLE:
        return arena_printf(&c->arena, "a map of at most %lld names (letters, digits, - and _)",
                            key->max);
    case CONF_INT:
        return arena_printf(&c->arena, "an integer from %lld to %lld", key->min, key->max);
    case CONF_COUNT:
        return arena_printf(&c->arena, "auto or an integer from %lld to %lld", key->min, key->max);
    case CONF_BOOL:
        return "true or false";
    case CONF_DURATION:
        units_duration_text(min, key->min);
        units_duration_text(max, key->max);
        return arena_printf(&c->arena, "a duration such as 500ms, 30s, 5m or 1h30m, from %s to %s",
                            min, max);
    case CONF_SIZE:
        units_size_text(min, key->min);
        units_size_text(max, key->max);
        return arena_printf(&c->arena, "a size such as 512, 64KiB or 1MiB, from %s to %s", min,
                            max);
    case CONF_MODE:
        return "permissions such as 0660";
    case CONF_CHOICE:
        return key->choices;
    case CONF_ADDRESS:
        return "host:port, [v6]:port, *:port or unix:path";
    case CONF_CIDR:
        return "an address such as 10.0.0.1, a block such as 10.0.0.0/8 or unix";
    case CONF_SECRET:
        return "env:NAME or file:PATH (never the secret itself)";
    case CONF_PEM:
        return "a path, file:PATH or env:NAME";
    case CONF_RATE:
        return "a rate such as 10/s, 100/min or 5/10m";
    case CONF_RATE_KEY:
        return "ip, sub, api-key, operation or header:NAME, or up to four of them joined by +";
    case CONF_ROUTE:
        return "a path such as /healthz, or off";
    case CONF_ORIGIN:
        return "an origin such as https://app.example, a pattern such as https://*.example.com or "
               "*";
    case CONF_HEADER:
        return "a header name";
    case CONF_MAILBOX:
        return "an address such as noreply@example.com, or Example <noreply@example.com>";
    case CONF_STRING:
        if (key->max)
            return arena_printf(&c->arena, "text of %lld to %lld bytes", key->min, key->max);
        break;
    case CONF_PATH:
    case CONF_SINK:
        break;
    }
    return "text";
}

struct json_object *value_reject(struct checker *c, const struct conf_key *key, const char *where,
                                 const char *what)
{
    diag_error(c->diags, where, "%s: %s; allowed: %s", key->path, what, value_allowed(c, key));
    return NULL;
}

static struct json_object *number_in_range(struct checker *c, const struct conf_key *key,
                                           const char *where, long long number)
{
    if (number < key->min || number > key->max)
        return value_reject(c, key, where, "out of range");
    return json_object_new_int64(number);
}

static int processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static struct json_object *convert_number(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    long long number;
    bool ok;

    switch (key->type) {
    case CONF_DURATION:
        ok = units_duration_ms(text, &number);
        break;
    case CONF_SIZE:
        ok = units_size_bytes(text, &number);
        break;
    case CONF_MODE:
        ok = units_mode(text, &number);
        break;
    case CONF_COUNT:
        if (strcmp(text, "auto") == 0)
            return json_object_new_int64(processors());
        /* fallthrough */
    default:
        ok = json_object_is_type(value, json_type_int);
        number = json_object_get_int64(value);
    }
    return ok ? number_in_range(c, key, where, number)
              : value_reject(c, key, where, "cannot be parsed");
}

/* Resolves a relative path from the folder of the configuration file. */
static struct json_object *path_beside(struct checker *c, const char *prefix, const char *path)
{
    char *full = file_beside(&c->arena, c->file, path);

    return json_object_new_string(arena_printf(&c->arena, "%s%s", prefix, full));
}

static struct json_object *convert_reference(struct checker *c, const struct conf_key *key,
                                             const char *text, const char *where)
{
    if (strncmp(text, "file:", 5) == 0 && text[5])
        return path_beside(c, "file:", text + 5);
    if (strncmp(text, "env:", 4) == 0 && text[4])
        return json_object_new_string(text);
    if (key->type == CONF_PEM)
        return path_beside(c, "file:", text);
    return value_reject(c, key, where, "not a reference");
}

/* Converts to lower case, in which header names are compared. */
static struct json_object *convert_header(struct checker *c, const struct conf_key *key,
                                          const char *text, const char *where)
{
    struct slice rest = slice_of(text);
    char *lower = arena_strdup(&c->arena, text);

    if (token_take(&rest).len != strlen(text))
        return value_reject(c, key, where, "not a name");
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return json_object_new_string(lower);
}

static struct json_object *convert_text(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    struct slice name, address;
    struct cidr block;
    long long number;

    if (!*text)
        return value_reject(c, key, where, "empty");
    switch (key->type) {
    case CONF_STRING:
        if (key->max && (long long)strlen(text) > key->max)
            return value_reject(c, key, where, "too long");
        break;
    case CONF_PATH:
        return path_beside(c, "", text);
    case CONF_SINK:
        return strcmp(text, "-") == 0 ? json_object_new_string(text) : path_beside(c, "", text);
    case CONF_CHOICE:
        if (!slice_is_choice(key->choices, text))
            return value_reject(c, key, where, "not a known value");
        break;
    case CONF_ADDRESS:
        if (!units_is_address(text))
            return value_reject(c, key, where, "not an address");
        if (strncmp(text, "unix:", 5) == 0)
            return path_beside(c, "unix:", text + 5);
        break;
    case CONF_CIDR:
        if (!cidr_parse(text, &block))
            return value_reject(c, key, where, "not an address block");
        break;
    case CONF_RATE:
        if (!units_rate(text, &number, &number))
            return value_reject(c, key, where, "not a rate");
        break;
    case CONF_RATE_KEY:
        if (!units_is_rate_key(text))
            return value_reject(c, key, where, "cannot be parsed");
        break;
    case CONF_SECRET:
    case CONF_PEM:
        return convert_reference(c, key, text, where);
    case CONF_ROUTE:
        if (strcmp(text, "off") != 0 && (text[0] != '/' || strpbrk(text, "?#%{} ")))
            return value_reject(c, key, where, "not a route");
        break;
    case CONF_ORIGIN:
        if (origin_fault(text))
            return value_reject(c, key, where, origin_fault(text));
        break;
    case CONF_MAILBOX:
        if (!mailbox_split(text, &name, &address))
            return value_reject(c, key, where, "not an address");
        break;
    case CONF_HEADER:
        return convert_header(c, key, text, where);
    default:
        break;
    }
    return json_object_new_string(text);
}

bool value_has_type(const struct conf_key *key, struct json_object *value)
{
    enum json_type type = json_object_get_type(value);

    switch (key->type) {
    case CONF_MAP:
    case CONF_TABLE:
        return type == json_type_object;
    case CONF_LIST:
        return type == json_type_array;
    case CONF_BOOL:
        return type == json_type_boolean;
    case CONF_INT:
        return type == json_type_int;
    case CONF_COUNT:
    case CONF_DURATION:
    case CONF_SIZE:
    case CONF_MODE:
        return type == json_type_int || type == json_type_string;
    case CONF_CHOICE:
        /* 1.3 without quotes is a double */
        return type == json_type_double || type == json_type_string;
    default:
        return type == json_type_string;
    }
}

struct json_object *value_scalar(struct checker *c, const struct conf_key *key,
                                 struct json_object *value, const char *where)
{
    struct slice text = jslice(value);

    if (text.data && strlen(text.data) != text.len) /* C would cut it there */
        return value_reject(c, key, where, "contains U+0000");
    switch (key->type) {
    case CONF_BOOL:
        return value;
    case CONF_INT:
    case CONF_COUNT:
    case CONF_DURATION:
    case CONF_SIZE:
    case CONF_MODE:
        return convert_number(c, key, value, where);
    default:
        return convert_text(c, key, value, where);
    }
}

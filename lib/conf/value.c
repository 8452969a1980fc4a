/* SPDX-License-Identifier: MIT */
/* Converts one value by the type of its key: first the YAML type must fit, then the text's form,
 * then the range in the key's row of the table. Paths are made absolute here, while the file that
 * names them is known. Secrets stay references, so that a configuration can be printed and
 * compared. Each error says what is allowed, so that nobody has to look up what would have been
 * right. The table of types (conf_types.def) is at the end, after the functions that it
 * names. */
#include "lib/conf/value.h"

#include <assert.h>
#include <ctype.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/database_source.h"
#include "lib/conf/units.h"
#include "lib/conf/value_text.h"
#include "lib/core/system/cgroup.h"
#include "lib/core/net/cidr.h"
#include "lib/core/json/jget.h"
#include "lib/core/system/file.h"
#include "lib/core/text/mailbox.h"
#include "lib/core/text/origin.h"
#include "lib/core/slice.h"
#include "lib/core/text/token.h"

/* What auto is: this part of the memory, and at most so much. */
enum { MEMORY_SHARE = 16, MEMORY_MAX = 256 << 20 };

/* What converts a type: a row of conf_types.def. */
struct type {
    unsigned json; /* of enum json_bit */
    struct json_object *(*convert)(struct checker *c, const struct conf_key *key,
                                   struct json_object *value, const char *where);
};

enum json_bit {
    BOOLEAN = 1 << json_type_boolean,
    DOUBLE = 1 << json_type_double,
    INTEGER = 1 << json_type_int,
    OBJECT = 1 << json_type_object,
    ARRAY = 1 << json_type_array,
    TEXT = 1 << json_type_string,
};

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

/* Returns the number, if the text could be parsed and the range has it. */
static struct json_object *parsed_number(struct checker *c, const struct conf_key *key,
                                         const char *where, bool ok, long long number)
{
    return ok ? number_in_range(c, key, where, number)
              : value_reject(c, key, where, "cannot be parsed");
}

static struct json_object *convert_bool(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    (void)c, (void)key, (void)where;
    return value;
}

static struct json_object *convert_int(struct checker *c, const struct conf_key *key,
                                       struct json_object *value, const char *where)
{
    return parsed_number(c, key, where, json_object_is_type(value, json_type_int),
                         json_object_get_int64(value));
}

/* Returns how many processors this process may use at once. */
static int processors(void)
{
    int quota = (int)cgroup_processors(&cgroup_kernel), count = 1;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        count = CPU_COUNT(&set);
    return quota && quota < count ? quota : count;
}

static struct json_object *convert_count(struct checker *c, const struct conf_key *key,
                                         struct json_object *value, const char *where)
{
    if (strcmp(json_object_get_string(value), "auto") == 0)
        return json_object_new_int64(processors());
    return convert_int(c, key, value, where);
}

static struct json_object *convert_duration(struct checker *c, const struct conf_key *key,
                                            struct json_object *value, const char *where)
{
    long long number = 0;
    bool ok = units_duration_ms(json_object_get_string(value), &number);

    return parsed_number(c, key, where, ok, number);
}

static struct json_object *convert_size(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    long long number = 0;
    bool ok = units_size_bytes(json_object_get_string(value), &number);

    return parsed_number(c, key, where, ok, number);
}

/* Returns the share of the memory of the machine, or of its control group if that has less. */
static long long auto_memory(const struct conf_key *key)
{
    uint64_t group = cgroup_memory(&cgroup_kernel);
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t share = (group && group < machine ? group : machine) / MEMORY_SHARE;
    long long most = share < MEMORY_MAX ? (long long)share : MEMORY_MAX;

    return most > key->min ? most : key->min;
}

static struct json_object *convert_memory(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    if (strcmp(json_object_get_string(value), "auto") == 0)
        return json_object_new_int64(auto_memory(key));
    return convert_size(c, key, value, where);
}

static struct json_object *convert_mode(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    long long number = 0;
    bool ok = units_mode(json_object_get_string(value), &number);

    return parsed_number(c, key, where, ok, number);
}

/* Resolves a relative path from the folder of the configuration file. */
static struct json_object *path_beside(struct checker *c, const char *prefix, const char *path)
{
    char *full = file_beside(&c->arena, c->file, path);

    return json_object_new_string(arena_printf(&c->arena, "%s%s", prefix, full));
}

/* Returns the text as it is, if `fault` is NULL. */
static struct json_object *valid_text(struct checker *c, const struct conf_key *key,
                                      const char *where, const char *text, const char *fault)
{
    return fault ? value_reject(c, key, where, fault) : json_object_new_string(text);
}

static struct json_object *convert_string(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    bool is_long = key->max && (long long)strlen(text) > key->max;

    return valid_text(c, key, where, text, is_long ? "too long" : NULL);
}

static struct json_object *convert_path(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    (void)key, (void)where;
    return path_beside(c, "", json_object_get_string(value));
}

static struct json_object *convert_database(struct checker *c, const struct conf_key *key,
                                            struct json_object *value, const char *where)
{
    struct database_url url;
    struct fault fault;

    if (!database_url_parse(json_object_get_string(value), &url, &fault))
        return value_reject(c, key, where, fault.text);
    if (strcmp(url.engine, "sqlite") == 0)
        return path_beside(c, "sqlite:", url.rest);
    return json_object_new_string(arena_printf(&c->arena, "%s:%s", url.engine, url.rest));
}

static struct json_object *convert_sink(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    return strcmp(text, "-") == 0 ? json_object_new_string(text)
                                  : convert_path(c, key, value, where);
}

static struct json_object *convert_choice(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    return valid_text(c, key, where, text,
                      slice_is_choice(key->choices, text) ? NULL : "not a known value");
}

static struct json_object *convert_address(struct checker *c, const struct conf_key *key,
                                           struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    if (units_is_address(text) && strncmp(text, "unix:", 5) == 0)
        return path_beside(c, "unix:", text + 5);
    return valid_text(c, key, where, text, units_is_address(text) ? NULL : "not an address");
}

static struct json_object *convert_cidr(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    struct cidr block;

    return valid_text(c, key, where, text,
                      cidr_parse(text, &block) ? NULL : "not an address block");
}

static struct json_object *convert_rate(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    long long count, window;

    return valid_text(c, key, where, text, units_rate(text, &count, &window) ? NULL : "not a rate");
}

static struct json_object *convert_rate_key(struct checker *c, const struct conf_key *key,
                                            struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    return valid_text(c, key, where, text, units_is_rate_key(text) ? NULL : "cannot be parsed");
}

static struct json_object *convert_secret(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    if (strncmp(text, "file:", 5) == 0 && text[5])
        return path_beside(c, "file:", text + 5);
    if (strncmp(text, "env:", 4) == 0 && text[4])
        return json_object_new_string(text);
    return value_reject(c, key, where, "not a reference");
}

static struct json_object *convert_pem(struct checker *c, const struct conf_key *key,
                                       struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    bool is_reference =
        (strncmp(text, "file:", 5) == 0 && text[5]) || (strncmp(text, "env:", 4) == 0 && text[4]);

    return is_reference ? convert_secret(c, key, value, where) : path_beside(c, "file:", text);
}

static struct json_object *convert_route(struct checker *c, const struct conf_key *key,
                                         struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    bool is_route = *text == '/' && !strpbrk(text, "?#%{} ");

    return valid_text(c, key, where, text,
                      is_route || strcmp(text, "off") == 0 ? NULL : "not a route");
}

static struct json_object *convert_origin(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);

    return valid_text(c, key, where, text, origin_fault(text));
}

static struct json_object *convert_mailbox(struct checker *c, const struct conf_key *key,
                                           struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    struct slice name, address;

    return valid_text(c, key, where, text,
                      mailbox_split(text, &name, &address) ? NULL : "not an address");
}

/* Converts to lower case, in which header names are compared. */
static struct json_object *convert_header(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    struct slice rest = slice_of(text);
    char *lower = arena_strdup(&c->arena, text);

    if (token_take(&rest).len != strlen(text))
        return value_reject(c, key, where, "not a name");
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return json_object_new_string(lower);
}

static const struct type types[] = {
#define TYPE(symbol, json, convert, sample, range, allowed) [CONF_##symbol] = {(json), (convert)},
#include "lib/conf/conf_types.def"
#undef TYPE
};

const char *value_allowed(struct checker *c, const struct conf_key *key)
{
    struct buf out = {0};
    const char *text;

    value_put_allowed(&out, key);
    text = arena_strdup(&c->arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

struct json_object *value_default(const struct conf_key *key)
{
    assert(key->fallback && *key->fallback);
    return types[key->type].json & TEXT ? json_object_new_string(key->fallback)
                                        : json_tokener_parse(key->fallback);
}

struct json_object *value_convert(struct checker *c, const struct conf_key *key,
                                  struct json_object *value, const char *where)
{
    const struct type *type = &types[key->type];
    struct slice text = jslice(value);

    if (!(type->json & 1u << json_object_get_type(value)))
        return value_reject(c, key, where, "wrong type");
    if (text.data && strlen(text.data) != text.len) /* C would cut it there */
        return value_reject(c, key, where, "contains U+0000");
    if (text.data && !text.len)
        return value_reject(c, key, where, "empty");
    return type->convert(c, key, value, where);
}

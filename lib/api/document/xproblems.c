/* SPDX-License-Identifier: MIT */
#include "lib/api/document/xproblems.h"

#include <ctype.h>
#include <string.h>

#include "lib/api/document/known_keys.h"
#include "lib/api/problem/problem_format.h"
#include "lib/api/request/media_type.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/reason.h"
#include "lib/core/text/token.h"

/* Violations that no keyword of a schema is the cause of. */
static const char own_keywords[] = "check|code|constraint|depth|encoding|expires_in|false|"
                                   "foreignKey|json|memory|multipart|password|"
                                   "repeated|rule|scope|steps|token|unique|unknown|value|values";

static const struct key problem_keys[] = {
    {"media-type", KEY_STRING, NULL}, {"body", KEY_ANY, NULL},    {"violations", KEY_MAP, NULL},
    {"messages", KEY_MAP, NULL},      {"answers", KEY_MAP, NULL}, {NULL, KEY_ANY, NULL}};
static const struct key violation_keys[] = {{"by", KEY_STRING, "list|name|pointer"},
                                            {"value", KEY_ANY, NULL},
                                            {"whole", KEY_STRING, NULL},
                                            {NULL, KEY_ANY, NULL}};
static const struct key answer_keys[] = {{"code", KEY_STRING, NULL},
                                         {"name", KEY_STRING, NULL},
                                         {"message", KEY_STRING, NULL},
                                         {NULL, KEY_ANY, NULL}};

/* Returns the place of a key within x-problems, for messages. */
static const char *within(struct loader *l, const char *key)
{
    return arena_printf(&l->arena, "%s: %s", extension_name(EXTENSION_PROBLEMS), key);
}

/* Checks that the media type is one of JSON, without parameters, so that clients parse it. */
static void check_type(struct loader *l, struct json_object *json)
{
    struct slice type = slice_of(jget_text(json, "media-type")), rest = type;

    if (!type.data)
        return;
    token_take_media_type(&rest);
    if (rest.len || !media_is_json(type))
        diag_error(l->diags, mark_key(json, "media-type"),
                   "%s: must be application/json or end in +json", within(l, "media-type"));
}

static bool check_message(struct loader *l, struct json_object *map, const char *keyword,
                          struct json_object *text)
{
    const char *where = mark_key(map, keyword);

    if (!schema_is_keyword(keyword) && !slice_is_choice(own_keywords, keyword))
        diag_error(l->diags, where, "%s: %s: nothing violates a keyword of this name",
                   within(l, "messages"), keyword);
    else if (!json_object_is_type(text, json_type_string))
        diag_error(l->diags, where, "%s: %s: must be text", within(l, "messages"), keyword);
    else
        return true;
    return false;
}

static bool check_messages(struct loader *l, struct json_object *map)
{
    bool ok = true;

    if (map) {
        json_object_object_foreach(map, keyword, text)
        {
            ok &= check_message(l, map, keyword, text);
        }
    }
    return ok;
}

static bool is_error_status(const char *text)
{
    return strlen(text) == 3 && (*text == '4' || *text == '5') && isdigit((unsigned char)text[1]) &&
           isdigit((unsigned char)text[2]);
}

/* Returns true for the server's own code of an error, unless only the log has it. */
static bool is_error_word(const char *text)
{
    for (enum err e = OK + 1; e < ERR_COUNT; e++)
        if (strcmp(reason_word(reason_of(e)), text) == 0)
            return e == ERR_INTERNAL || err_status(e) != 500;
    return false;
}

static bool check_answers(struct loader *l, struct json_object *map)
{
    bool ok = true;

    if (!map)
        return true;
    json_object_object_foreach(map, key, answer)
    {
        if (!is_error_status(key) && !is_error_word(key)) {
            diag_error(l->diags, mark_key(map, key),
                       "%s: %s: must be a status from 400 to 599, or a reason of leat(8)",
                       within(l, "answers"), key);
            ok = false;
        }
        ok &= keys_check(answer, within(l, "answers"), answer_keys, l->diags);
    }
    return ok;
}

struct json_object *xproblems_read(struct loader *l)
{
    struct json_object *json = extension_get(l->root, EXTENSION_IN_ROOT, EXTENSION_PROBLEMS);
    bool ok;

    if (!json_object_is_type(json, json_type_object)) /* which extensions_check() reports */
        return NULL;
    ok = keys_check(json, extension_name(EXTENSION_PROBLEMS), problem_keys, l->diags);
    if (ok && jget(json, "violations"))
        ok =
            keys_check(jget(json, "violations"), within(l, "violations"), violation_keys, l->diags);
    check_type(l, json);
    if (!ok || !check_messages(l, jget(json, "messages")) ||
        !check_answers(l, jget(json, "answers")))
        return NULL;
    l->format = problem_format_load(json, &l->arena, l->diags);
    l->problems = l->format ? json : NULL;
    return json_object_get(l->problems);
}

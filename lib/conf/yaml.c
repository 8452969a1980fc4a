/* SPDX-License-Identifier: MIT */
/* libyaml delivers events, and a recursive descent turns them into a json-c tree with marks. No
 * YAML tree is built in between, so the limits (depth, number of values, alias expansion) act while
 * reading, before memory is spent. An alias becomes a copy with the marks of its anchor, charged by
 * what it expands to (yaml_anchor.h):
 *
 *     weight of a node = what was written and expanded between its first and its last event
 *
 * JSON files take the strict reader instead: libyaml would accept more than JSON and read numbers
 * differently. */
#include "lib/conf/yaml.h"

#include <string.h>

#include <yaml.h>

#include "lib/conf/yaml_anchor.h"
#include "lib/conf/yaml_scalar.h"
#include "lib/conf/yaml_surrogates.h"
#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/memory.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/mark.h"

struct yaml_loader {
    yaml_parser_t parser;
    const char *file;
    struct diags *diags;
    struct yaml_anchors anchors;
    bool has_document;
    size_t values; /* values written in the file */
    unsigned depth;
    const struct surrogates *pairs; /* how pairs of surrogates are hidden; NULL if there are none */
};

static bool read_node(struct yaml_loader *l, yaml_event_t *event, struct mark *m,
                      struct json_object **out);

static bool fail_at(struct yaml_loader *l, yaml_mark_t at, const char *message)
{
    char where[MARK_TEXT];

    snprintf(where, sizeof(where), "%s:%zu:%zu", l->file, at.line + 1, at.column + 1);
    diag_error(l->diags, where, "%s", message);
    return false;
}

static bool next_event(struct yaml_loader *l, yaml_event_t *event)
{
    char text[256];

    if (yaml_parser_parse(&l->parser, event)) {
        if (l->pairs && event->type == YAML_SCALAR_EVENT)
            event->data.scalar.length = surrogates_show(
                l->pairs, (char *)event->data.scalar.value, event->data.scalar.length,
                event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        return true;
    }
    snprintf(text, sizeof(text), "not valid YAML: %s%s%s",
             l->parser.problem ? l->parser.problem : "cannot be read", l->parser.context ? " " : "",
             l->parser.context ? l->parser.context : "");
    return fail_at(l, l->parser.problem_mark, text);
}

static bool read_alias(struct yaml_loader *l, yaml_event_t *event, struct json_object **out)
{
    char text[128];

    switch (yaml_anchor_expand(&l->anchors, (const char *)event->data.alias.anchor, out)) {
    case YAML_EXPANDED:
        return true;
    case YAML_NO_ANCHOR:
        return fail_at(l, event->start_mark, "an alias without an anchor");
    case YAML_TOO_LARGE:
        break;
    }
    snprintf(text, sizeof(text), "the aliases so far expand to more than %zu values",
             l->anchors.written + YAML_EXPANSION_FREE);
    return fail_at(l, event->start_mark, text);
}

static bool read_sequence(struct yaml_loader *l, struct json_object *array)
{
    for (;;) {
        yaml_event_t event;
        struct mark m = {0};
        struct json_object *item = NULL;
        bool ok;

        if (!next_event(l, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        ok = read_node(l, &event, &m, &item);
        yaml_event_delete(&event);
        if (!ok)
            return false;
        json_object_array_add(array, item);
    }
}

static bool read_pair(struct yaml_loader *l, yaml_event_t *key, struct json_object *object)
{
    const char *name = (const char *)key->data.scalar.value;
    struct mark m = {.key_line = (uint32_t)key->start_mark.line + 1,
                     .key_col = (uint32_t)key->start_mark.column + 1};
    struct json_object *value = NULL;
    yaml_event_t event;
    bool ok;

    if (key->type != YAML_SCALAR_EVENT)
        return fail_at(l, key->start_mark, "a key must be a scalar");
    if (strlen(name) != key->data.scalar.length)
        return fail_at(l, key->start_mark, "a key must not contain a NUL character");
    if (key->data.scalar.length > MARKED_KEY_MAX)
        return fail_at(l, key->start_mark, MARKED_LONG_KEY);
    if (strcmp(name, "<<") == 0 && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return fail_at(l, key->start_mark, "merge keys are not supported");
    if (json_object_object_get_ex(object, name, NULL)) {
        char text[256];
        snprintf(text, sizeof(text), "%s: duplicate key", name);
        return fail_at(l, key->start_mark, text);
    }
    if (!next_event(l, &event))
        return false;
    ok = read_node(l, &event, &m, &value);
    yaml_event_delete(&event);
    if (ok)
        json_object_object_add(object, name, value);
    return ok;
}

static bool read_mapping(struct yaml_loader *l, struct json_object *object)
{
    for (;;) {
        yaml_event_t key;
        bool ok;

        if (!next_event(l, &key))
            return false;
        if (key.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&key);
            return true;
        }
        ok = read_pair(l, &key, object);
        yaml_event_delete(&key);
        if (!ok)
            return false;
    }
}

static bool read_scalar(struct yaml_loader *l, yaml_event_t *event, struct json_object **out)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;

    if (event->data.scalar.tag)
        return fail_at(l, event->start_mark, "tags are not supported");
    l->anchors.written += yaml_weight(len);
    *out = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
               ? yaml_plain_scalar(text, len)
               : json_object_new_string_len(text, (int)len);
    return true;
}

static bool read_collection(struct yaml_loader *l, yaml_event_t *event, struct json_object **out)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    bool ok;

    if (is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag)
        return fail_at(l, event->start_mark, "tags are not supported");
    if (l->depth == YAML_DEPTH_MAX)
        return fail_at(l, event->start_mark, "nested too deeply");
    l->depth++;
    l->anchors.written += yaml_weight(0);
    *out = is_map ? json_object_new_object() : json_object_new_array();
    ok = is_map ? read_mapping(l, *out) : read_sequence(l, *out);
    l->depth--;
    if (!ok) {
        json_object_put(*out);
        *out = NULL;
    }
    return ok;
}

static const yaml_char_t *anchor_name(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static bool read_node(struct yaml_loader *l, yaml_event_t *event, struct mark *m,
                      struct json_object **out)
{
    size_t weight = l->anchors.written + l->anchors.expanded;
    const yaml_char_t *anchor = anchor_name(event);
    bool ok;

    m->file = l->file;
    m->line = (uint32_t)event->start_mark.line + 1;
    m->col = (uint32_t)event->start_mark.column + 1;
    l->values += event->type == YAML_MAPPING_START_EVENT ? MARKED_PER_OBJECT : 1;
    if (l->values > MARKED_VALUES_MAX)
        return fail_at(l, event->start_mark, MARKED_TOO_MANY);
    if (event->type == YAML_ALIAS_EVENT)
        return read_alias(l, event, out);
    ok = event->type == YAML_SCALAR_EVENT ? read_scalar(l, event, out)
                                          : read_collection(l, event, out);
    if (ok)
        mark_set(*out, m);
    if (ok && anchor)
        yaml_anchor_keep(&l->anchors, (const char *)anchor, *out,
                         l->anchors.written + l->anchors.expanded - weight);
    return ok;
}

static bool read_document(struct yaml_loader *l, struct json_object **out)
{
    for (;;) {
        yaml_event_t event;
        yaml_event_type_t type;
        struct mark m = {0};
        bool ok = true;

        if (!next_event(l, &event))
            return false;
        type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && l->has_document)
            ok = fail_at(l, event.start_mark, "the file must contain only one YAML document");
        else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
                 type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
            ok = read_node(l, &event, &m, out);
        l->has_document |= type == YAML_DOCUMENT_START_EVENT;
        yaml_event_delete(&event);
        if (!ok || type == YAML_STREAM_END_EVENT)
            return ok;
    }
}

static bool parse_yaml(const char *file, struct slice text, struct json_object **out,
                       struct diags *diags)
{
    struct yaml_loader l = {.file = mark_intern(file), .diags = diags};
    struct buf plain = {0};
    bool ok;

    l.pairs = surrogates_hide(text, &plain);
    if (l.pairs)
        text = buf_slice(&plain);
    if (!yaml_parser_initialize(&l.parser))
        memory_exhausted(0);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)text.data, text.len);
    ok = read_document(&l, out);
    yaml_parser_delete(&l.parser);
    yaml_anchors_free(&l.anchors);
    buf_fini(&plain);
    if (!ok) {
        json_object_put(*out);
        *out = NULL;
    }
    return ok;
}

static bool parse_json(const char *file, struct slice text, struct json_object **out,
                       struct diags *diags)
{
    struct jread_fault fault;
    char where[MARK_TEXT];

    if (jread_text(text.data, text.len, YAML_DEPTH_MAX, file, out, &fault))
        return true;
    snprintf(where, sizeof(where), "%s:%u:%u", file, fault.line, fault.col);
    diag_error(diags, where, "not valid JSON: %s", fault.message);
    return false;
}

static bool has_suffix(const char *path, const char *suffix)
{
    size_t len = strlen(path), n = strlen(suffix);

    return len > n && strcmp(path + len - n, suffix) == 0;
}

static bool is_json(const char *path, struct slice text)
{
    if (has_suffix(path, ".yaml") || has_suffix(path, ".yml"))
        return false;
    return has_suffix(path, ".json") || (text.len && text.data[0] == '{');
}

/* Skips a byte order mark, which JSON parsers may ignore (RFC 8259, 8.1) and YAML allows (5.2). */
static struct slice skip_bom(struct slice text)
{
    static const char bom[] = "\xef\xbb\xbf";
    size_t len = sizeof(bom) - 1;

    if (text.len < len || memcmp(text.data, bom, len) != 0)
        return text;
    return (struct slice){text.data + len, text.len - len};
}

static bool parse_text(const char *path, struct slice text, struct json_object **out,
                       struct diags *diags)
{
    return (is_json(path, text) ? parse_json : parse_yaml)(path, text, out, diags);
}

bool yaml_read(const char *path, struct json_object **out, struct diags *diags)
{
    struct buf text = {0};
    struct fault fault;
    bool ok = false;

    *out = NULL;
    if (!file_read_regular(path, YAML_FILE_MAX, &text, &fault))
        diag_error(diags, path, "%s", fault.text);
    else
        ok = parse_text(path, skip_bom(buf_slice(&text)), out, diags);
    buf_fini(&text);
    return ok;
}

/* SPDX-License-Identifier: MIT */
/* The body of an error is its template, with the violations written at `$violations`. Those by name
 * or by pointer are grouped there: each violation whose key no earlier one had begins a list, which
 * those behind it with that key continue. That compares each with all, of at most VIOLATIONS_MAX.
 * What a document leaves out has its form in problem details, so that a document may change no more
 * than the messages. */
#include "lib/api/problem/problem_format.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/core/err.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"

static const char default_body[] =
    "{\"type\":\"about:blank\",\"title\":\"$title\",\"status\":\"$status\",\"error\":\"$error\","
    "\"code\":\"$code\",\"request_id\":\"$request_id\",\"errors\":\"$violations\"}";
static const char default_value[] =
    "{\"in\":\"$in\",\"pointer\":\"$pointer\",\"keyword\":\"$keyword\",\"message\":\"$message\"}";

struct keyword_message {
    const char *keyword, *text;
};

/* How the server's own errors of a status, or with a code, are called. Each text may be NULL. */
struct own_answer {
    const char *key; /* "401" or "bad-login" */
    const char *code, *name, *message;
};

struct problem_format {
    const char *type;
    enum problem_by by;
    struct problem_template body, value;
    const char *whole; /* the name of what is no part of a request; NULL: it has none */
    struct keyword_message *messages;
    size_t message_count;
    struct own_answer *answers;
    size_t answer_count;
};

/* A violation as it is written. */
struct error_entry {
    const char *in, *pointer, *name, *keyword, *message;
};

/* One writing. */
struct error_writer {
    const struct problem_format *format;
    struct template_values values; /* of the body */
    struct error_entry entries[VIOLATIONS_MAX];
    size_t count;
};

/* --- loading --- */

struct json_object *problem_format_body(struct json_object *json)
{
    struct json_object *body = jget(json, "body");

    return body ? json_object_get(body) : json_tokener_parse(default_body);
}

struct json_object *problem_format_value(struct json_object *json)
{
    struct json_object *value = jget(jget(json, "violations"), "value");

    if (value)
        return json_object_get(value);
    return problem_format_by(json) == BY_LIST ? json_tokener_parse(default_value)
                                              : json_object_new_string("$message");
}

enum problem_by problem_format_by(struct json_object *json)
{
    static const char *const texts[] = {PROBLEM_KEYS(ENUM_TEXT)};
    size_t by = enum_parse(texts, PROBLEM_BY_COUNT, jget_text(jget(json, "violations"), "by"));

    return by < PROBLEM_BY_COUNT ? (enum problem_by)by : BY_LIST;
}

const char *problem_format_type_of(struct json_object *json)
{
    const char *type = jget_text(json, "media-type");

    return type ? type : jget(json, "body") ? "application/json" : "application/problem+json";
}

static const char *keep_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

static size_t count_members(struct json_object *map)
{
    return json_object_is_type(map, json_type_object) ? (size_t)json_object_object_length(map) : 0;
}

static void load_messages(struct problem_format *f, struct json_object *map, struct arena *arena)
{
    size_t n = count_members(map);

    f->messages = arena_alloc(arena, (n + 1) * sizeof(*f->messages));
    if (!n)
        return;
    json_object_object_foreach(map, keyword, text)
    {
        f->messages[f->message_count++] = (struct keyword_message){
            arena_strdup(arena, keyword), arena_strdup(arena, json_object_get_string(text))};
    }
}

static void load_answers(struct problem_format *f, struct json_object *map, struct arena *arena)
{
    size_t n = count_members(map);

    f->answers = arena_alloc(arena, (n + 1) * sizeof(*f->answers));
    if (!n)
        return;
    json_object_object_foreach(map, key, answer)
    {
        f->answers[f->answer_count++] =
            (struct own_answer){.key = arena_strdup(arena, key),
                                .code = keep_text(arena, jget_text(answer, "code")),
                                .name = keep_text(arena, jget_text(answer, "name")),
                                .message = keep_text(arena, jget_text(answer, "message"))};
    }
}

struct problem_format *problem_format_load(struct json_object *json, struct arena *arena,
                                           struct diags *diags)
{
    struct problem_format *f = arena_zalloc(arena, sizeof(*f));
    struct json_object *body = problem_format_body(json), *value = problem_format_value(json);
    bool ok = template_compile(&f->body, body, PROBLEM_BODY, "body", arena, diags);

    ok &= template_compile(&f->value, value, PROBLEM_ENTRY, "violations: value", arena, diags);
    f->by = problem_format_by(json);
    f->type = arena_strdup(arena, problem_format_type_of(json));
    f->whole = keep_text(arena, jget_text(jget(json, "violations"), "whole"));
    load_messages(f, jget(json, "messages"), arena);
    load_answers(f, jget(json, "answers"), arena);
    json_object_put(body);
    json_object_put(value);
    return ok ? f : NULL;
}

const char *problem_format_type(const struct problem_format *f)
{
    return f->type;
}

/* --- what a violation is called --- */

static bool is_index(struct slice token)
{
    for (size_t i = 0; i < token.len; i++)
        if (!isdigit((unsigned char)token.data[i]))
            return false;
    return token.len > 0;
}

/* Decodes a token of a pointer (RFC 6901, 3), which is no URI fragment here. */
static const char *decode_token(struct arena *arena, struct slice token)
{
    char *name = arena_strndup(arena, token.data, token.len), *to = name;

    for (const char *from = name; *from; from++) {
        bool is_escape = *from == '~' && (from[1] == '0' || from[1] == '1');

        *to++ = !is_escape ? *from : from[1] == '0' ? '~' : '/';
        from += is_escape;
    }
    *to = '\0';
    return name;
}

/* Returns the member that the pointer leads to, or into: "title" for "/items/0/title", "tags" for
 * "/tags/1". NULL if there is none. */
static const char *name_in(struct arena *arena, const char *pointer)
{
    struct slice rest = slice_of(pointer), name = {NULL, 0};

    slice_cut(&rest, '/');
    while (rest.len) {
        struct slice token = slice_cut(&rest, '/');

        if (!name.data || !is_index(token))
            name = token;
    }
    return name.data ? decode_token(arena, name) : NULL;
}

static const char *find_message(const struct problem_format *f, const char *keyword)
{
    for (size_t i = 0; i < f->message_count; i++)
        if (strcmp(f->messages[i].keyword, keyword) == 0)
            return f->messages[i].text;
    return NULL;
}

static const struct own_answer *find_answer(const struct problem_format *f, const char *key)
{
    for (size_t i = 0; i < f->answer_count; i++)
        if (strcmp(f->answers[i].key, key) == 0)
            return &f->answers[i];
    return NULL;
}

/* Returns the answer to the server's code, or else to the status. */
static const struct own_answer *answer_of(const struct problem_format *f, const char *word,
                                          const char *status)
{
    static const struct own_answer none;
    const struct own_answer *found = find_answer(f, word);

    if (!found)
        found = find_answer(f, status);
    return found ? found : &none;
}

static const char *first_of(const char *one, const char *two, const char *three)
{
    return one ? one : two ? two : three;
}

static void add_entry(struct error_writer *w, const struct violation *v, const char *name,
                      const char *message, struct arena *arena)
{
    const struct problem_format *f = w->format;

    w->entries[w->count++] = (struct error_entry){
        v->in, v->pointer,
        first_of(name, name_in(arena, v->pointer), first_of(f->whole, v->in, NULL)), v->keyword,
        first_of(message, find_message(f, v->keyword), v->message)};
}

/* Lists the violations. An error without any is one itself, if it has a name. */
static void list_entries(struct error_writer *w, const struct problem *p, const char *name,
                         const char *error, struct arena *arena)
{
    const struct violations *v = p->violations;
    size_t shown = v->count < VIOLATIONS_MAX ? v->count : VIOLATIONS_MAX;
    struct violation itself = {"request", "", "error", error};

    for (size_t i = 0; i < shown; i++) {
        bool is_own = p->is_last_own && i + 1 == v->count;

        add_entry(w, &v->items[i], is_own ? p->name : NULL, is_own ? p->error : NULL, arena);
    }
    if (!shown && (name || w->format->whole))
        add_entry(w, &itself, name, error, arena);
}

/* --- writing --- */

static void write_entry(const struct error_writer *w, const struct error_entry *e, struct buf *out)
{
    struct template_values values = w->values;

    values.texts[WORD_IN] = slice_of(e->in);
    values.texts[WORD_POINTER] = slice_of(e->pointer);
    values.texts[WORD_NAME] = slice_of(e->name);
    values.texts[WORD_KEYWORD] = slice_of(e->keyword);
    values.texts[WORD_MESSAGE] = slice_of(e->message);
    template_write(&w->format->value, &values, out);
}

static void write_list(const struct error_writer *w, struct buf *out)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < w->count; i++) {
        if (i)
            buf_putc(out, ',');
        write_entry(w, &w->entries[i], out);
    }
    buf_putc(out, ']');
}

static const char *key_of(const struct error_writer *w, size_t i)
{
    const struct error_entry *e = &w->entries[i];

    return w->format->by == BY_POINTER && *e->pointer ? e->pointer : e->name;
}

static bool is_first(const struct error_writer *w, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(key_of(w, k), key_of(w, i)) == 0)
            return false;
    return true;
}

/* Writes the entries that have the key of entry `first`. */
static void write_group(const struct error_writer *w, size_t first, struct buf *out)
{
    const char *key = key_of(w, first);

    jwrite_string(out, key, strlen(key));
    buf_puts(out, ":[");
    for (size_t i = first; i < w->count; i++) {
        if (strcmp(key_of(w, i), key) != 0)
            continue;
        if (i > first)
            buf_putc(out, ',');
        write_entry(w, &w->entries[i], out);
    }
    buf_putc(out, ']');
}

static void write_violations(void *arg, struct buf *out)
{
    const struct error_writer *w = arg;
    const char *comma = "";

    if (w->format->by == BY_LIST) {
        write_list(w, out);
        return;
    }
    buf_putc(out, '{');
    for (size_t i = 0; i < w->count; i++) {
        if (!is_first(w, i))
            continue;
        buf_puts(out, comma);
        write_group(w, i, out);
        comma = ",";
    }
    buf_putc(out, '}');
}

void problem_format_write(const struct problem_format *f, const struct problem *p,
                          struct arena *arena, struct buf *out)
{
    struct error_writer *w = arena_zalloc(arena, sizeof(*w));
    const struct own_answer *answer;
    const char *error;
    char status[12];

    snprintf(status, sizeof(status), "%d", p->status);
    answer = answer_of(f, p->word, status);
    error = first_of(p->error, answer->message, p->fallback);
    w->format = f;
    w->values.texts[WORD_STATUS] = slice_of(status);
    w->values.texts[WORD_TITLE] = slice_of(err_reason(p->status));
    w->values.texts[WORD_ERROR] = slice_of(error);
    w->values.texts[WORD_CODE] = slice_of(first_of(p->code, answer->code, p->word));
    w->values.texts[WORD_REQUEST_ID] = slice_of(p->request_id);
    w->values.violations = write_violations;
    w->values.arg = w;
    list_entries(w, p, first_of(p->name, answer->name, NULL), error, arena);
    template_write(&f->body, &w->values, out);
}

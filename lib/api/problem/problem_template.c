/* SPDX-License-Identifier: MIT */
/* Walks the JSON once and writes it as text into one buffer. Wherever a word stands, the text so
 * far ends a part. The parts keep lengths until the buffer has its final place. */
#include "lib/api/problem/problem_template.h"

#include <ctype.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/json/mark.h"
#include "lib/core/json/pointer.h"

enum { BODY = PROBLEM_BODY, ENTRY = PROBLEM_ENTRY };

static const struct {
    const char *name;
    unsigned places;
} words[WORD_COUNT] = {
#define WORD(symbol, name, where) [WORD_##symbol] = {(name), (where)},
#include "lib/api/problem/problem_words.def"
#undef WORD
};

struct template_compiler {
    struct arena *arena;
    struct diags *diags;
    enum problem_place place;
    const char *what;
    struct buf text, pointer;
    size_t begin; /* of the present part */
    struct template_part parts[TEMPLATE_WORDS_MAX + 1];
    size_t count;
    bool is_bad;
    bool is_full; /* a limit was reported; nothing more is read */
};

/* Reports a mistake in the value to which the pointer leads. */
static void complain(struct template_compiler *c, struct json_object *value, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
static void complain(struct template_compiler *c, struct json_object *value, const char *format,
                     ...)
{
    va_list args;

    if (c->diags) {
        va_start(args, format);
        diag_error(c->diags, mark_where(value), "x-problems: %s: %s%s%s", c->what,
                   buf_text(&c->pointer), c->pointer.len ? ": " : "",
                   arena_vprintf(c->arena, format, args));
        va_end(args);
    }
    c->is_bad = true;
}

/* Reports what the template has too much of, once. */
static void complain_of_limit(struct template_compiler *c, struct json_object *value, int most,
                              const char *what)
{
    if (!c->is_full)
        complain(c, value, "the template can have at most %d %s", most, what);
    c->is_full = true;
}

static enum problem_word find_word(struct slice name)
{
    size_t i = 0;

    while (i < WORD_COUNT && !slice_is(name, words[i].name))
        i++;
    return (enum problem_word)i;
}

/* Lists the words that the template may have, for messages. */
static const char *list_words(struct template_compiler *c)
{
    const char *list = "";

    for (size_t i = 0; i < WORD_COUNT; i++)
        if (words[i].places & c->place)
            list = arena_printf(c->arena, "%s%s$%s", list, *list ? ", " : "", words[i].name);
    return list;
}

/* Ends the part with the word. Of the string around it only `is_inside` is known here. */
static void add_part(struct template_compiler *c, enum problem_word word, bool is_inside)
{
    c->parts[c->count].literal.len = c->text.len - c->begin;
    c->parts[c->count].word = word;
    c->parts[c->count++].is_inside = is_inside;
    c->begin = c->text.len;
}

/* Adds the word if the template may have it, and one more. */
static void add_word(struct template_compiler *c, struct json_object *value, struct slice name,
                     bool is_inside)
{
    enum problem_word word = find_word(name);

    if (word == WORD_NONE || !(words[word].places & c->place))
        complain(c, value, "$%.*s is not a word; there are %s", (int)name.len, name.data,
                 list_words(c));
    else if (is_inside && word == WORD_VIOLATIONS)
        complain(c, value, "$violations cannot be part of a text");
    else if (c->count == TEMPLATE_WORDS_MAX)
        complain_of_limit(c, value, TEMPLATE_WORDS_MAX, "words");
    else
        add_part(c, word, is_inside);
}

static bool is_word_byte(char byte)
{
    return islower((unsigned char)byte) || byte == '_';
}

/* Takes "$word" or "${word}" from the front of *rest. Returns an empty name if there is none. */
static struct slice take_word(struct slice *rest)
{
    bool has_brace = rest->len > 1 && rest->data[1] == '{';
    size_t begin = 1 + has_brace, end = begin;

    while (end < rest->len && is_word_byte(rest->data[end]))
        end++;
    if (end == begin || (has_brace && (end == rest->len || rest->data[end] != '}')))
        return (struct slice){NULL, 0};
    *rest = (struct slice){rest->data + end + has_brace, rest->len - end - has_brace};
    return (struct slice){rest->data - (end - begin) - has_brace, end - begin};
}

/* Writes text as the inside of a JSON string. */
static void put_inside(struct buf *out, struct slice text)
{
    size_t at = out->len;

    jwrite_string(out, text.data, text.len);
    out->len -= 2;
    memmove(out->data + at, out->data + at + 1, out->len - at);
}

/* Writes the text up to the next '$' that begins something, or all of it. */
static void put_text(struct template_compiler *c, struct slice *rest)
{
    const char *dollar = memchr(rest->data, '$', rest->len);
    size_t len = dollar ? (size_t)(dollar - rest->data) : rest->len;

    put_inside(&c->text, (struct slice){rest->data, len});
    *rest = (struct slice){rest->data + len, rest->len - len};
}

static void put_dollar(struct template_compiler *c, struct json_object *value, struct slice *rest)
{
    size_t len = rest->len > 1 && rest->data[1] == '$' ? 2 : 1;
    struct slice name = take_word(rest);

    if (name.len) {
        add_word(c, value, name, true);
        return;
    }
    if (rest->len > 1 && rest->data[1] == '{')
        complain(c, value, "${ has no word and }");
    buf_putc(&c->text, '$');
    *rest = (struct slice){rest->data + len, rest->len - len};
}

/* Returns the name of the word that the text is as a whole; data is NULL if it is none. */
static struct slice whole_word(struct slice text)
{
    struct slice rest = text, name = {NULL, 0};

    if (text.len > 1 && text.data[0] == '$' && text.data[1] != '{')
        name = take_word(&rest);
    return rest.len ? (struct slice){NULL, 0} : name;
}

static void put_string(struct template_compiler *c, struct json_object *value)
{
    struct slice rest = jslice(value), word = whole_word(rest);

    if (word.len) {
        add_word(c, value, word, false);
        return;
    }
    buf_putc(&c->text, '"');
    while (rest.len) {
        put_text(c, &rest);
        if (rest.len)
            put_dollar(c, value, &rest);
    }
    buf_putc(&c->text, '"');
}

static void put_value(struct template_compiler *c, struct json_object *value, unsigned depth);

/* Writes a value that a pointer leads to by one more token. */
static void put_child(struct template_compiler *c, struct slice token, struct json_object *value,
                      unsigned depth)
{
    size_t len = c->pointer.len;

    pointer_put(&c->pointer, token);
    put_value(c, value, depth);
    c->pointer.len = len;
}

static void put_object(struct template_compiler *c, struct json_object *object, unsigned depth)
{
    const char *comma = "";

    buf_putc(&c->text, '{');
    json_object_object_foreach(object, name, value)
    {
        buf_puts(&c->text, comma);
        jwrite_key(&c->text, name);
        put_child(c, slice_of(name), value, depth);
        comma = ",";
    }
    buf_putc(&c->text, '}');
}

static void put_array(struct template_compiler *c, struct json_object *array, unsigned depth)
{
    char index[24];

    buf_putc(&c->text, '[');
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        if (i)
            buf_putc(&c->text, ',');
        snprintf(index, sizeof(index), "%zu", i);
        put_child(c, slice_of(index), json_object_array_get_idx(array, i), depth);
    }
    buf_putc(&c->text, ']');
}

static void put_value(struct template_compiler *c, struct json_object *value, unsigned depth)
{
    if (c->is_full)
        return;
    if (!depth)
        complain_of_limit(c, value, TEMPLATE_DEPTH_MAX, "levels");
    else if (json_object_is_type(value, json_type_object))
        put_object(c, value, depth - 1);
    else if (json_object_is_type(value, json_type_array))
        put_array(c, value, depth - 1);
    else if (json_object_is_type(value, json_type_string))
        put_string(c, value);
    else
        jwrite_value(&c->text, value);
    if (c->text.len > TEMPLATE_BYTES_MAX)
        complain_of_limit(c, value, TEMPLATE_BYTES_MAX, "bytes");
}

/* Gives the parts their literals, in the arena. */
static void finish(struct template_compiler *c, struct problem_template *t)
{
    const char *at = arena_strndup(c->arena, buf_text(&c->text), c->text.len);

    add_part(c, WORD_NONE, false);
    t->count = c->count;
    t->parts = arena_alloc(c->arena, c->count * sizeof(*t->parts));
    for (size_t i = 0; i < c->count; i++) {
        t->parts[i] = c->parts[i];
        t->parts[i].literal.data = at;
        at += c->parts[i].literal.len;
    }
}

bool template_compile(struct problem_template *t, struct json_object *json,
                      enum problem_place place, const char *what, struct arena *arena,
                      struct diags *diags)
{
    struct template_compiler c = {.arena = arena, .diags = diags, .place = place, .what = what};

    put_value(&c, json, TEMPLATE_DEPTH_MAX);
    if (!c.is_bad)
        finish(&c, t);
    buf_fini(&c.text);
    buf_fini(&c.pointer);
    return !c.is_bad;
}

static void write_word(const struct template_part *part, const struct template_values *values,
                       struct buf *out)
{
    struct slice text = values->texts[part->word];

    if (part->is_inside)
        put_inside(out, text);
    else if (part->word == WORD_VIOLATIONS)
        values->violations(values->arg, out);
    else if (part->word == WORD_STATUS)
        buf_put(out, text.data, text.len);
    else
        jwrite_string(out, text.data, text.len);
}

void template_write(const struct problem_template *t, const struct template_values *values,
                    struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        buf_put(out, t->parts[i].literal.data, t->parts[i].literal.len);
        if (t->parts[i].word != WORD_NONE)
            write_word(&t->parts[i], values, out);
    }
}

enum problem_word template_word_of(struct json_object *string)
{
    struct slice name = whole_word(jslice(string));

    return name.len ? find_word(name) : WORD_NONE;
}

/* SPDX-License-Identifier: MIT */
/* Emits events to libyaml and chooses only the style of each string. What we write is read back by
 * tools of unknown age, so a string is quoted when either YAML 1.1 or 1.2 could resolve it to
 * something else; a false alarm costs two quotes, a miss changes the document. Text of several
 * lines becomes a literal block if nothing in it needs an escape, and all else is left to libyaml,
 * which quotes what a plain scalar cannot hold. */
#include "lib/conf/yaml_write.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include <yaml.h>

#include "lib/core/json/jwrite.h"
#include "lib/core/slice.h"
#include "lib/core/text/utf8.h"

static int append_bytes(void *out, unsigned char *data, size_t len)
{
    buf_put(out, data, len);
    return 1;
}

/* Emits the event. A failure is a bug: apart from memory, libyaml refuses only text that is not
 * UTF-8. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int is_made)
{
    int is_written = is_made && yaml_emitter_emit(emitter, event);

    assert(is_written);
    (void)is_written;
}

/* Returns true if YAML 1.1 (yaml.org/type) or the core schema of 1.2 might resolve the plain scalar
 * to something other than a string. Text that starts like a number counts, because dates and 1:30
 * do. */
static bool is_ambiguous(struct slice text)
{
    static const char *const words[] = {"null", "~",   "true", "false", "yes", "no",
                                        "on",   "off", "y",    "n",     "=",   "<<"};
    const char *at = text.data;

    if (!text.len)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_is_nocase(text, words[i]))
            return true;
    return isdigit((unsigned char)*at) || (strchr("+-.", *at) && text.len > 1);
}

/* Returns true for characters that a plain scalar cannot hold or that some readers take for a line
 * break. */
static bool is_special(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return true;
    return memmem(text.data, text.len, "\xc2\x85", 2) ||
           memmem(text.data, text.len, "\xe2\x80\xa8", 3) ||
           memmem(text.data, text.len, "\xe2\x80\xa9", 3);
}

/* Returns true for text of several lines without special characters. Line breaks at its ends would
 * need chomping indicators and are left to quotes. */
static bool is_block(struct slice text)
{
    const char *end = text.data + text.len, *line = text.data, *next;

    if (text.len < 2 || isspace((unsigned char)*line) || memcmp(end - 2, "\n\n", 2) == 0)
        return false;
    for (; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1)
        if (is_special((struct slice){line, (size_t)(next - line)}))
            return false;
    return line > text.data && !is_special((struct slice){line, (size_t)(end - line)});
}

/* Chooses a style. libyaml itself quotes what a plain scalar cannot hold. */
static yaml_scalar_style_t choose_style(struct slice text)
{
    if (is_block(text))
        return YAML_LITERAL_SCALAR_STYLE;
    if (is_ambiguous(text) || is_special(text))
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return YAML_PLAIN_SCALAR_STYLE;
}

static void write_scalar(yaml_emitter_t *emitter, struct slice text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    yaml_char_t *data = (yaml_char_t *)(uintptr_t)text.data;

    emit(emitter, &event,
         yaml_scalar_event_initialize(&event, NULL, NULL, data, (int)text.len, 1, 1, style));
}

/* Copies the text with C0 80, jread's NUL in a member name, decoded, and other invalid bytes as
 * U+FFFD. */
static void put_valid(struct buf *b, const char *text, size_t len)
{
    for (size_t n; len; text += n, len -= n) {
        n = utf8_sequence(text, len);
        if (n) {
            buf_put(b, text, n);
        } else if (len > 1 && memcmp(text, "\xc0\x80", 2) == 0) {
            buf_putc(b, '\0');
            n = 2;
        } else {
            buf_puts(b, "\xef\xbf\xbd");
            n = 1;
        }
    }
}

static void write_string(yaml_emitter_t *emitter, const char *data, size_t len)
{
    struct slice text = {data, len};
    struct buf valid = {0};

    if (!utf8_is_valid(data, len)) {
        put_valid(&valid, data, len);
        text = buf_slice(&valid);
    }
    write_scalar(emitter, text, choose_style(text));
    buf_fini(&valid);
}

/* Writes a number. 1e+21 is a number in JSON and YAML 1.2, but text in 1.1, which requires a
 * point. */
static void write_number(yaml_emitter_t *emitter, struct json_object *value)
{
    struct buf text = {0};
    char *e;

    jwrite_value(&text, value);
    e = memchr(text.data, 'e', text.len);
    if (e && json_object_is_type(value, json_type_double) && !memchr(text.data, '.', text.len)) {
        size_t at = (size_t)(e - text.data);

        buf_reserve(&text, 2);
        memmove(text.data + at + 2, text.data + at, text.len - at);
        memcpy(text.data + at, ".0", 2);
        text.len += 2;
    }
    write_scalar(emitter, buf_slice(&text), YAML_PLAIN_SCALAR_STYLE);
    buf_fini(&text);
}

static void write_value(yaml_emitter_t *emitter, struct json_object *value);

static void write_map(yaml_emitter_t *emitter, struct json_object *map)
{
    yaml_event_t event;

    emit(emitter, &event,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    json_object_object_foreach(map, key, member)
    {
        write_string(emitter, key, strlen(key));
        write_value(emitter, member);
    }
    emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static void write_list(yaml_emitter_t *emitter, struct json_object *list)
{
    yaml_event_t event;

    emit(emitter, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
    for (size_t i = 0; i < json_object_array_length(list); i++)
        write_value(emitter, json_object_array_get_idx(list, i));
    emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static void write_value(yaml_emitter_t *emitter, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_map(emitter, value);
        break;
    case json_type_array:
        write_list(emitter, value);
        break;
    case json_type_string:
        write_string(emitter, json_object_get_string(value),
                     (size_t)json_object_get_string_len(value));
        break;
    default:
        write_number(emitter, value); /* true, false and null are spelled as in JSON */
    }
}

static void begin(yaml_emitter_t *emitter, struct buf *out)
{
    yaml_event_t event;
    int is_ready = yaml_emitter_initialize(emitter);

    assert(is_ready);
    (void)is_ready;
    yaml_emitter_set_output(emitter, append_bytes, out);
    yaml_emitter_set_unicode(emitter, 1);
    yaml_emitter_set_width(emitter, -1);
    emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

static void end(yaml_emitter_t *emitter)
{
    yaml_event_t event;

    emit(emitter, &event, yaml_document_end_event_initialize(&event, 1));
    emit(emitter, &event, yaml_stream_end_event_initialize(&event));
    yaml_emitter_delete(emitter);
}

void yaml_write(struct json_object *value, struct buf *out)
{
    yaml_emitter_t emitter;

    begin(&emitter, out);
    write_value(&emitter, value);
    end(&emitter);
}

void yaml_write_word(struct buf *out, const char *text)
{
    yaml_emitter_t emitter;
    yaml_event_t event;
    struct buf list = {0}; /* "[text]\n" */

    begin(&emitter, &list);
    emit(&emitter, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE));
    write_string(&emitter, text, strlen(text));
    emit(&emitter, &event, yaml_sequence_end_event_initialize(&event));
    end(&emitter);
    assert(list.len >= 3 && list.data[0] == '[' && memcmp(list.data + list.len - 2, "]\n", 2) == 0);
    buf_put(out, list.data + 1, list.len - 3);
    buf_fini(&list);
}

/* SPDX-License-Identifier: MIT */
/* YAML has five ways to write a string, with rules of their own for line breaks, indentation and
 * escapes. They differ in white space and escapes alone. So the value and the text of the file are
 * walked side by side from one word to the next: any white space is skipped on both sides, and all
 * else must be equal. A new place is noted wherever the columns are out of step. */
#include "lib/api/document/sql_places.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/document/xsql_text.h"
#include "lib/core/json/jget.h"
#include "lib/db/sql/sqllex.h"

/* A position in a file. */
struct spot {
    const char *at;
    uint32_t line, col;
};

struct sql_walk {
    struct spot source;
    const char *text, *value; /* the string, and the position in it */
    struct json_object *at;
    struct spot noted; /* the last place; its `at` points into the string */
    char quote;        /* of the scalar: '"', '\'', or 0 */
};

static bool is_blank(char c)
{
    return isspace((unsigned char)c);
}

/* Returns true if the byte begins a character, as columns count them. */
static bool is_start(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static void step_on(struct spot *s)
{
    char c = *s->at++;

    if (c == '\n') {
        s->line++;
        s->col = 1;
    } else {
        s->col += is_start(*s->at) || !*s->at;
    }
}

static void add_place(struct json_object *at, size_t offset, uint32_t line, uint32_t col)
{
    json_object_array_add(at, json_object_new_int64((int64_t)offset));
    json_object_array_add(at, json_object_new_int64(line));
    json_object_array_add(at, json_object_new_int64(col));
}

static struct json_object *finish_places(const char *file, struct json_object *at)
{
    struct json_object *places = json_object_new_object();

    json_object_object_add(places, "file", json_object_new_string(file));
    json_object_object_add(places, "at", at);
    return places;
}

struct json_object *sql_places_of_file(const char *file, const char *text)
{
    struct json_object *at = json_object_new_array();
    uint32_t line = 1;

    add_place(at, 0, line, 1);
    for (const char *c = text; *c; c++)
        if (*c == '\n')
            add_place(at, (size_t)(c + 1 - text), ++line, 1);
    return finish_places(file, at);
}

/* Returns the length of an escape in double quotes (YAML 1.2, 5.7; JSON has fewer). */
static size_t escape_length(const char *at)
{
    static const struct {
        char letter;
        size_t length;
    } rows[] = {{'x', 4}, {'u', 6}, {'U', 10}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (at[1] == rows[i].letter)
            return rows[i].length;
    return 2;
}

/* Returns true if the escape at `at` stands for white space. */
static bool is_blank_escape(const struct sql_walk *w, const char *at)
{
    return w->quote == '"' && *at == '\\' && at[1] && strchr("ntr \n\r\t", at[1]);
}

static void skip_bytes(struct spot *s, size_t count)
{
    while (count-- && *s->at)
        step_on(s);
}

static void skip_blanks(struct sql_walk *w)
{
    while (is_blank(*w->value))
        w->value++;
    while (is_blank(*w->source.at) || is_blank_escape(w, w->source.at))
        skip_bytes(&w->source, is_blank(*w->source.at) ? 1 : 2);
}

/* Passes one character on both sides. Returns false if they differ. */
static bool pass_character(struct sql_walk *w)
{
    if (w->quote == '"' && *w->source.at == '\\') {
        skip_bytes(&w->source, escape_length(w->source.at));
        for (w->value++; !is_start(*w->value);)
            w->value++;
        return true;
    }
    if (*w->source.at != *w->value)
        return false;
    if (w->quote == '\'' && *w->value == '\'')
        step_on(&w->source);
    step_on(&w->source);
    w->value++;
    return true;
}

/* Notes the position unless it follows from the last place. */
static void note_place(struct sql_walk *w)
{
    uint32_t cols = 0;

    for (const char *c = w->noted.at; c && c < w->value; c++)
        cols += is_start(*c);
    if (w->noted.at && w->source.line == w->noted.line && w->source.col == w->noted.col + cols)
        return;
    w->noted = (struct spot){w->value, w->source.line, w->source.col};
    add_place(w->at, (size_t)(w->value - w->text), w->source.line, w->source.col);
}

/* Skips an anchor, and what introduces a block or a quoted scalar. */
static void enter_scalar(struct sql_walk *w)
{
    struct spot *s = &w->source;

    if (*s->at == '&') {
        while (*s->at && !is_blank(*s->at))
            step_on(s);
        while (is_blank(*s->at))
            step_on(s);
    }
    if (*s->at == '|' || *s->at == '>') {
        while (*s->at && *s->at != '\n')
            step_on(s);
    } else if (*s->at == '"' || *s->at == '\'') {
        w->quote = *s->at;
        step_on(s);
    }
}

/* Goes to the start of the line, or of the text's last one. */
static void go_to_line(struct sql_line *l, uint32_t line)
{
    const char *next;

    for (; l->line < line && (next = strchr(l->at, '\n')); l->line++)
        l->at = next + 1;
    for (; l->line > line && l->line > 1; l->line--)
        do
            l->at--;
        while (l->at > l->source && l->at[-1] != '\n');
}

static void go_to(struct spot *s, const struct mark *m, struct sql_line *last)
{
    if (last->source != s->at)
        *last = (struct sql_line){s->at, s->at, 1};
    go_to_line(last, m->line);
    s->at = last->at;
    s->line = last->line;
    if (s->line == 1 && strncmp(s->at, "\xef\xbb\xbf", 3) == 0)
        s->at += 3;
    while (*s->at && *s->at != '\n' && s->col < m->col)
        step_on(s);
}

struct json_object *sql_places_of_scalar(const struct mark *m, const char *source, const char *text,
                                         struct sql_line *last)
{
    struct sql_walk w = {.source = {source, 1, 1}, .text = text, .value = text};
    bool is_in_step = false;

    go_to(&w.source, m, last);
    enter_scalar(&w);
    w.at = json_object_new_array();
    while (skip_blanks(&w), *w.value) {
        note_place(&w);
        for (is_in_step = true; *w.value && is_in_step && !is_blank(*w.value);)
            is_in_step = pass_character(&w);
        if (!is_in_step)
            break;
    }
    if (json_object_array_length(w.at) > 0 && (is_in_step || !*w.value))
        return finish_places(m->file, w.at);
    json_object_put(w.at);
    return NULL;
}

/* --- finding --- */

/* The way from the start of a text to an offset into it. */
struct way {
    struct json_object *at;
    size_t place;  /* index of the place that was passed last */
    size_t offset; /* into the text as written */
    size_t cols;   /* since that place */
};

static size_t number_at(const struct way *w, size_t i)
{
    return (size_t)json_object_get_int64(json_object_array_get_idx(w->at, i));
}

/* Passes text as it was written. */
static void pass(struct way *w, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        w->cols += is_start(text[i]);
        w->offset++;
        while (w->place + 3 < json_object_array_length(w->at) &&
               w->offset >= number_at(w, w->place + 3)) {
            w->place += 3;
            w->cols = 0;
        }
    }
}

static const char *tell(const struct way *w, struct json_object *places, struct arena *arena)
{
    return arena_printf(arena, "%s:%zu:%zu", jget_text(places, "file"), number_at(w, w->place + 1),
                        number_at(w, w->place + 2) + w->cols);
}

const char *sql_places_find(struct json_object *places, const char *text, size_t offset,
                            struct arena *arena)
{
    struct way w = {.at = jget(places, "at")};

    if (!w.at)
        return NULL;
    pass(&w, text, strnlen(text, offset));
    return tell(&w, places, arena);
}

/* Returns the name, without its colon, that the positional parameter stands for. */
static const char *name_of(struct json_object *step, struct sql_token t)
{
    size_t number = (size_t)strtoul(t.at + 1, NULL, 10);
    const char *name = json_object_get_string(jget_item(step, "names", number - 1));

    return name ? name : "";
}

const char *sql_places_find_step(struct json_object *step, size_t offset, struct arena *arena)
{
    struct json_object *places = jget(step, "places");
    struct way w = {.at = jget(places, "at")};
    const char *sql = jget_text(step, "sql"), *done = sql, *name, *end;
    struct sql_token t;

    if (!w.at || !sql)
        return NULL;
    end = sql + strnlen(sql, offset);
    for (t = sql_token_at(sql, xsql_text_dialect(step)); t.len && t.at < end;
         t = sql_token_next(t)) {
        if (t.kind != SQL_PARAMETER)
            continue;
        pass(&w, done, (size_t)(t.at - done));
        name = name_of(step, t);
        pass(&w, ":", 1);
        pass(&w, name, strlen(name));
        done = t.at + t.len;
    }
    if (done < end)
        pass(&w, done, (size_t)(end - done));
    return tell(&w, places, arena);
}

const char *sql_places_find_name(struct json_object *step, size_t index, struct arena *arena)
{
    const char *sql = jget_text(step, "sql");
    struct sql_token t = sql_token_at(sql ? sql : "", xsql_text_dialect(step));

    while (t.len && (t.kind != SQL_PARAMETER || strtoul(t.at + 1, NULL, 10) != index + 1))
        t = sql_token_next(t);
    return t.len ? sql_places_find_step(step, (size_t)(t.at - sql), arena) : NULL;
}

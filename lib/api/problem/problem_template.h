/* SPDX-License-Identifier: MIT */
/*
 * JSON with words in it, from which the body of an error is made. A string that is nothing but a
 * word has its value: `$status` is a number, `$violations` what it is written as, any other text.
 * In a longer string words are replaced by their text, and so is `${status}` in any string. `$$` is a
 * dollar sign. Members' names have no words.
 *
 *     {"code": "$code", "detail": "${status}: $error"}
 *
 *     {"code":   WORD_CODE   ,"detail":"   WORD_STATUS   :    WORD_ERROR   "}
 *                as a value                within a string    within a string
 *
 * A template is compiled once, to literal JSON with words between, and written for each error.
 */
#ifndef LEAT_API_PROBLEM_PROBLEM_TEMPLATE_H
#define LEAT_API_PROBLEM_PROBLEM_TEMPLATE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/diag.h"

enum problem_word {
#define WORD(symbol, name, where) WORD_##symbol,
#include "lib/api/problem/problem_words.def"
#undef WORD
    WORD_COUNT,
    WORD_NONE = WORD_COUNT,
};

/* Where a template is used, which decides on the words that it may have. */
enum problem_place { PROBLEM_BODY = 1, PROBLEM_ENTRY = 2 };

/* The most words, literal bytes and levels of a template: what a client may make the server send is
 * at most this times the longest value. */
enum { TEMPLATE_WORDS_MAX = 16, TEMPLATE_BYTES_MAX = 16 << 10, TEMPLATE_DEPTH_MAX = 16 };

struct template_part {
    struct slice literal;   /* before the word */
    enum problem_word word; /* WORD_NONE at the end */
    bool is_inside;         /* of a string */
};

struct problem_template {
    struct template_part *parts;
    size_t count;
};

/* The values of one writing. Texts may be any bytes: what is written is valid JSON. */
struct template_values {
    struct slice texts[WORD_COUNT];                 /* of "status" its digits */
    void (*violations)(void *arg, struct buf *out); /* writes the value of `$violations` */
    void *arg;
};

/* Compiles the template into the arena. Mistakes are reported at their places, unless `diags` is
 * NULL, after "x-problems: KEY: POINTER: ", where KEY is `what`. Returns false if there were
 * any. */
bool template_compile(struct problem_template *t, struct json_object *json,
                      enum problem_place place, const char *what, struct arena *arena,
                      struct diags *diags);
void template_write(const struct problem_template *t, const struct template_values *values,
                    struct buf *out);
/* Returns the word that the string is, WORD_NONE if it is another. */
enum problem_word template_word_of(struct json_object *string);

#endif

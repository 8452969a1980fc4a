/* SPDX-License-Identifier: MIT */
/*
 * The form that a document gives to all of its errors by x-problems, in place of problem details
 * (RFC 9457):
 *
 *     {"media-type": "application/json", "body": TEMPLATE,           problem_template.h
 *      "violations": {"by": "list", "value": TEMPLATE, "whole": NAME},
 *      "messages": {KEYWORD: TEXT},
 *      "answers": {"401" or "bad-login": {"code", "name", "message"}}}
 *
 * `$violations` is a list of the values of all violations; or an object that has under the name, or
 * the pointer, of what they concern a list of them. "whole" is the name of what is no part of a
 * request: then an error without violations is one itself. "answers" says what the server's own
 * errors are called, by their code or by their status.
 */
#ifndef LEAT_API_PROBLEM_PROBLEM_FORMAT_H
#define LEAT_API_PROBLEM_PROBLEM_FORMAT_H

#include "lib/api/problem/problem_template.h"
#include "lib/core/enum_text.h"
#include "lib/schema/violation.h"

#define PROBLEM_KEYS(ROW) ROW(BY_LIST, "list") ROW(BY_NAME, "name") ROW(BY_POINTER, "pointer")
enum problem_by { PROBLEM_KEYS(ENUM_VALUE) };
enum { PROBLEM_BY_COUNT = PROBLEM_KEYS(ENUM_ONE) };

/* One error. Its texts are borrowed. */
struct problem {
    int status;
    const char *error; /* NULL: that of "answers", or else `fallback` */
    const char *fallback;
    const char *code; /* NULL: that of "answers", or else `word` */
    const char *word; /* the server's own code */
    const char *name; /* of what it concerns; NULL: that of "answers", or as its pointer says */
    const char *request_id;
    const struct violations *violations;
    bool is_last_own; /* the last violation is the error itself, so it has its name and its text */
};

struct problem_format;

/* Compiles x-problems, whose keys and types were checked. Mistakes in its templates are reported,
 * unless `diags` is NULL; then the result is NULL. It lies in the arena, and borrows nothing. */
struct problem_format *problem_format_load(struct json_object *json, struct arena *arena,
                                           struct diags *diags);
/* Returns the media type of the errors. */
const char *problem_format_type(const struct problem_format *f);
/* Returns that of the errors that x-problems describes; NULL: of problem details. Borrowed. */
const char *problem_format_type_of(struct json_object *json);
/* Writes the body of the error. `arena` is for what that takes. */
void problem_format_write(const struct problem_format *f, const struct problem *problem,
                          struct arena *arena, struct buf *out);
/* Returns the templates of x-problems, those that it leaves out too. The caller's. */
struct json_object *problem_format_body(struct json_object *json);
struct json_object *problem_format_value(struct json_object *json);
/* Returns the order that x-problems says. */
enum problem_by problem_format_by(struct json_object *json);

#endif

/* SPDX-License-Identifier: MIT */
/* Shared by the files that compare parts of operations. Internal to lib/api. */
#ifndef LEAT_API_COMPARE_COMPARISON_H
#define LEAT_API_COMPARE_COMPARISON_H

#include "lib/api/compare/compare.h"
#include "lib/api/compare/published_side.h"
#include "lib/schema/compat.h"

/* Two versions of one operation, and the part being compared. */
struct comparison {
    struct api_changes *out;
    const char *operation, *where;
    const struct operation *old, *new;
    struct json_object *old_record, *new_record;
    struct published_side *old_side, *new_side; /* of their documents */
    const char *within;                         /* the callback being compared, or "" */
};

/* Reports a change of the current part; `keyword` is its kind. */
void comparison_say(struct comparison *c, bool is_break, const char *keyword, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));
/* Compares the schemas of the current part. */
void comparison_schemas(struct comparison *c, const struct schema *old, const struct schema *new,
                        enum compat_use use);

/* Each compares one part of the operation and reports its changes. */
void comparison_parameters(struct comparison *c);
/* Compares how a parameter or form field is serialized. */
void comparison_spelling(struct comparison *c, const struct field *old, const struct field *new);
void comparison_security(struct comparison *c);
void comparison_servers(struct comparison *c);
/* Compares where clients of a document get their tokens. */
void comparison_flows(struct comparison *c);
/* Compares the form of errors of two documents, each the "problems" of its record or NULL. */
void comparison_problems(struct comparison *c, struct json_object *old, struct json_object *new);
/* Compares If-Match and Idempotency-Key. */
void comparison_conditions(struct comparison *c);
/* Compares the responses as they are published: errors, headers, media types. */
void comparison_responses(struct comparison *c, struct json_object *old, struct json_object *new,
                          enum compat_use use);
/* Returns true if the old document declares a success of that status. */
bool comparison_was_declared(const struct comparison *c, int status);
/* Compares headers, each a Header or Parameter Object by its name. */
void comparison_headers(struct comparison *c, struct json_object *old, struct json_object *new,
                        const char *of);
/* Compares maps of Media Type Objects. Unless `except` is NULL, its types of the old and the new
 * side are compared elsewhere. */
void comparison_content(struct comparison *c, struct json_object *old, struct json_object *new,
                        const char *of, enum compat_use use, const char *const *except);
/* Compares the requests that the server sends: callbacks of an operation, and webhooks. */
void comparison_callbacks(struct comparison *c, struct json_object *old, struct json_object *new);
void comparison_webhooks(struct comparison *c);
/* Returns the place of a part, within the callback. */
const char *comparison_place(struct comparison *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

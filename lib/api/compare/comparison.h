/* SPDX-License-Identifier: MIT */
/* Shared by the files that compare parts of operations. Internal to lib/api. */
#ifndef LEAT_API_COMPARE_COMPARISON_H
#define LEAT_API_COMPARE_COMPARISON_H

#include "lib/api/compare/compare.h"
#include "lib/schema/compat.h"

/* Two versions of one operation, and the part being compared. */
struct comparison {
    struct api_changes *out;
    const char *operation, *where;
    const struct operation *old, *new;
    struct json_object *old_record, *new_record;
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

#endif

/* SPDX-License-Identifier: MIT */
/* What the checks of the kinds of values share. Internal to lib/schema. */
#ifndef LEAT_SCHEMA_CHECK_H
#define LEAT_SCHEMA_CHECK_H

#include "lib/schema/effort.h"
#include "lib/schema/evaluated.h"
#include "lib/schema/node.h"

/* The way to a value, as a list on the stack: text only on violation. */
struct step {
    const struct step *parent;
    const char *name; /* NULL: an array item */
    size_t index;
};

/* The resources that were entered, innermost first: the dynamic scope (core, 7.1). */
struct scope {
    const struct resource *resource;
    const struct scope *outer;
};

struct checker {
    const char *in;
    const char *base;
    struct violations *out; /* NULL: only the verdict counts, and the first failure is enough */
    const struct scope *scope;
    struct json_object *value;  /* the one at hand, … */
    const struct schema *whole; /* … and the outermost schema that applies to it */
    unsigned depth;
    struct effort *effort; /* shared by all */
};

/* Checks `value`; what it looks at is noted in `seen`, which may be NULL. */
bool check(struct checker *c, const struct schema *s, struct json_object *value,
           const struct step *at, struct evaluated *seen);
/* The same, but nothing is reported. */
bool check_quietly(const struct checker *c, const struct schema *s, struct json_object *value,
                   struct evaluated *seen);
/* Whether a violation would still be told: makes its words worth the while. */
bool check_is_told(const struct checker *c);
/* Reports. Always false. */
bool check_violate(struct checker *c, const struct step *at, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Reports a size that is out of range. */
bool check_size(struct checker *c, const struct schema_range *range, size_t size,
                const char *const keywords[2], const char *unit, const struct step *at);

bool check_number(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at);
bool check_text(struct checker *c, const struct schema *s, struct json_object *value,
                const struct step *at);
bool check_array(struct checker *c, const struct schema *s, struct json_object *value,
                 const struct step *at, struct evaluated *seen);
bool check_object(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at, struct evaluated *seen);
bool check_logic(struct checker *c, const struct schema *s, struct json_object *value,
                 const struct step *at, struct evaluated *seen);
/* What no other keyword has looked at. */
bool check_unevaluated_items(struct checker *c, const struct schema_array *a,
                             struct json_object *value, const struct step *at,
                             const struct evaluated *seen);
bool check_unevaluated_properties(struct checker *c, const struct schema_object *o,
                                  struct json_object *value, const struct step *at,
                                  const struct evaluated *seen);

#endif

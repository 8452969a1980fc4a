/* SPDX-License-Identifier: MIT */
/* Shared by the files that check kinds of values. Internal to lib/schema. */
#ifndef LEAT_SCHEMA_CHECK_H
#define LEAT_SCHEMA_CHECK_H

#include "lib/schema/evaluated_set.h"
#include "lib/schema/joint.h"
#include "lib/schema/node.h"
#include "lib/schema/walk.h"

/* The path to a value, as a list on the stack; it becomes text only for a violation. */
struct step {
    const struct step *parent;
    struct slice name; /* data is NULL for an array item */
    size_t index;
};

/* The resources that were entered, innermost first: the dynamic scope (core, 7.1). */
struct scope {
    const struct resource *resource;
    const struct scope *outer;
};

struct schema_checker {
    const char *in;
    const char *base;
    struct violations *out;    /* NULL if only the verdict counts: the first failure ends it */
    struct violations *hidden; /* notes hidden members and ignores them; NULL to refuse them */
    const struct scope *scope;
    const struct jvalue *value; /* the current one, … */
    const struct schema *whole; /* … and the outermost schema that applies to it */
    struct joint *joint;        /* of the whole that is being checked, or NULL */
    unsigned depth;
    struct budget *budget; /* the request's; what it does not cover is not checked */
};

/* Returns the bit of the value's type (enum schema_type). A whole number is an integer if 64 bits
 * hold it. */
int check_type_of(const struct jvalue *value);
/* Checks `value`. The checker is unchanged afterwards. What was evaluated is recorded in `seen`,
 * which may be NULL. */
bool check(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
           const struct step *at, struct evaluated *seen);
/* Like check(), but reports nothing. */
bool check_quietly(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                   struct evaluated *seen);
/* Returns true if another violation would be reported, so that its text is worth making. */
bool check_is_told(const struct schema_checker *c);
/* Returns true if checking the value should go on: reports list all violations, a mere verdict ends
 * at the first, and nothing goes on without a budget. */
static inline bool check_goes_on(const struct schema_checker *c, bool ok)
{
    return (ok || c->out) && !walk_ended(c->budget);
}
/* Reports a violation. Always returns false. */
bool check_violate(struct schema_checker *c, const struct step *at, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Reports a size that is out of range. Returns false then. */
bool check_size(struct schema_checker *c, const struct schema_range *range, size_t size,
                const char *const keywords[2], const char *unit, const struct step *at);

/* Each checks the keywords of one kind of value. */
bool check_number(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at);
bool check_text(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                const struct step *at);
bool check_array(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen);
bool check_object(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at, struct evaluated *seen);
bool check_logic(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen);
/* These check what no other keyword has evaluated. */
bool check_unevaluated_items(struct schema_checker *c, const struct schema_array *a,
                             const struct jvalue *value, const struct step *at,
                             const struct evaluated *seen);
bool check_unevaluated_properties(struct schema_checker *c, const struct schema_object *o,
                                  const struct jvalue *value, const struct step *at,
                                  const struct evaluated *seen);

#endif

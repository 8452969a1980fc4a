/* SPDX-License-Identifier: MIT */
/* What the checks of the kinds of values share. Internal to lib/schema. */
#ifndef LEAT_SCHEMA_CHECK_H
#define LEAT_SCHEMA_CHECK_H

#include "lib/schema/evaluated.h"
#include "lib/schema/node.h"
#include "lib/schema/walk.h"

/* The way to a value, as a list on the stack: text only on violation. */
struct step {
    const struct step *parent;
    struct slice name; /* data is NULL: an array item */
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
    const struct jvalue *value; /* the one at hand, … */
    const struct schema *whole; /* … and the outermost schema that applies to it */
    unsigned depth;
    struct budget *budget; /* of the request; what it does not cover is not looked at */
};

/* Checks `value`, which leaves the checker as it was; what it looks at is noted in `seen`, which
 * may be NULL. */
bool check(struct checker *c, const struct schema *s, const struct jvalue *value,
           const struct step *at, struct evaluated *seen);
/* The same, but nothing is reported. */
bool check_quietly(struct checker *c, const struct schema *s, const struct jvalue *value,
                   struct evaluated *seen);
/* Whether a violation would still be told: makes its words worth the while. */
bool check_is_told(const struct checker *c);
/* Whether the checks of one value go on: what is reported is all that is wrong, a verdict needs no
 * more than the first; and nothing goes on without a budget. */
static inline bool check_goes_on(const struct checker *c, bool ok)
{
    return (ok || c->out) && !walk_ended(c->budget);
}
/* Reports. Always false. */
bool check_violate(struct checker *c, const struct step *at, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Reports a size that is out of range. */
bool check_size(struct checker *c, const struct schema_range *range, size_t size,
                const char *const keywords[2], const char *unit, const struct step *at);

bool check_number(struct checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at);
bool check_text(struct checker *c, const struct schema *s, const struct jvalue *value,
                const struct step *at);
bool check_array(struct checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen);
bool check_object(struct checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at, struct evaluated *seen);
bool check_logic(struct checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen);
/* What no other keyword has looked at. */
bool check_unevaluated_items(struct checker *c, const struct schema_array *a,
                             const struct jvalue *value, const struct step *at,
                             const struct evaluated *seen);
bool check_unevaluated_properties(struct checker *c, const struct schema_object *o,
                                  const struct jvalue *value, const struct step *at,
                                  const struct evaluated *seen);

#endif

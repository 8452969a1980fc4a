/* SPDX-License-Identifier: MIT */
/* What the comparisons of schemas share (compat.h). Internal to lib/schema. */
#ifndef LEAT_SCHEMA_COMPAT_VIEW_H
#define LEAT_SCHEMA_COMPAT_VIEW_H

#include "lib/schema/compat.h"
#include "lib/schema/node.h"

enum { VARIANTS_MAX = 512, COMPAT_BUCKETS = 256 };

/* How the set of valid values changed; a mask. */
enum compat_change { NARROWED = 1, WIDENED = 2, BOTH = 3 };

/* One way to be valid: nodes that all apply. */
struct variant {
    const struct schema **nodes;
    size_t count, room;
    const char *label; /* the discriminator's value that chooses it, or NULL */
    int types;
};

/* Schemas that all apply to one value, multiplied out. There is one view of the same schemas. */
struct view {
    const struct schema **roots; /* none: anything is valid */
    size_t count;
    struct variant *variants;
    size_t variant_count;
    bool is_folded; /* the alternatives were too many, and are not among the variants */
    int types;
    struct view *next; /* of the same hash */
};

/* Two views, and what came of them. */
struct pair {
    const struct view *old, *new;
    unsigned ignored, found;
    bool is_open, is_seen, is_told;
    struct pair *next;
};

/* The way to a value. */
struct way {
    const struct way *parent;
    const char *name; /* NULL: an item */
    size_t index;
};

struct compat {
    struct arena arena;
    compat_fn report;
    void *arg;
    enum compat_use use;
    unsigned breaking; /* the change that breaks in this use */
    unsigned ignored;  /* changes that do not count at the moment */
    unsigned found;    /* those that did */
    bool is_quiet;     /* only what is found matters */
    const struct way *way;
    struct json_object *told; /* a set of texts: nothing is said twice */
    uint64_t proof_steps;     /* left: see proof.h */
    struct view *views[COMPAT_BUCKETS];
    struct pair *pairs[COMPAT_BUCKETS];
};

/* --- compat_view.c --- */

/* The view of these schemas, which may repeat. */
const struct view *view_of(struct compat *c, const struct schema *const *roots, size_t count,
                           bool is_folded);
const struct view *view_of_one(struct compat *c, const struct schema *s);
/* False also where that takes too many steps. */
bool view_accepts(struct compat *c, const struct view *v, const struct jvalue *value);

/* Members: of a name, of those that match a pattern, or (both NULL) all others. */
struct members {
    const char *name, *pattern;
};
const struct view *variant_member(struct compat *c, const struct variant *v,
                                  const struct members *which);
/* From `index` on, where it is past the prefix. */
const struct view *variant_item(struct compat *c, const struct variant *v, size_t index);
bool variant_names(const struct variant *v, const char *name);
bool variant_requires(const struct variant *v, const char *name);

/* --- compat.c --- */

/* A difference; `change` 0 is a note. Reported unless it is ignored or nobody listens. */
void compat_say(struct compat *c, unsigned change, const char *keyword, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Compares two views at the place where c->way leads. What was found. */
unsigned compat_views(struct compat *c, const struct view *old, const struct view *new);
/* The same, a step further. `name` NULL: an item. */
void compat_below(struct compat *c, const struct view *old, const struct view *new,
                  const char *name, size_t index);
/* The same, without a word. */
unsigned compat_quietly(struct compat *c, const struct view *old, const struct view *new);

/* --- each compares one aspect of two variants --- */

/* The values of enum and const; says which changes are decided by that. */
unsigned compat_values(struct compat *c, const struct view *old, const struct variant *a,
                       const struct view *new, const struct variant *b, int types);
void compat_number(struct compat *c, const struct variant *a, const struct variant *b);
void compat_text(struct compat *c, const struct variant *a, const struct variant *b);
void compat_array(struct compat *c, const struct variant *a, const struct variant *b);
void compat_object(struct compat *c, const struct variant *a, const struct variant *b);
/* What applies whatever the type: not, if, and alternatives that were not multiplied out. */
void compat_logic(struct compat *c, const struct variant *a, const struct variant *b,
                  bool is_folded);

/* The type of a value; 1.0 is an integer. */
int compat_type_of(const struct jvalue *value);
/* A value as JSON text, in the arena. */
const char *compat_value_text(struct compat *c, const struct jvalue *value);
/* What meets both ranges. */
struct schema_range compat_tighter(struct schema_range a, struct schema_range b);
/* The sizes of both, "was 3, is now 2". */
void compat_range(struct compat *c, const char *const keywords[2], struct schema_range old,
                  struct schema_range new);

/* What a node says of one aspect, or NULL. */
typedef const struct schema *(*pick_fn)(const struct schema *s);
/* Pairs what the nodes say, in order: what was added narrows, what is gone widens. */
void compat_picked(struct compat *c, const struct variant *a, const struct variant *b,
                   const char *keyword, pick_fn pick, bool is_negated);

#endif

/* SPDX-License-Identifier: MIT */
/* Shared by the files that compare schemas (compat.h). Internal to lib/schema. */
#ifndef LEAT_SCHEMA_COMPAT_VIEW_H
#define LEAT_SCHEMA_COMPAT_VIEW_H

#include "lib/schema/compat.h"
#include "lib/schema/node.h"

/* COMPAT_DEPTH: the levels that are compared; no body is nested deeper (limits.depth). */
enum { VARIANTS_MAX = 512, COMPAT_BUCKETS = 256, COMPAT_DEPTH = 512 };

/* The change of the set of valid values. A mask. */
enum compat_change { NARROWED = 1, WIDENED = 2, BOTH = 3 };

/* One way to be valid: nodes that all apply. */
struct variant {
    const struct schema **nodes;
    size_t count, room;
    const char *label; /* the discriminator's value that selects it, or NULL */
    int types;
};

/* Schemas that all apply to one value, expanded. There is one view for each set of schemas. */
struct view {
    const struct schema **roots; /* none if anything is valid */
    size_t count;
    struct variant *variants;
    size_t variant_count;
    bool is_folded; /* there were too many alternatives, and they are not among the variants */
    int types;
    struct view *next; /* next with the same hash */
};

/* Two views and the result of comparing them. */
struct pair {
    const struct view *old, *new;
    unsigned ignored, found;
    bool is_open, is_seen, is_told;
    struct pair *next;
};

/* The path to a value. */
struct compat_path {
    const struct compat_path *parent;
    const char *name; /* NULL for an item */
    size_t index;
};

struct compat {
    struct arena arena;
    compat_fn report;
    void *arg;
    enum compat_use use;
    bool is_text;      /* scalars are written as text (COMPAT_TEXT) */
    unsigned breaking; /* the change that is a break in this use */
    unsigned ignored;  /* changes that do not count at present */
    unsigned found;    /* changes found that did count */
    bool is_quiet;     /* nothing is reported */
    unsigned depth;    /* levels of views being compared */
    const struct compat_path *path;
    struct json_object *told; /* set of texts, so that nothing is reported twice */
    uint64_t proof_steps;     /* steps left, see proof.h */
    struct view *views[COMPAT_BUCKETS];
    struct pair *pairs[COMPAT_BUCKETS];
};

/* --- compat_view.c --- */

/* Returns the view of these schemas, which may contain duplicates. */
const struct view *view_of(struct compat *c, const struct schema *const *roots, size_t count,
                           bool is_folded);
const struct view *view_of_one(struct compat *c, const struct schema *s);
/* Returns true if the view accepts the value. False also if that takes too many steps. */
bool view_accepts(struct compat *c, const struct view *v, const struct jvalue *value);

/* Selects members: one name, those that match a pattern, or (both NULL) all others. */
struct members {
    const char *name, *pattern;
};
const struct view *variant_member(struct compat *c, const struct variant *v,
                                  const struct members *which);
/* Returns the view of the items from `index` on, past the prefix. */
const struct view *variant_item(struct compat *c, const struct variant *v, size_t index);
bool variant_names(const struct variant *v, const char *name);
bool variant_requires(const struct variant *v, const char *name);
/* Returns true if the member is never sent in this direction. */
bool variant_hides(const struct variant *v, const char *name);
/* Returns true if no value can be valid for both. Errs on the side of false. */
bool view_is_disjoint(struct compat *c, const struct view *a, const struct view *b);

/* --- compat.c --- */

/* Records a difference; `change` 0 is a note. It is reported unless it is ignored or the comparison
 * is quiet. */
void compat_say(struct compat *c, unsigned change, const char *keyword, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Compares two views at the place of c->path. Returns the changes found. */
unsigned compat_views(struct compat *c, const struct view *old, const struct view *new);
/* Compares two views one step further down. `name` is NULL for an item. */
void compat_below(struct compat *c, const struct view *old, const struct view *new,
                  const char *name, size_t index);
/* Compares two views without reporting. */
unsigned compat_quietly(struct compat *c, const struct view *old, const struct view *new);

/* --- each compares one aspect of two variants --- */

/* Compares the values of enum and const. Returns which changes that settles. */
unsigned compat_values(struct compat *c, const struct view *old, const struct variant *a,
                       const struct view *new, const struct variant *b, int types);
void compat_number(struct compat *c, const struct variant *a, const struct variant *b);
void compat_text(struct compat *c, const struct variant *a, const struct variant *b);
void compat_array(struct compat *c, const struct variant *a, const struct variant *b);
void compat_object(struct compat *c, const struct variant *a, const struct variant *b);
/* Compares what applies to any type: not, if, and alternatives that were not expanded. */
void compat_logic(struct compat *c, const struct variant *a, const struct variant *b,
                  bool is_folded);

/* Reports values that two alternatives of oneOf now accept both, which refuses them. */
void compat_overlaps(struct compat *c, const struct view *old, const struct view *new);
/* Returns those of the old types that the new side no longer has but reads as strings, where
 * scalars are written as text. */
int compat_types_as_text(struct compat *c, const struct view *old, const struct view *new);
/* Returns the values that a variant is limited to, some of which it may refuse, or NULL. */
const struct values *compat_listed(const struct variant *v, int types);

/* Returns a value as JSON text, in the arena. */
const char *compat_value_text(struct compat *c, const struct jvalue *value);
/* Returns the range of sizes that lie in both ranges. */
struct schema_range compat_tighter(struct schema_range a, struct schema_range b);
/* Compares two ranges of sizes, "was 3, is now 2". */
void compat_range(struct compat *c, const char *const keywords[2], struct schema_range old,
                  struct schema_range new);

/* Returns the part of a node that concerns one aspect, or NULL. */
typedef const struct schema *(*pick_fn)(const struct schema *s);
/* Pairs what the nodes say, in order. What was added narrows, what is gone widens. */
void compat_picked(struct compat *c, const struct variant *a, const struct variant *b,
                   const char *keyword, pick_fn pick, bool is_negated);

#endif

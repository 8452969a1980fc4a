/* SPDX-License-Identifier: MIT */
/* The tree of an ECMA pattern, shared by its parser and the translator only. */
#ifndef LEAT_SCHEMA_ECMA_TREE_H
#define LEAT_SCHEMA_ECMA_TREE_H

#include <stdint.h>

#include "lib/core/arena.h"
#include "lib/core/slice.h"
#include "lib/schema/ecma.h"

enum ecma_kind {
    ECMA_UNIT,      /* one character: itself, or any in a set */
    ECMA_ASSERTION, /* ^ $ \b \B */
    ECMA_GROUP,
    ECMA_LOOK, /* lookahead, lookbehind */
    ECMA_REFERENCE,
};

#define ECMA_NO_MAX UINT32_MAX

struct ecma_branch {
    struct ecma_node *first; /* NULL if empty */
    struct ecma_branch *next;
};

struct ecma_node {
    enum ecma_kind kind;
    size_t at, end;           /* place in the pattern, without the quantifier */
    const char *text;         /* in PCRE2's syntax; for a look, its opening */
    uint32_t min, max;        /* 1, 1 without quantifier */
    bool is_lazy;             /* the quantifier ends in ? */
    struct slice name;        /* of a group, or of the group that a reference names */
    uint32_t number;          /* of a group, 0 if it does not capture; of a reference, or 0 */
    uint32_t pcre_number;     /* of a group that PCRE2 must capture */
    bool is_referred;         /* for a group: a reference can see it */
    struct ecma_node *target; /* for a reference */
    struct ecma_node *parent; /* group or look */
    struct ecma_node *next;   /* in its branch */
    struct ecma_node *next_reference;
    struct ecma_branch *branches; /* of a group or look */
};

struct ecma_parser {
    struct arena *arena;
    const char *text;
    size_t len, at;
    struct ecma_fault fault; /* the first one; message NULL if none */
    unsigned depth;
    uint32_t group_count;
    struct ecma_node *groups[ECMA_GROUPS_MAX + 1]; /* by number, from 1 */
    struct ecma_node *references;
    struct ecma_node *open; /* innermost group or look */
};

/* The result of an escape or class member: a code point, or items of a PCRE2 class. */
struct ecma_item {
    bool is_set;
    bool is_list; /* for a set: several items, which need brackets outside of a class */
    uint32_t c;
    const char *items;
};

/* Parses the whole pattern. Returns false with p->fault if it is invalid. The caller sets arena,
 * text and len. */
bool ecma_parse(struct ecma_parser *p, struct ecma_branch **branches);

/* Records a fault at `at`, unless there is one already. Always returns false. */
bool ecma_refuse(struct ecma_parser *p, size_t at, const char *message);
/* Returns true if the next byte is `c`. */
bool ecma_sees(const struct ecma_parser *p, char c);
/* Returns true and skips the next byte if it is `c`. */
bool ecma_takes(struct ecma_parser *p, char c);
/* Reads a code point, of which there must be one. */
uint32_t ecma_take_char(struct ecma_parser *p);

/* Reads what follows the backslash of an escape. */
bool ecma_escape(struct ecma_parser *p, bool is_in_class, struct ecma_item *out);
/* Reads what follows the bracket of a class; *text is in PCRE2's syntax. */
bool ecma_class(struct ecma_parser *p, const char **text);
/* Returns a character or set as written outside of a class. */
const char *ecma_item_text(struct arena *arena, const struct ecma_item *item);
/* Reads the {…} of \p or \P; *items is in PCRE2's syntax. */
bool ecma_property(struct ecma_parser *p, bool is_negated, const char **items);

#endif

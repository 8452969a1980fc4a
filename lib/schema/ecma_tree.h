/* SPDX-License-Identifier: MIT */
/* The tree of an ECMA pattern, shared by its parser and the translator only. */
#ifndef LEAT_SCHEMA_ECMA_TREE_H
#define LEAT_SCHEMA_ECMA_TREE_H

#include <stdint.h>

#include "lib/core/arena.h"
#include "lib/core/slice.h"
#include "lib/schema/ecma.h"

enum ecma_kind {
    ECMA_UNIT,      /* one character: itself or any of a set */
    ECMA_ASSERTION, /* ^ $ \b \B */
    ECMA_GROUP,
    ECMA_LOOK, /* lookahead, lookbehind */
    ECMA_REFERENCE,
};

#define ECMA_NO_MAX UINT32_MAX

struct ecma_branch {
    struct ecma_node *first; /* NULL: empty */
    struct ecma_branch *next;
};

struct ecma_node {
    enum ecma_kind kind;
    size_t at, end;           /* in the pattern, without the quantifier */
    const char *text;         /* for PCRE2; of a look, what opens it */
    uint32_t min, max;        /* 1, 1 without a quantifier */
    bool is_lazy;             /* quantifier ends with ? */
    struct slice name;        /* of a group, or of the group that a reference means */
    uint32_t number;          /* of a group: 0 where it captures nothing; of a reference, or 0 */
    uint32_t pcre_number;     /* of a group that PCRE2 is to capture */
    bool is_referred;         /* group: some reference can see it */
    struct ecma_node *target; /* of a reference */
    struct ecma_node *parent; /* group or look */
    struct ecma_node *next;   /* in its branch */
    struct ecma_node *next_reference;
    struct ecma_branch *branches; /* of a group or look */
};

struct ecma_parser {
    struct arena *arena;
    const char *text;
    size_t len, at;
    struct ecma_fault fault; /* the first; message NULL: none */
    unsigned depth;
    uint32_t group_count;
    struct ecma_node *groups[ECMA_GROUPS_MAX + 1]; /* by number, from 1 */
    struct ecma_node *references;
    struct ecma_node *open; /* innermost group or look */
};

/* What an escape or a member of a class is: a code point, or items of a PCRE2 class. */
struct ecma_item {
    bool is_set;
    bool is_list; /* set: several items, to be put in brackets outside a class */
    uint32_t c;
    const char *items;
};

/* Reads the whole pattern; false: p->fault. The caller sets arena, text and len. */
bool ecma_parse(struct ecma_parser *p, struct ecma_branch **branches);

/* Notes what is wrong at `at`, unless something was before; false. */
bool ecma_refuse(struct ecma_parser *p, size_t at, const char *message);
/* Whether the next byte is `c`. */
bool ecma_sees(const struct ecma_parser *p, char c);
/* The same, and goes behind it. */
bool ecma_takes(struct ecma_parser *p, char c);
/* Reads a code point; there must be one. */
uint32_t ecma_take_char(struct ecma_parser *p);

/* Reads an escape, from behind its backslash. */
bool ecma_escape(struct ecma_parser *p, bool is_in_class, struct ecma_item *out);
/* Reads a class, from behind its bracket; *text for PCRE2. */
bool ecma_class(struct ecma_parser *p, const char **text);
/* A character or set, as it stands outside a class. */
const char *ecma_item_text(struct arena *arena, const struct ecma_item *item);
/* Reads {…} of \p or \P; *items for PCRE2. */
bool ecma_property(struct ecma_parser *p, bool is_negated, const char **items);

#endif

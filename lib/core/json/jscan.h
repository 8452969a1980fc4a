/* SPDX-License-Identifier: MIT */
/*
 * The one scanner of JSON text (RFC 8259), strict: what it finds it tells a sink, which builds
 * something of it or does not. Internal to lib/core; from outside, see jread.h.
 *
 *     {"a": [1, "x"]}   open object · name a · open array · scalar 1 · scalar "x" · close · close
 *
 * Every function leaves `at` on the first byte that is wrong.
 */
#ifndef LEAT_CORE_JSON_JSCAN_H
#define LEAT_CORE_JSON_JSCAN_H

#include "lib/core/buf.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jvalue.h"

struct jscan;

/* Each is told what was found; false, after jscan_fail(), ends the scan. */
struct jsink {
    bool (*scalar)(struct jscan *s, const struct jvalue *value);
    bool (*open)(struct jscan *s, enum jtype type);
    /* May set `passes`: then the value is gone over, and `passed` is told instead of it. */
    bool (*name)(struct jscan *s, struct slice name);
    bool (*close)(struct jscan *s);
    bool (*passed)(struct jscan *s); /* from s->begin to s->at; may be NULL */
};

struct jscan {
    const struct jsink *sink; /* whose functions may cast the jscan to what it is the head of */
    struct budget *budget;
    const char *start, *at, *end;
    const char *begin; /* of the value or name at hand */
    const char *line_start;
    const char *message; /* why it failed; static */
    unsigned line;
    unsigned depth, level; /* how much deeper it may get, and how deep it is */
    struct buf text;       /* the string at hand, unescaped, … */
    bool is_unescaped;     /* … if it had escapes; else it lies in the input */
    bool passes;
};

/* A scan of `text` by `sink`, NULL for one that only checks. To be ended by jscan_end(). */
struct jscan jscan_of(struct slice text, unsigned depth, const struct jsink *sink,
                      struct budget *budget);
/* Scans one value that fills the text whole. */
bool jscan_all(struct jscan *s);
/* Scans one value at the front of what is left. */
bool jscan_value(struct jscan *s);
void jscan_skip_space(struct jscan *s);
/* Always false. */
bool jscan_fail(struct jscan *s, const char *message);
struct jread_fault jscan_fault(const struct jscan *s);
void jscan_end(struct jscan *s);

/* Reads the string behind an opening quote. *out lies in the input, or in s->text if it had
 * escapes. */
bool jscan_string(struct jscan *s, struct slice *out);

#endif

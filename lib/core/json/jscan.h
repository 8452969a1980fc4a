/* SPDX-License-Identifier: MIT */
/*
 * The one scanner of JSON text (RFC 8259), strict. It reports what it finds to a sink, which builds
 * a tree from it, or nothing. Internal to lib/core; other folders use jread.h.
 *
 *     {"a": [1, "x"]}   open object · name a · open array · scalar 1 · scalar "x" · close · close
 *
 * Every function leaves `at` on the first wrong byte.
 */
#ifndef LEAT_CORE_JSON_JSCAN_H
#define LEAT_CORE_JSON_JSCAN_H

#include "lib/core/buf.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jvalue.h"

struct jscan;

/* The sink's functions are told what was found. Returning false, after jscan_fail(), ends the
 * scan. */
struct jsink {
    bool (*scalar)(struct jscan *s, const struct jvalue *value);
    bool (*open)(struct jscan *s, enum jtype type);
    /* May set `passes`: the value is then only scanned, and reported by `passed`. */
    bool (*name)(struct jscan *s, struct slice name);
    bool (*close)(struct jscan *s);
    bool (*passed)(struct jscan *s); /* the value spans s->begin to s->at; may be NULL */
};

struct jscan {
    const struct jsink *sink; /* its functions may cast the jscan to the struct that it heads */
    struct budget *budget;
    const char *start, *at, *end;
    const char *begin; /* start of the current value or name */
    const char *line_start;
    const char *message; /* the reason of the failure; static */
    unsigned line;
    unsigned depth, level; /* the nesting still allowed, and the current one */
    struct buf text;       /* the current string, unescaped, … */
    bool is_unescaped;     /* … if it had escapes; otherwise the string lies in the input */
    bool passes;
};

/* Prepares a scan of `text` for `sink`, or NULL to check only. It must be ended by jscan_end(). */
struct jscan jscan_of(struct slice text, unsigned depth, const struct jsink *sink,
                      struct budget *budget);
/* Scans one value that must fill the text. */
bool jscan_all(struct jscan *s);
/* Scans one value at the front of the remaining text. */
bool jscan_value(struct jscan *s);
void jscan_skip_space(struct jscan *s);
/* Records the reason. Always returns false. */
bool jscan_fail(struct jscan *s, const char *message);
struct jread_fault jscan_fault(const struct jscan *s);
void jscan_end(struct jscan *s);

/* Reads what follows the opening quote of a string. *out lies in the input, or in s->text if there
 * were escapes. */
bool jscan_string(struct jscan *s, struct slice *out);

#endif

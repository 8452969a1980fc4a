/* SPDX-License-Identifier: MIT */
/* Collects the violations found in a request, up to a limit, as the `errors` of a problem document
 * (RFC 9457). */
#ifndef LEAT_SCHEMA_VIOLATION_H
#define LEAT_SCHEMA_VIOLATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"

enum { VIOLATIONS_MAX = 32 };

struct violation {
    const char *in;      /* "body", "path", "query", "header", "cookie". Static. */
    const char *pointer; /* RFC 6901: into the body, or "/" and the parameter's name */
    const char *keyword; /* the schema's, as in "type". Static. */
    const char *message; /* for people */
};

struct violations {
    struct arena *arena; /* borrowed; owns the texts */
    size_t count;        /* may exceed VIOLATIONS_MAX; the rest are only counted */
    bool ignores_hidden; /* members that are hidden in this direction are no violation … */
    bool has_hidden;     /* … but there were some, for schema_strip() */
    struct violation items[VIOLATIONS_MAX];
};

/* Adds a violation. `pointer` is copied. */
void violation_add(struct violations *v, const char *in, const char *pointer, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

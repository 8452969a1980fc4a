/* SPDX-License-Identifier: MIT */
/* What a request broke: every violation, up to a bound, as the `errors` of a problem (RFC 9457). */
#ifndef LEAT_SCHEMA_VIOLATION_H
#define LEAT_SCHEMA_VIOLATION_H

#include <stddef.h>

#include "lib/core/arena.h"

enum { VIOLATIONS_MAX = 32 };

struct violation {
    const char *in;      /* "body", "path", "query", "header", "cookie". Static. */
    const char *pointer; /* RFC 6901, into the body, or "/" and the parameter's name */
    const char *keyword; /* of the schema, "type". Static. */
    const char *message; /* for people */
};

struct violations {
    struct arena *arena; /* borrowed: owns the texts */
    struct violation items[VIOLATIONS_MAX];
    size_t count; /* may exceed VIOLATIONS_MAX: the rest is only counted */
};

/* Adds one; `pointer` is copied. */
void violation_add(struct violations *v, const char *in, const char *pointer, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

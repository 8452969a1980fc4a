/* SPDX-License-Identifier: MIT */
/* The supported signature algorithms (jose.def). "none" is not among them. */
#ifndef LEAT_AUTH_JOSE_JOSE_H
#define LEAT_AUTH_JOSE_JOSE_H

#include <stddef.h>

#include "lib/core/slice.h"

enum jose_alg {
    JOSE_UNSAID, /* no algorithm is named */
#define ALG(name, kty, curve, digest, size) JOSE_##name,
#include "lib/auth/jose/jose.def"
#undef ALG
    JOSE_COUNT
};

struct jose_spec {
    const char *name, *kty;
    const char *curve;  /* may be NULL */
    const char *digest; /* NULL if the algorithm includes it */
    size_t size;        /* see jose.def */
};

/* Returns the properties of an algorithm, which must not be JOSE_UNSAID. */
const struct jose_spec *jose_spec(enum jose_alg alg);
/* Finds an algorithm by its exact name. Returns JOSE_UNSAID if it is unknown. */
enum jose_alg jose_find(struct slice name);
/* Returns the default algorithm for a kind of key, or JOSE_UNSAID if the kind is unknown. */
enum jose_alg jose_default(const char *kty, const char *curve);

#endif

/* SPDX-License-Identifier: MIT */
/* The signature algorithms that Leat knows (jose.def). "none" is not one. */
#ifndef LEAT_AUTH_JOSE_JOSE_H
#define LEAT_AUTH_JOSE_JOSE_H

#include <stddef.h>

#include "lib/core/slice.h"

enum jose_alg {
    JOSE_UNSAID, /* none is named */
#define ALG(name, kty, curve, digest, size) JOSE_##name,
#include "lib/auth/jose/jose.def"
#undef ALG
    JOSE_COUNT
};

struct jose_spec {
    const char *name, *kty;
    const char *curve;  /* or NULL */
    const char *digest; /* NULL: the algorithm has its own */
    size_t size;        /* jose.def */
};

/* Of an algorithm, not of JOSE_UNSAID. */
const struct jose_spec *jose_spec(enum jose_alg alg);
/* By its exact name; JOSE_UNSAID where it is not one of ours. */
enum jose_alg jose_find(struct slice name);
/* What a key of this kind is for that names none; JOSE_UNSAID where it is of no kind of ours. */
enum jose_alg jose_default(const char *kty, const char *curve);

#endif

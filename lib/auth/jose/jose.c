/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/jose.h"

#include <assert.h>

static const struct jose_spec specs[JOSE_COUNT] = {
#define ALG(name, kty, curve, digest, size) [JOSE_##name] = {#name, kty, curve, digest, size},
#include "lib/auth/jose/jose.def"
#undef ALG
};

const struct jose_spec *jose_spec(enum jose_alg alg)
{
    assert(alg > JOSE_UNSAID && alg < JOSE_COUNT);
    return &specs[alg];
}

enum jose_alg jose_find(struct slice name)
{
    for (enum jose_alg alg = JOSE_UNSAID + 1; alg < JOSE_COUNT; alg++)
        if (slice_is(name, specs[alg].name))
            return alg;
    return JOSE_UNSAID;
}

enum jose_alg jose_default(const char *kty, const char *curve)
{
    for (enum jose_alg alg = JOSE_UNSAID + 1; alg < JOSE_COUNT; alg++)
        if (strcmp(kty, specs[alg].kty) == 0 &&
            (!specs[alg].curve || (curve && strcmp(curve, specs[alg].curve) == 0)))
            return alg;
    return JOSE_UNSAID;
}

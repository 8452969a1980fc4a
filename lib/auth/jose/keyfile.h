/* SPDX-License-Identifier: MIT */
/* The file of generated keys: a JWK Set with private members, mode 0600, newest key first. The
 * first key signs; the others verify what they signed earlier. It is written whole under another
 * name and then renamed. */
#ifndef LEAT_AUTH_JOSE_KEYFILE_H
#define LEAT_AUTH_JOSE_KEYFILE_H

#include <stdbool.h>

#include "lib/auth/jose/jose.h"
#include "lib/core/fault.h"

/* Creates the file with one key, unless it exists. Returns false with *fault on
 * failure. */
bool keyfile_ensure(const char *path, enum jose_alg alg, struct fault *fault);
/* Adds a new key in front. Only the newest few keys are kept. */
bool keyfile_rotate(const char *path, enum jose_alg alg, struct fault *fault);

#endif

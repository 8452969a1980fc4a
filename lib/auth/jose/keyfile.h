/* SPDX-License-Identifier: MIT */
/* The file of generated keys: a JWK Set with private parts, mode 0600, the newest key first. The
 * first signs; the others verify what they signed before. Written whole, under another name. */
#ifndef LEAT_AUTH_JOSE_KEYFILE_H
#define LEAT_AUTH_JOSE_KEYFILE_H

#include <stdbool.h>

#include "lib/auth/jose/jose.h"

/* Makes the file with one key, unless it is there. False: *why is for free(). */
bool keyfile_ensure(const char *path, enum jose_alg alg, char **why);
/* Puts a new key before those that are there, of which the newest few stay. */
bool keyfile_rotate(const char *path, enum jose_alg alg, char **why);

#endif

/* SPDX-License-Identifier: MIT */
/* A JWK Set (RFC 7517, 5): keys in order, found by key id and algorithm. */
#ifndef LEAT_AUTH_JOSE_KEYSET_H
#define LEAT_AUTH_JOSE_KEYSET_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/auth/jose/jwk.h"
#include "lib/core/slice.h"

struct keyset;

struct keyset *keyset_new(void);
/* Frees the keys, too. */
void keyset_free(struct keyset **set);
/* Takes the key; it comes last. */
void keyset_add(struct keyset *set, struct jwk *key);

/* Reads what an issuer publishes. Keys that are not for us or out of range are skipped, as the
 * standard has it; the set may turn out empty. False: `text` is no JWK Set, has more than
 * `max_keys` members, names two keys alike, or mixes private keys or secrets with public keys; *why
 * is a static text, *out is NULL. */
bool keyset_read(struct slice text, size_t max_keys, struct keyset **out, const char **why);

size_t keyset_count(const struct keyset *set);
struct jwk *keyset_at(const struct keyset *set, size_t i);
/* The first key for `alg` at or behind *from, named `kid` unless kid.data is NULL; *from moves
 * behind it. NULL: there is none. Lent by the set. */
struct jwk *keyset_find(const struct keyset *set, struct slice kid, enum jose_alg alg,
                        size_t *from);
/* {"keys": […]} of the public keys; secrets are left out. The caller's. */
struct json_object *keyset_public(const struct keyset *set);

#endif

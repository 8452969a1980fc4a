/* SPDX-License-Identifier: MIT */
/* A JWK Set (RFC 7517, 5): ordered keys, found by key id and algorithm. */
#ifndef LEAT_AUTH_JOSE_KEYSET_H
#define LEAT_AUTH_JOSE_KEYSET_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/auth/jose/jwk.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

struct keyset;

/* Returns an empty set. */
struct keyset *keyset_new(void);
/* Frees the set and its keys. */
void keyset_free(struct keyset **set);
/* Takes the key and appends it. */
void keyset_add(struct keyset *set, struct jwk *key);

/* Reads the key set of an issuer. Keys of unknown kinds or out of range are skipped, as the RFC
 * demands, so the set may be empty. Returns false with *fault and *out NULL if `text` is not
 * a JWK Set, has more than `max_keys` members, names two keys alike, or mixes private keys or
 * secrets with public keys. */
bool keyset_read(struct slice text, size_t max_keys, struct keyset **out, struct fault *fault);

/* Access by position, in the set's order. Keys are borrowed from the set. */
size_t keyset_count(const struct keyset *set);
struct jwk *keyset_at(const struct keyset *set, size_t i);
/* Returns the next key for `alg` at or after *from, named `kid` unless kid.data is NULL, and moves
 * *from past it. Returns NULL if there is none. Borrowed from the set. */
struct jwk *keyset_find(const struct keyset *set, struct slice kid, enum jose_alg alg,
                        size_t *from);
/* Returns {"keys": […]} with the public keys, without secrets. The caller's. */
struct json_object *keyset_public(const struct keyset *set);

#endif

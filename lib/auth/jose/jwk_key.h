/* SPDX-License-Identifier: MIT */
/* The parts of a key, shared by the files that read keys. Internal to lib/auth. */
#ifndef LEAT_AUTH_JOSE_JWK_KEY_H
#define LEAT_AUTH_JOSE_JWK_KEY_H

#include <sys/types.h>

#include <openssl/evp.h>

#include "lib/auth/jose/jwk.h"
#include "lib/core/fault.h"

enum { JWK_OCTETS_MAX = 1024 }; /* bytes of a member; allows RSA of 8192 bits */

/* A kind of key and its members. The lists end with NULL. */
struct jwk_kind {
    const char *kty;
    const char *members[5];         /* in the order of RFC 7638 */
    const char *private_members[7]; /* the first makes a key private */
    EVP_PKEY *(*read)(struct json_object *json, bool is_private, const struct jose_spec *spec,
                      struct fault *fault); /* NULL for a secret */
    bool (*write)(EVP_PKEY *pkey, bool is_private, struct json_object *json);
};

struct jwk {
    enum jose_alg alg;
    const struct jose_spec *spec;
    const struct jwk_kind *kind;
    bool is_private, can_sign;
    struct json_object *json; /* the JWK, with private members */
    const char *kid;          /* lies in `json` */
    EVP_PKEY *pkey;           /* NULL for a secret */
    EVP_MAC_CTX *mac;         /* of a secret, keyed */
    EVP_MD *digest;           /* NULL for a secret, or if the algorithm includes it */
    EVP_MD_CTX *hash;
    EVP_PKEY_CTX *signer, *checker; /* NULL without a digest */
};

/* Returns the kind of key, or NULL if it is unknown. */
const struct jwk_kind *jwk_kind_of(const char *kty);

/* Decodes a base64url member. Returns the number of bytes, or -1 if it is absent, empty or
 * malformed. */
ssize_t jwk_octets(struct json_object *json, const char *name,
                   unsigned char out[static JWK_OCTETS_MAX]);
void jwk_put_octets(struct json_object *json, const char *name, const void *data, size_t len);
/* Adds a member from an OpenSSL number, with `size` bytes, or as many as needed if 0. */
bool jwk_put_number(struct json_object *json, const char *name, EVP_PKEY *pkey, const char *param,
                    size_t size);

EVP_PKEY *jwk_read_rsa(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       struct fault *fault);
bool jwk_write_rsa(EVP_PKEY *pkey, bool is_private, struct json_object *json);
EVP_PKEY *jwk_read_ec(struct json_object *json, bool is_private, const struct jose_spec *spec,
                      struct fault *fault);
bool jwk_write_ec(EVP_PKEY *pkey, bool is_private, struct json_object *json);
EVP_PKEY *jwk_read_okp(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       struct fault *fault);
bool jwk_write_okp(EVP_PKEY *pkey, bool is_private, struct json_object *json);
/* Makes a key from the parameters of EVP_PKEY_fromdata(). */
EVP_PKEY *jwk_pkey(const char *type, bool is_private, OSSL_PARAM params[]);

/* Returns an OpenSSL key as a JWK, or NULL if its kind is unknown. The caller's. */
struct json_object *jwk_write(EVP_PKEY *pkey, bool is_private);
/* Returns the only key in `pem` as a JWK, or NULL with *fault. The caller's. */
struct json_object *jwk_of_pem(struct slice pem, struct fault *fault);
/* Wipes all text in a JWK and frees it. */
void jwk_forget(struct json_object *json);
/* Derives the id of a key that has none. */
void jwk_derive_kid(struct json_object *json, const struct jwk_kind *kind, char out[static 44]);

/* Creates the contexts for signing and verifying. */
bool signature_prepare(struct jwk *key);
void signature_release(struct jwk *key);

#endif

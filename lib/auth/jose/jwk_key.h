/* SPDX-License-Identifier: MIT */
/* What a key is made of. Internal to lib/auth. */
#ifndef LEAT_AUTH_JOSE_JWK_KEY_H
#define LEAT_AUTH_JOSE_JWK_KEY_H

#include <sys/types.h>

#include <openssl/evp.h>

#include "lib/auth/jose/jwk.h"

enum { JWK_OCTETS_MAX = 1024 }; /* of a member: RSA of 8192 bits */

/* A kind of key, and the members that it consists of; the lists end with NULL. */
struct jwk_kind {
    const char *kty;
    const char *members[5];         /* as RFC 7638 has them, in order */
    const char *private_members[7]; /* the first makes a key private */
    EVP_PKEY *(*read)(struct json_object *json, bool is_private, const struct jose_spec *spec,
                      const char **why); /* NULL: a secret */
    bool (*write)(EVP_PKEY *pkey, bool is_private, struct json_object *json);
};

struct jwk {
    enum jose_alg alg;
    const struct jose_spec *spec;
    const struct jwk_kind *kind;
    bool is_private, can_sign;
    struct json_object *json; /* as it is written, private members too */
    const char *kid;          /* in there */
    EVP_PKEY *pkey;           /* NULL: a secret */
    EVP_MAC_CTX *mac;         /* of a secret, keyed */
    EVP_MD *digest;           /* NULL: of a secret, or the algorithm has its own */
    EVP_MD_CTX *hash;
    EVP_PKEY_CTX *signer, *checker; /* NULL without a digest */
};

/* NULL where it is none of ours. */
const struct jwk_kind *jwk_kind_of(const char *kty);

/* The bytes of a member in base64url; their number, -1 where it is absent, empty or malformed. */
ssize_t jwk_octets(struct json_object *json, const char *name,
                   unsigned char out[static JWK_OCTETS_MAX]);
void jwk_put_octets(struct json_object *json, const char *name, const void *data, size_t len);
/* The same of `size` bytes from a number of OpenSSL's; 0: as many as it takes. */
bool jwk_put_number(struct json_object *json, const char *name, EVP_PKEY *pkey, const char *param,
                    size_t size);

EVP_PKEY *jwk_read_rsa(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       const char **why);
bool jwk_write_rsa(EVP_PKEY *pkey, bool is_private, struct json_object *json);
EVP_PKEY *jwk_read_ec(struct json_object *json, bool is_private, const struct jose_spec *spec,
                      const char **why);
bool jwk_write_ec(EVP_PKEY *pkey, bool is_private, struct json_object *json);
EVP_PKEY *jwk_read_okp(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       const char **why);
bool jwk_write_okp(EVP_PKEY *pkey, bool is_private, struct json_object *json);
/* Makes a key of what fromdata takes. */
EVP_PKEY *jwk_pkey(const char *type, bool is_private, OSSL_PARAM params[]);

/* A JWK of an OpenSSL key: NULL where it is of no kind of ours. The caller's. */
struct json_object *jwk_write(EVP_PKEY *pkey, bool is_private);
/* The JWK of the one key in `pem`; NULL: *why says why. The caller's. */
struct json_object *jwk_of_pem(struct slice pem, const char **why);
/* Wipes the texts in there, and frees it. */
void jwk_forget(struct json_object *json);
/* The id of a key without one. */
void jwk_derive_kid(struct json_object *json, const struct jwk_kind *kind, char out[static 44]);

/* Makes the contexts. */
bool signature_prepare(struct jwk *key);
void signature_release(struct jwk *key);

#endif

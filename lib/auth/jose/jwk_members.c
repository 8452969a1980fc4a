/* SPDX-License-Identifier: MIT */
/* Converts between the members of a JWK and OpenSSL's keys, and derives key ids from members. */
#include "lib/auth/jose/jwk_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/buf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"

ssize_t jwk_octets(struct json_object *json, const char *name,
                   unsigned char out[static JWK_OCTETS_MAX])
{
    struct slice text = jslice(jget(json, name));
    ssize_t len;

    if (!text.data || text.len > base64_size(JWK_OCTETS_MAX))
        return -1;
    len = base64_decode(text, out);
    return len > 0 ? len : -1;
}

void jwk_put_octets(struct json_object *json, const char *name, const void *data, size_t len)
{
    char text[(JWK_OCTETS_MAX * 4 + 2) / 3];

    json_object_object_add(json, name,
                           json_object_new_string_len(text, (int)base64_encode(data, len, text)));
    OPENSSL_cleanse(text, sizeof(text));
}

bool jwk_put_number(struct json_object *json, const char *name, EVP_PKEY *pkey, const char *param,
                    size_t size)
{
    unsigned char octets[JWK_OCTETS_MAX];
    BIGNUM *number = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, param, &number) == 1;

    if (ok && !size)
        size = (size_t)BN_num_bytes(number);
    ok = ok && size <= sizeof(octets) && BN_bn2binpad(number, octets, (int)size) >= 0;
    if (ok)
        jwk_put_octets(json, name, octets, size);
    OPENSSL_cleanse(octets, sizeof(octets));
    BN_clear_free(number);
    return ok;
}

EVP_PKEY *jwk_pkey(const char *type, bool is_private, OSSL_PARAM params[])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return pkey;
}

struct json_object *jwk_write(EVP_PKEY *pkey, bool is_private)
{
    static const struct {
        const char *type, *kty;
    } types[] = {{"RSA", "RSA"}, {"EC", "EC"}, {"ED25519", "OKP"}};
    struct json_object *json = NULL;
    bool ok = false;

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (EVP_PKEY_is_a(pkey, types[i].type)) {
            json = json_object_new_object();
            jput_text(json, "kty", types[i].kty);
            ok = jwk_kind_of(types[i].kty)->write(pkey, is_private, json);
        }
    ERR_clear_error();
    if (ok)
        return json;
    jwk_forget(json);
    return NULL;
}

/* Computes the thumbprint (RFC 7638, 3): the key's members, in order, without white space. */
static void thumbprint(struct json_object *json, const char *const *members,
                       unsigned char out[static 32])
{
    struct buf text = {0};

    for (; *members; members++) {
        buf_putc(&text, text.len ? ',' : '{');
        jwrite_key(&text, *members);
        jwrite_value(&text, jget(json, *members));
    }
    buf_putc(&text, '}');
    digest_sha256(text.data, text.len, out);
    buf_fini(&text);
}

void jwk_derive_kid(struct json_object *json, const struct jwk_kind *kind, char out[static 44])
{
    static const char label[] = "leat kid";
    unsigned char secret[JWK_OCTETS_MAX], sum[32];
    size_t len = sizeof(sum);

    if (kind->read) {
        thumbprint(json, kind->members, sum);
    } else { /* a plain digest of a secret would let guesses be tested */
        digest_hmac_sha256(secret, (size_t)jwk_octets(json, "k", secret), label, sizeof(label) - 1,
                           sum);
        OPENSSL_cleanse(secret, sizeof(secret));
        len = 16;
    }
    out[base64_encode(sum, len, out)] = '\0';
}

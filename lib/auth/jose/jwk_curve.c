/* SPDX-License-Identifier: MIT */
/* Keys on curves: EC (RFC 7518, 6.2) and OKP (RFC 8037). All lengths must be exact. */
#include "lib/auth/jose/jwk_key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "lib/core/json/jget.h"

enum { COORDINATE_MAX = 48 };

/* Reads a member of exactly `size` bytes. */
static bool get_exactly(struct json_object *json, const char *name, size_t size, unsigned char *out)
{
    unsigned char octets[JWK_OCTETS_MAX];
    bool ok = jwk_octets(json, name, octets) == (ssize_t)size;

    if (ok)
        memcpy(out, octets, size);
    OPENSSL_cleanse(octets, sizeof(octets));
    return ok;
}

/* Makes a key of an uncompressed point (SEC 1, 2.3.3). EVP_PKEY_fromdata() checks that it is on the
 * curve. */
static EVP_PKEY *make(const struct jose_spec *spec, const unsigned char *point, const BIGNUM *d)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params;
    EVP_PKEY *pkey;

    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, spec->curve, 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * spec->size);
    if (d)
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d);
    params = OSSL_PARAM_BLD_to_param(build);
    pkey = jwk_pkey("EC", d != NULL, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

EVP_PKEY *jwk_read_ec(struct json_object *json, bool is_private, const struct jose_spec *spec,
                      struct fault *fault)
{
    unsigned char point[1 + 2 * COORDINATE_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    unsigned char octets[COORDINATE_MAX];
    size_t size = spec->size;
    BIGNUM *d = NULL;
    EVP_PKEY *pkey;

    if (!get_exactly(json, "x", size, point + 1) ||
        !get_exactly(json, "y", size, point + 1 + size) ||
        (is_private && !get_exactly(json, "d", size, octets))) {
        fault_set(fault, "a coordinate (x, y, d) has the wrong length for the curve");
        return NULL;
    }
    if (is_private)
        d = BN_bin2bn(octets, (int)size, NULL);
    pkey = make(spec, point, d);
    if (!pkey)
        fault_set(fault, "the point is not on the curve");
    BN_clear_free(d);
    OPENSSL_cleanse(octets, sizeof(octets));
    return pkey;
}

bool jwk_write_ec(EVP_PKEY *pkey, bool is_private, struct json_object *json)
{
    char group[64];
    const char *curve = NULL;
    enum jose_alg alg;
    size_t size;

    if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1)
        curve = EC_curve_nid2nist(OBJ_sn2nid(group));
    alg = curve ? jose_default("EC", curve) : JOSE_UNSAID;
    if (!alg)
        return false;
    size = jose_spec(alg)->size;
    jput_text(json, "crv", curve);
    return jwk_put_number(json, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, size) &&
           jwk_put_number(json, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size) &&
           (!is_private || jwk_put_number(json, "d", pkey, OSSL_PKEY_PARAM_PRIV_KEY, size));
}

/* The points whose eightfold is the neutral element, without the sign of x (RFC 8032, 5.1.3). */
static const char small_points[][33] = {
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
    "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
    "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
};

/* Returns true if x is such a point: a key for which anybody can make signatures. */
static bool has_small_order(const unsigned char x[32])
{
    unsigned char y[32];

    memcpy(y, x, sizeof(y));
    y[31] &= 0x7f;
    for (size_t i = 0; i < sizeof(small_points) / sizeof(*small_points); i++)
        if (memcmp(y, small_points[i], sizeof(y)) == 0)
            return true;
    return false;
}

EVP_PKEY *jwk_read_okp(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       struct fault *fault)
{
    unsigned char x[32], d[32], derived[32];
    size_t size = spec->size, len = size;
    EVP_PKEY *pkey;

    if (!get_exactly(json, "x", size, x) || (is_private && !get_exactly(json, "d", size, d))) {
        fault_set(fault, "a coordinate (x, d) does not have 32 bytes");
        return NULL;
    }
    if (has_small_order(x)) {
        fault_set(fault, "the key has a small order: anybody can sign for it");
        return NULL;
    }
    if (!is_private) {
        pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, size);
        if (!pkey)
            fault_set(fault, "the key cannot be used");
        return pkey;
    }
    pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d, size);
    OPENSSL_cleanse(d, sizeof(d));
    if (EVP_PKEY_get_raw_public_key(pkey, derived, &len) != 1 || memcmp(derived, x, size) != 0) {
        fault_set(fault, "the private part does not match the public part");
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return pkey;
}

bool jwk_write_okp(EVP_PKEY *pkey, bool is_private, struct json_object *json)
{
    unsigned char x[32], d[32];
    size_t size = sizeof(x);
    bool ok = EVP_PKEY_get_raw_public_key(pkey, x, &size) == 1;

    jput_text(json, "crv", "Ed25519");
    if (ok)
        jwk_put_octets(json, "x", x, size);
    if (ok && is_private) {
        ok = EVP_PKEY_get_raw_private_key(pkey, d, &size) == 1;
        if (ok)
            jwk_put_octets(json, "d", d, size);
        OPENSSL_cleanse(d, sizeof(d));
    }
    return ok;
}

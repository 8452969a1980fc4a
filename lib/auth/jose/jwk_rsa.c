/* SPDX-License-Identifier: MIT */
/* RSA keys (RFC 7518, 6.3). */
#include "lib/auth/jose/jwk_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

enum { BITS_MIN = 2048, BITS_MAX = 8192, EXPONENT_BITS_MAX = 64 };

static const struct {
    const char *member, *param;
} numbers[] = {
    {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
    {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

enum { COUNT = sizeof(numbers) / sizeof(*numbers), PUBLIC_COUNT = 2, PLAIN_COUNT = 3 };

/* Returns true if `n` is a power of 65537 modulo `prime`. */
static bool is_power(const BIGNUM *n, BN_ULONG prime)
{
    BN_ULONG want = BN_mod_word(n, prime), power = 1;

    do {
        if (power == want)
            return true;
        power = power * 65537 % prime;
    } while (power != 1);
    return false;
}

/* Detects moduli of Infineon smart cards that can be factored (ROCA, CVE-2017-15361): modulo each
 * small prime they are a power of 65537, which holds for any other modulus once in 2^27. */
static bool is_roca(const BIGNUM *n)
{
    static const unsigned char primes[] = {
        3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

    for (size_t i = 0; i < sizeof(primes); i++)
        if (!is_power(n, primes[i]))
            return false;
    return true;
}

/* Checks the numbers. Returns false with *fault if they are weak. */
static bool are_sound(BIGNUM *const values[], struct fault *fault)
{
    const BIGNUM *n = values[0], *e = values[1];

    if (BN_num_bits(n) < BITS_MIN || BN_num_bits(n) > BITS_MAX)
        return fault_set(fault, "the modulus (n) must have 2048 to 8192 bits");
    if (!BN_is_odd(n) || is_roca(n))
        return fault_set(fault, "the modulus (n) is even or vulnerable to ROCA");
    return (BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= EXPONENT_BITS_MAX) ||
           fault_set(fault, "the exponent (e) must be an odd number from 3 to 2^64");
}

/* Reads a number without leading zero octets (RFC 7518, 2). */
static BIGNUM *get_number(struct json_object *json, const char *member)
{
    unsigned char octets[JWK_OCTETS_MAX];
    ssize_t len = jwk_octets(json, member, octets);
    BIGNUM *number = len > 0 && octets[0] ? BN_bin2bn(octets, (int)len, NULL) : NULL;

    OPENSSL_cleanse(octets, sizeof(octets));
    return number;
}

/* Returns how many members to use: of a private key d alone, or all of them (6.3.2). */
static int count_of(struct json_object *json, bool is_private)
{
    if (!is_private)
        return PUBLIC_COUNT;
    for (int i = PLAIN_COUNT; i < COUNT; i++)
        if (json_object_object_get_ex(json, numbers[i].member, NULL))
            return COUNT;
    return PLAIN_COUNT;
}

static EVP_PKEY *make(BIGNUM *const values[], int count)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params;
    EVP_PKEY *pkey;

    for (int i = 0; i < count; i++)
        OSSL_PARAM_BLD_push_BN(build, numbers[i].param, values[i]);
    params = OSSL_PARAM_BLD_to_param(build);
    pkey = jwk_pkey("RSA", count > PUBLIC_COUNT, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

EVP_PKEY *jwk_read_rsa(struct json_object *json, bool is_private, const struct jose_spec *spec,
                       struct fault *fault)
{
    BIGNUM *values[COUNT] = {NULL};
    EVP_PKEY *pkey = NULL;
    int count = count_of(json, is_private);
    bool ok = true;

    (void)spec;
    for (int i = 0; ok && i < count; i++)
        ok = (values[i] = get_number(json, numbers[i].member)) ||
             fault_set(fault, "an RSA parameter is missing or malformed");
    if (ok && json_object_object_get_ex(json, "oth", NULL))
        ok = fault_set(fault, "the key has more than two primes (oth)");
    if (ok && are_sound(values, fault) && !(pkey = make(values, count)))
        fault_set(fault, "the RSA parameters do not form a key");
    for (int i = 0; i < count; i++)
        BN_clear_free(values[i]);
    return pkey;
}

bool jwk_write_rsa(EVP_PKEY *pkey, bool is_private, struct json_object *json)
{
    bool ok = true;

    for (int i = 0; i < (is_private ? COUNT : PUBLIC_COUNT); i++)
        ok = ok && jwk_put_number(json, numbers[i].member, pkey, numbers[i].param, 0);
    return ok;
}

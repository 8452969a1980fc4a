/* SPDX-License-Identifier: MIT */
/* Converts keys in PEM (RFC 7468) to JWK. Never asks for a password. */
#include "lib/auth/jose/jwk_key.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static EVP_PKEY *certified(const unsigned char *der, long len)
{
    X509 *certificate = d2i_X509(NULL, &der, len);
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    return pkey;
}

static EVP_PKEY *read_der(const char *name, const unsigned char *der, long len, bool *is_private)
{
    *is_private = slice_is_choice("PRIVATE KEY|EC PRIVATE KEY|RSA PRIVATE KEY", name);
    if (*is_private)
        return d2i_AutoPrivateKey(NULL, &der, len);
    if (strcmp(name, "PUBLIC KEY") == 0)
        return d2i_PUBKEY(NULL, &der, len);
    return strcmp(name, "CERTIFICATE") == 0 ? certified(der, len) : NULL;
}

/* Reads the next PEM block that may hold a key, skipping the parameters that `openssl ecparam`
 * writes before one. Returns false if there is none. */
static bool next_block(BIO *in, char **name, char **header, unsigned char **der, long *len)
{
    while (PEM_read_bio(in, name, header, der, len) == 1) {
        if (strcmp(*name, "EC PARAMETERS") != 0)
            return true;
        OPENSSL_free(*name);
        OPENSSL_free(*header);
        OPENSSL_free(*der);
    }
    return false;
}

struct json_object *jwk_of_pem(struct slice pem, struct fault *fault)
{
    BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
    struct json_object *json = NULL;
    EVP_PKEY *pkey = NULL;
    bool is_private;
    char *name, *header;
    unsigned char *der;
    long len;
    const char *wrong = "the text is not PEM";

    while (next_block(in, &name, &header, &der, &len)) {
        wrong = json ? "the PEM text holds more than one key"
                : *header || strcmp(name, "ENCRYPTED PRIVATE KEY") == 0 ? "the key is encrypted"
                                                                        : "the key cannot be read";
        pkey = *header || json ? NULL : read_der(name, der, len, &is_private);
        jwk_forget(json);
        json = pkey ? jwk_write(pkey, is_private) : NULL;
        EVP_PKEY_free(pkey);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)len);
        if (!json)
            break;
    }
    if (!json)
        fault_set(fault, "%s", wrong);
    BIO_free(in);
    ERR_clear_error();
    return json;
}

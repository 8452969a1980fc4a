/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/certificate.h"

#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm utc;

    return ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) : 0;
}

/* Certificates have no password; without this OpenSSL would ask on the terminal. */
static int no_password(char *out, int size, int is_write, void *arg)
{
    (void)out, (void)size, (void)is_write, (void)arg;
    return -1;
}

int64_t certificate_until(struct slice pem)
{
    BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
    int64_t least = 0;
    X509 *certificate;

    while (in && (certificate = PEM_read_bio_X509(in, NULL, no_password, NULL))) {
        int64_t until = seconds_of(X509_get0_notAfter(certificate));

        least = !least || until < least ? until : least;
        X509_free(certificate);
    }
    BIO_free(in);
    ERR_clear_error(); /* the end of the text is one */
    return least;
}

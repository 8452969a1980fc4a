/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/bearer_secret.h"

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/buf.h"
#include "lib/core/text/uuid.h"

static void write_text(unsigned char bytes[static 32], char out[static BEARER_SECRET_TEXT])
{
    out[base64_encode(bytes, 32, out)] = '\0';
    explicit_bzero(bytes, 32);
}

void bearer_secret_make(char out[static BEARER_SECRET_TEXT])
{
    unsigned char bytes[32];

    random_bytes(bytes, sizeof(bytes));
    write_text(bytes, out);
}

void bearer_secret_hash(struct slice text, char out[static BEARER_SECRET_HASH])
{
    digest_sha256_hex(text.data, text.len, out);
}

void bearer_secret_derive(const unsigned char key[static BEARER_SECRET_KEY], struct slice text,
                          struct slice salt, char out[static BEARER_SECRET_TEXT])
{
    unsigned char sum[32];
    struct buf b = {0};

    buf_reserve_exact(&b, text.len + 1 + salt.len); /* at once: growing would leave a copy */
    buf_put(&b, text.data, text.len);
    buf_putc(&b, '\0');
    buf_put(&b, salt.data, salt.len);
    digest_hmac_sha256(key, BEARER_SECRET_KEY, b.data, b.len, sum);
    explicit_bzero(b.data, b.len);
    buf_fini(&b);
    write_text(sum, out);
}

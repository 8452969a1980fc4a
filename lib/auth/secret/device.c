/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/device.h"

#include <string.h>

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/text/uuid.h"

#define PURPOSE "device"

/* Sealed as it is in memory: only the same program opens it. */
struct device {
    unsigned char account[32]; /* SHA-256 of the account's address */
    unsigned char id[16];
    int64_t expires_s;
};

void device_seal(const unsigned char key[static SEAL_KEY], const char *email, int64_t now_s,
                 struct buf *out)
{
    struct device d = {.expires_s = now_s + DEVICE_S};

    digest_sha256(email, strlen(email), d.account);
    random_bytes(d.id, sizeof(d.id));
    seal_close(key, PURPOSE, (struct slice){(const char *)&d, sizeof(d)}, out);
}

static bool is_of(const struct device *d, const char *email, int64_t now_s)
{
    unsigned char account[32];

    digest_sha256(email, strlen(email), account);
    return memcmp(d->account, account, sizeof(account)) == 0 && d->expires_s > now_s;
}

bool device_open(const unsigned char key[static SEAL_KEY], const char *email, struct slice cookie,
                 int64_t now_s, char id[static DEVICE_ID])
{
    struct buf text = {0};
    struct device d;
    bool ok = seal_open(key, PURPOSE, cookie, &text) && text.len == sizeof(d);

    if (ok)
        memcpy(&d, text.data, sizeof(d));
    buf_fini(&text);
    if (!ok || !is_of(&d, email, now_s))
        return false;
    id[base64_encode(d.id, sizeof(d.id), id)] = '\0';
    return true;
}

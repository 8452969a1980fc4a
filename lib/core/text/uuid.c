/* SPDX-License-Identifier: MIT */
/* Each thread draws random bytes a page at a time, so that one system call serves many
 * identifiers. */
#include "lib/core/text/uuid.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/core/clock.h"

void random_bytes(void *out, size_t len)
{
    char *at = out;

    while (len) {
        ssize_t n = getrandom(at, len, 0);

        if (n < 0 && errno != EINTR)
            abort();
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
}

void uuid_v7(char out[static UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    static const unsigned char places[] = {0,  2,  4,  6,  9,  11, 14, 16,
                                           19, 21, 24, 26, 28, 30, 32, 34};
    static __thread unsigned char pool[1000];
    static __thread size_t left;
    uint64_t ms = clock_real_ms();
    unsigned char id[16];

    if (left < 10) {
        random_bytes(pool, sizeof(pool));
        left = sizeof(pool);
    }
    left -= 10;
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(ms >> (40 - 8 * i));
    memcpy(id + 6, pool + left, 10);
    id[6] = (unsigned char)(0x70 | (id[6] & 0x0f));
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
    for (int i = 0; i < 16; i++) {
        out[places[i]] = hex[id[i] >> 4];
        out[places[i] + 1] = hex[id[i] & 15];
    }
    out[8] = out[13] = out[18] = out[23] = '-';
    out[36] = '\0';
}

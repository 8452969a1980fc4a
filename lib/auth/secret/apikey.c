/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/apikey.h"

#include <stdint.h>

#include <zlib.h>

#include "lib/core/text/uuid.h"

/* The offsets of a key's parts. */
enum { ID = 5, SECRET = 14, SUM = 41, END = APIKEY_TEXT - 1 };

static const char prefix[ID] = "leat_";
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Writes random characters. Bytes past the last multiple of 62 are drawn again, so that all
 * characters are equally likely. */
static void put_random(char *to, const char *end)
{
    while (to < end) {
        unsigned char byte;

        random_bytes(&byte, 1);
        if (byte < 248)
            *to++ = alphabet[byte % 62];
    }
}

static void put_sum(const char text[static SUM], char out[static END - SUM])
{
    uint32_t sum = (uint32_t)crc32(0, (const unsigned char *)text, SUM);

    for (int i = END - SUM; i-- > 0; sum /= 62)
        out[i] = alphabet[sum % 62];
}

static bool is_base62(const char *at, const char *end)
{
    while (at < end && *at && strchr(alphabet, *at))
        at++;
    return at == end;
}

void apikey_make(char out[static APIKEY_TEXT], char id[static APIKEY_ID])
{
    memcpy(out, prefix, ID);
    put_random(out + ID, out + SECRET - 1);
    out[SECRET - 1] = '_';
    put_random(out + SECRET, out + SUM);
    put_sum(out, out + SUM);
    out[END] = '\0';
    memcpy(id, out + ID, APIKEY_ID - 1);
    id[APIKEY_ID - 1] = '\0';
}

bool apikey_parse(struct slice text, struct slice *id)
{
    char sum[END - SUM];

    if (text.len != END || memcmp(text.data, prefix, ID) != 0 || text.data[SECRET - 1] != '_' ||
        !is_base62(text.data + ID, text.data + SECRET - 1) ||
        !is_base62(text.data + SECRET, text.data + SUM))
        return false;
    put_sum(text.data, sum);
    *id = (struct slice){text.data + ID, APIKEY_ID - 1};
    return memcmp(sum, text.data + SUM, sizeof(sum)) == 0;
}

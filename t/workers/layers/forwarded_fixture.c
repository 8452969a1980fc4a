/* SPDX-License-Identifier: MIT */
#include "t/workers/layers/forwarded_fixture.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

static void copy_out(struct slice s, char out[static FORWARDED_TEXT])
{
    cr_assert(s.len < FORWARDED_TEXT);
    if (s.len)
        memcpy(out, s.data, s.len);
    out[s.len] = 0;
}

/* Takes the next of "a|b|c". */
bool forwarded_next_word(struct slice *rest, char out[static FORWARDED_TEXT])
{
    if (!rest->len)
        return false;
    copy_out(slice_cut(rest, '|'), out);
    return true;
}

/* Reads exact-size copies, so that a sanitizer finds an overrun. */
struct forwarded_told forwarded_read_copies(const struct slice fields[static FIELDS])
{
    struct cidr trusted[3];
    struct forwarded out;
    struct forwarded_told told;
    char *copies[FIELDS] = {0};
    struct slice s[FIELDS] = {0};

    cr_assert(cidr_parse("10.0.0.0/8", &trusted[0]) && cidr_parse("fd00::/8", &trusted[1]) &&
              cidr_parse("unix", &trusted[2]));
    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].data)
            continue;
        copies[i] = malloc(fields[i].len + !fields[i].len);
        memcpy(copies[i], fields[i].data, fields[i].len);
        s[i] = (struct slice){copies[i], fields[i].len};
    }
    memset(&out, 0xa5, sizeof(out));
    forwarded_read(&(struct forwarded_fields){s[0], s[1], s[2], s[3], s[4]}, trusted, 3, &out);
    cr_assert(memchr(out.client, 0, sizeof(out.client)));
    memcpy(told.client, out.client, sizeof(told.client));
    copy_out(out.proto, told.proto);
    copy_out(out.host, told.host);
    copy_out(out.prefix, told.prefix);
    for (size_t i = 0; i < FIELDS; i++)
        free(copies[i]);
    return told;
}

struct forwarded_told forwarded_read_x(const char *for_, const char *proto, const char *host,
                                       const char *prefix)
{
    return forwarded_read_copies(
        (struct slice[]){{0}, slice_of(for_), slice_of(proto), slice_of(host), slice_of(prefix)});
}

struct forwarded_told forwarded_read_rfc7239(const char *text)
{
    return forwarded_read_copies((struct slice[]){slice_of(text), {0}, {0}, {0}, {0}});
}

bool forwarded_is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The input is what proxies tell about a client: a byte that says which of the fields are there,
 * and a line for each: Forwarded, X-Forwarded-For, -Proto, -Host and -Prefix. A last line is what
 * a client made up at the left of them, which must change nothing.
 */
#include "t/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lib/core/buf.h"
#include "workers/layers/forwarded.h"

enum { FORWARDED, FOR, PROTO, HOST, PREFIX, FIELDS, TRUSTED = 3 };

static struct cidr trusted[TRUSTED];

static struct forwarded read_fields(const struct slice f[static FIELDS])
{
    struct forwarded out;

    memset(&out, 0xa5, sizeof(out));
    forwarded_read(&(struct forwarded_fields){f[FORWARDED], f[FOR], f[PROTO], f[HOST], f[PREFIX]},
                   trusted, TRUSTED, &out);
    return out;
}

/* Returns true if the client is an address, which *out becomes. */
static bool read_client(const char *client, struct sockaddr_storage *out)
{
    int family = strchr(client, ':') ? AF_INET6 : AF_INET;

    memset(out, 0, sizeof(*out));
    out->ss_family = (sa_family_t)family;
    return inet_pton(family, client,
                     family == AF_INET ? (void *)&((struct sockaddr_in *)out)->sin_addr
                                       : (void *)&((struct sockaddr_in6 *)out)->sin6_addr) == 1;
}

/* Returns true if the walk ended at the client because nobody trusts it. */
static bool check_client(const char client[static ADDRESS_TEXT])
{
    struct sockaddr_storage address;
    char again[ADDRESS_TEXT];

    assert(memchr(client, '\0', ADDRESS_TEXT));
    if (!*client || strcmp(client, "unix") == 0)
        return false;
    if (strcmp(client, "unknown") == 0)
        return true;
    assert(read_client(client, &address));
    address_write((const struct sockaddr *)&address, again);
    assert(strcmp(client, again) == 0);
    return !cidr_any_contains(trusted, TRUSTED, (const struct sockaddr *)&address);
}

/* What stands in a log, or in a URL that is made of it. */
static void check_values(const struct forwarded *out, const struct slice f[static FIELDS])
{
    assert(!out->proto.len || slice_is(out->proto, "http") || slice_is(out->proto, "https"));
    for (size_t i = 0; i < out->host.len; i++)
        assert(out->host.data[i] > ' ' && !strchr("\"#/<>?@\\^`{|}\x7f", out->host.data[i]));
    assert(!out->host.len || fuzz_lies_in(out->host, f[HOST]) ||
           fuzz_lies_in(out->host, f[FORWARDED]));
    if (!out->prefix.len)
        return;
    assert(fuzz_lies_in(out->prefix, f[PREFIX]));
    assert(out->prefix.data[0] == '/' && out->prefix.data[out->prefix.len - 1] != '/');
    assert(!memmem(out->prefix.data, out->prefix.len, "//", 2) &&
           !memmem(out->prefix.data, out->prefix.len, "..", 2));
    for (size_t i = 0; i < out->prefix.len; i++)
        assert(out->prefix.data[i] > ' ' && out->prefix.data[i] < 0x7f);
}

static bool is_same(struct slice a, struct slice b)
{
    return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static size_t count_elements(struct slice list)
{
    size_t n = 0;

    while (list.len)
        n += slice_trim(slice_cut(&list, ',')).len > 0;
    return n;
}

/* Puts `made_up` further from our peer than the client: before the list of hops and, of the others,
 * those in which each hop has its element. */
static void check_made_up(const struct slice f[static FIELDS], size_t hops, struct slice made_up,
                          const struct forwarded *was)
{
    struct slice longer[FIELDS];
    struct buf lists[FIELDS] = {0};
    struct forwarded now;

    memcpy(longer, f, sizeof(longer));
    for (size_t i = 0; i < FIELDS; i++) {
        if (i != hops && (hops == FORWARDED || count_elements(f[i]) < count_elements(f[hops])))
            continue;
        buf_put(&lists[i], made_up.data, made_up.len);
        buf_puts(&lists[i], ", ");
        buf_put(&lists[i], f[i].data, f[i].len);
        longer[i] = f[i].data ? buf_slice(&lists[i]) : f[i];
    }
    now = read_fields(longer);
    assert(strcmp(now.client, was->client) == 0 && is_same(now.proto, was->proto) &&
           is_same(now.host, was->host) && is_same(now.prefix, was->prefix));
    for (size_t i = 0; i < FIELDS; i++)
        buf_fini(&lists[i]);
}

/* Adds one more trusted hop, which changes nothing that is told of the client. */
static void check_behind_a_hop(const struct slice f[static FIELDS], const struct forwarded *was)
{
    static const char *const hop[FIELDS] = {", for=10.0.0.1;by=\"a, \\\"b\"", ", 10.0.0.1",
                                            ", http", ", b", ", /b"};
    struct slice longer[FIELDS] = {0};
    struct buf lists[FIELDS] = {0};
    struct forwarded now;

    for (size_t i = 0; i < FIELDS; i++) {
        buf_put(&lists[i], f[i].data, f[i].len);
        buf_puts(&lists[i], hop[i]);
        if (f[i].data)
            longer[i] = buf_slice(&lists[i]);
    }
    now = read_fields(longer);
    assert(strcmp(now.client, was->client) == 0);
    assert(!was->proto.len || is_same(now.proto, was->proto));
    assert(!was->host.len || is_same(now.host, was->host));
    assert(!was->prefix.len || is_same(now.prefix, was->prefix));
    for (size_t i = 0; i < FIELDS; i++)
        buf_fini(&lists[i]);
}

static void check(const struct slice f[static FIELDS], struct slice made_up)
{
    bool is_x = f[FOR].data || f[PROTO].data || f[HOST].data;
    struct forwarded out = read_fields(f);

    check_values(&out, f);
    if (check_client(out.client))
        check_made_up(f, is_x ? FOR : FORWARDED, made_up, &out);
    if (*out.client)
        check_behind_a_hop(f, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data + 1, size - 1}, f[FIELDS];
    char *copies[FIELDS];

    if (!size || memchr(data + 1, '\0', size - 1)) /* no field has one */
        return 0;
    if (!trusted[0].bits)
        assert(cidr_parse("10.0.0.0/8", &trusted[0]) && cidr_parse("fd00::/8", &trusted[1]) &&
               cidr_parse("unix", &trusted[2]));
    for (size_t i = 0; i < FIELDS; i++) {
        struct slice line = fuzz_line(&rest);

        copies[i] = fuzz_copy(line);
        f[i] = data[0] & 1U << i ? (struct slice){copies[i], line.len} : (struct slice){NULL, 0};
    }
    check(f, fuzz_line(&rest));
    for (size_t i = 0; i < FIELDS; i++)
        free(copies[i]);
    return 0;
}

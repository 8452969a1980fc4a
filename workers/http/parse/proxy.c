/* SPDX-License-Identifier: MIT */
/*
 * The header decides how many bytes are ever taken, because the first byte after it belongs to TLS
 * or HTTP: wanted() returns a number that cannot reach past the end. Version 1 is text and ends
 * with CRLF, so it is read byte by byte; version 2 tells its length in its first 16 bytes.
 *
 *     v2:  | signature 12 | version, command 1 | family 1 | length 2 | addresses | TLVs |
 *
 * After each piece step() judges what is there, so that a wrong start is refused at once.
 */
#include "workers/http/parse/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

enum { V1_MAX = 107, V2_HEAD = 16, V2_LENGTH_AT = 14, TLV_HEAD = 3, TLV_CRC32C = 3 };
enum { V2_LOCAL = 0x20, V2_PROXY = 0x21, UNSPEC = 0, TCP4 = 0x11, TCP6 = 0x21, UNIX = 0x31 };

static const unsigned char v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

void proxy_init(struct proxy *p, enum proxy_mode mode)
{
    p->mode = mode;
    p->state = PROXY_MORE;
    p->len = 0;
    p->has_peer = false;
    memset(&p->peer, 0, sizeof(p->peer));
}

/* Takes the next word of a version 1 line, which ends with exactly one space or the end of the
 * line. */
static bool take_word(char **at, char **word)
{
    char *space = strchr(*at, ' ');

    *word = *at;
    if (space)
        *space = '\0';
    *at = space ? space + 1 : *at + strlen(*at);
    return **word != '\0';
}

static bool read_port(const char *text, in_port_t *port)
{
    unsigned value = 0;
    size_t len = strspn(text, "0123456789");

    if (!len || len > 5 || text[len] || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *port = htons((uint16_t)value);
    return value <= 65535;
}

static bool read_address(int family, const char *text, struct sockaddr_storage *out, in_port_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;

    memset(out, 0, sizeof(*out));
    out->ss_family = (sa_family_t)family;
    if (family == AF_INET)
        v4->sin_port = port;
    else
        v6->sin6_port = port;
    return inet_pton(family, text,
                     family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr) == 1;
}

/* Reads "TCP4 SOURCE DESTINATION SPORT DPORT". */
static bool read_v1(struct proxy *p, char *line)
{
    char *protocol, *source, *destination, *from, *to;
    struct sockaddr_storage unused;
    in_port_t port, unused_port;
    int family;

    if (strcmp(line, "UNKNOWN") == 0 || strncmp(line, "UNKNOWN ", 8) == 0)
        return true; /* the rest of the line is to be ignored */
    if (!take_word(&line, &protocol) || !take_word(&line, &source) ||
        !take_word(&line, &destination) || !take_word(&line, &from) || strchr(line, ' '))
        return false;
    to = line;
    family = strcmp(protocol, "TCP4") == 0 ? AF_INET : strcmp(protocol, "TCP6") == 0 ? AF_INET6 : 0;
    p->has_peer = family && read_port(from, &port) && read_port(to, &unused_port) &&
                  read_address(family, destination, &unused, unused_port) &&
                  read_address(family, source, &p->peer, port);
    return p->has_peer;
}

static enum proxy_state step_v1(struct proxy *p)
{
    static const char start[] = "PROXY ";
    size_t known = p->len < sizeof(start) - 1 ? p->len : sizeof(start) - 1;
    char line[V1_MAX + 1];

    if (memcmp(p->header, start, known) != 0)
        return PROXY_BAD;
    if (p->header[p->len - 1] != '\n')
        return p->len < V1_MAX ? PROXY_MORE : PROXY_BAD;
    if (p->len < sizeof(start) + 1 || p->header[p->len - 2] != '\r')
        return PROXY_BAD;
    memcpy(line, p->header, p->len - 2);
    line[p->len - 2] = '\0';
    if (strlen(line) != p->len - 2 || strchr(line, '\r'))
        return PROXY_BAD;
    return read_v1(p, line + sizeof(start) - 1) ? PROXY_DONE : PROXY_BAD;
}

static size_t be16(const unsigned char *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* CRC32C (RFC 9260, appendix A), bit by bit, as a header rarely exceeds some hundred bytes. */
static uint32_t crc32c(const unsigned char *data, size_t len, const unsigned char *zero)
{
    uint32_t crc = ~UINT32_C(0);

    for (size_t i = 0; i < len; i++) {
        bool is_field = data + i >= zero && data + i < zero + 4;

        crc ^= is_field ? 0 : data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
    }
    return ~crc;
}

static bool check_tlvs(const struct proxy *p, size_t at)
{
    while (at < p->len) {
        const unsigned char *tlv = p->header + at;
        size_t len;

        if (p->len - at < TLV_HEAD || (len = be16(tlv + 1)) > p->len - at - TLV_HEAD)
            return false;
        if (tlv[0] == TLV_CRC32C) {
            const unsigned char *field = tlv + TLV_HEAD;

            if (len != 4 ||
                crc32c(p->header, p->len, field) != (uint32_t)(be16(field) << 16 | be16(field + 2)))
                return false;
        }
        at += TLV_HEAD + len;
    }
    return true;
}

static void set_v2_peer(struct proxy *p)
{
    const unsigned char *address = p->header + V2_HEAD;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&p->peer;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&p->peer;

    p->has_peer = true;
    switch (p->header[13]) {
    case TCP4:
        v4->sin_family = AF_INET;
        memcpy(&v4->sin_addr, address, 4);
        memcpy(&v4->sin_port, address + 8, 2);
        break;
    case TCP6:
        v6->sin6_family = AF_INET6;
        memcpy(&v6->sin6_addr, address, 16);
        memcpy(&v6->sin6_port, address + 32, 2);
        break;
    default:
        p->peer.ss_family = AF_UNIX;
        memcpy(((struct sockaddr_un *)(void *)&p->peer)->sun_path, address, 108);
    }
}

/* Returns the size of both addresses and ports; SIZE_MAX for a family that a stream listener
 * refuses. */
static size_t address_bytes(unsigned char family)
{
    switch (family) {
    case UNSPEC:
        return 0;
    case TCP4:
        return 12;
    case TCP6:
        return 36;
    case UNIX:
        return 216;
    default:
        return SIZE_MAX; /* datagrams, and what the specification reserves */
    }
}

static enum proxy_state step_v2(struct proxy *p)
{
    size_t known = p->len < sizeof(v2_signature) ? p->len : sizeof(v2_signature), total, need;

    if (memcmp(p->header, v2_signature, known) != 0)
        return PROXY_BAD;
    if (p->len < V2_HEAD)
        return PROXY_MORE;
    total = V2_HEAD + be16(p->header + V2_LENGTH_AT);
    if ((p->header[12] != V2_LOCAL && p->header[12] != V2_PROXY) || total > PROXY_HEADER_MAX)
        return PROXY_BAD;
    need = p->header[12] == V2_PROXY ? address_bytes(p->header[13]) : 0;
    if (need > total - V2_HEAD)
        return PROXY_BAD;
    if (p->len < total)
        return PROXY_MORE;
    if (!need) /* LOCAL or UNSPEC: the rest is to be ignored */
        return PROXY_DONE;
    if (!check_tlvs(p, V2_HEAD + need))
        return PROXY_BAD;
    set_v2_peer(p);
    return PROXY_DONE;
}

/* Returns how many of the next bytes belong to the header for certain. */
static size_t wanted(const struct proxy *p)
{
    if (p->len == 0 || p->header[0] == 'P')
        return 1;
    return p->len < V2_HEAD ? V2_HEAD - p->len : V2_HEAD + be16(p->header + V2_LENGTH_AT) - p->len;
}

static enum proxy_state step(struct proxy *p)
{
    bool is_v1 = p->header[0] == 'P';

    if (p->mode != PROXY_ANY && p->mode != (is_v1 ? PROXY_V1 : PROXY_V2))
        return PROXY_BAD;
    return is_v1 ? step_v1(p) : step_v2(p);
}

size_t proxy_feed(struct proxy *p, const void *data, size_t len)
{
    const char *from = data;
    size_t taken = 0;

    while (p->state == PROXY_MORE && taken < len) {
        size_t n = wanted(p);

        n = n < len - taken ? n : len - taken;
        memcpy(p->header + p->len, from + taken, n);
        p->len += n;
        taken += n;
        p->state = step(p);
    }
    return taken;
}

/* SPDX-License-Identifier: MIT */
#include "workers/outbound/destination.h"

#include <arpa/inet.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/core/net/public_address.h"

/* A parsed URL; release it with url_fini(). */
struct url {
    CURLU *parsed;
    char *scheme, *host, *port;
};

static bool url_init(struct url *u, const char *text)
{
    *u = (struct url){.parsed = curl_url()};
    return u->parsed && text &&
           curl_url_set(u->parsed, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
           curl_url_get(u->parsed, CURLUPART_SCHEME, &u->scheme, 0) == CURLUE_OK &&
           curl_url_get(u->parsed, CURLUPART_HOST, &u->host, 0) == CURLUE_OK &&
           curl_url_get(u->parsed, CURLUPART_PORT, &u->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static void url_fini(struct url *u)
{
    curl_free(u->scheme);
    curl_free(u->host);
    curl_free(u->port);
    curl_url_cleanup(u->parsed);
}

/* Returns whether the host is an address. libcurl has normalized forms like 0x7f.1. */
static bool is_address(const char *host)
{
    struct in_addr v4;

    return *host == '[' || inet_pton(AF_INET, host, &v4) == 1;
}

static bool is_local(const char *host)
{
    struct in_addr v4;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Returns whether the operator wrote the origin as an address or localhost. Any other name could
 * resolve elsewhere by now. */
static bool is_own(const struct url *u, const char *configured)
{
    struct url c;
    bool is = url_init(&c, configured) && strcmp(u->scheme, c.scheme) == 0 &&
              strcmp(u->host, c.host) == 0 && strcmp(u->port, c.port) == 0 &&
              (is_address(c.host) || strcmp(c.host, "localhost") == 0);

    url_fini(&c);
    return is;
}

static const char *fault_of(const struct url *u, const struct outbound_request *o)
{
    if (o->method == OUTBOUND_MAIL)
        return strcmp(u->scheme, "smtp") == 0 || strcmp(u->scheme, "smtps") == 0
                   ? NULL
                   : "the URL must use smtp or smtps";
    if (strcmp(u->scheme, "http") == 0)
        return is_local(u->host) && is_own(u, o->configured)
                   ? NULL
                   : "http is allowed only to this machine, as configured";
    return strcmp(u->scheme, "https") == 0 ? NULL : "the URL must use https";
}

const char *destination_fault(const struct outbound_request *o)
{
    struct url u;
    const char *why =
        url_init(&u, o->url) ? fault_of(&u, o) : "the URL is malformed or contains a user";

    url_fini(&u);
    return why;
}

static bool is_loopback(const struct sockaddr *address)
{
    struct cidr v4, v6;

    return cidr_parse("127.0.0.0/8", &v4) && cidr_parse("::1", &v6) &&
           (cidr_contains(&v4, address) || cidr_contains(&v6, address));
}

enum destination destination_of(const struct outbound_request *o)
{
    enum destination to = DESTINATION_PUBLIC;
    struct url u;

    if (url_init(&u, o->url) && is_own(&u, o->configured))
        to = is_address(u.host) ? DESTINATION_OWN : DESTINATION_LOCALHOST;
    url_fini(&u);
    return to;
}

bool destination_allows(enum destination to, const struct cidr *allow, size_t allow_count,
                        const struct sockaddr *address)
{
    return to == DESTINATION_OWN || (to == DESTINATION_LOCALHOST && is_loopback(address)) ||
           address_is_public(address) || cidr_any_contains(allow, allow_count, address);
}

/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/endpoints.h"

#include <ctype.h>
#include <stdlib.h>

#include "lib/core/slice.h"

enum { URL_LEN = 2048 };

static bool is_local(struct slice authority)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        size_t len = strlen(hosts[i]);

        if (authority.len >= len && strncasecmp(authority.data, hosts[i], len) == 0 &&
            (authority.len == len || authority.data[len] == ':'))
            return true;
    }
    return false;
}

static bool is_plain(const char *url)
{
    for (; *url; url++)
        if (!isgraph((unsigned char)*url) || strchr("\"<>\\^`{|}", *url))
            return false;
    return true;
}

/* Returns host and port, empty if the URL is neither http nor https. */
static struct slice authority_of(const char *url, bool *is_https)
{
    const char *at;

    *is_https = strncmp(url, "https://", 8) == 0;
    if (!*is_https && strncmp(url, "http://", 7) != 0)
        return (struct slice){url, 0};
    at = url + (*is_https ? 8 : 7);
    return (struct slice){at, strcspn(at, "/?#")};
}

bool endpoint_is_page(const char *url)
{
    bool is_https;
    struct slice authority = authority_of(url, &is_https);

    return authority.len && strlen(url) <= URL_LEN && is_plain(url) &&
           !memchr(authority.data, '@', authority.len) && (is_https || is_local(authority));
}

bool endpoint_is_good(const char *url)
{
    return endpoint_is_page(url) && !strchr(url, '#');
}

bool endpoint_is_named_well(const char *url, const char *issuer)
{
    bool is_https, is_issuer_https;
    struct slice authority = authority_of(url, &is_https);
    struct slice by = authority_of(issuer, &is_issuer_https);

    return endpoint_is_good(url) && (is_https || !is_issuer_https) &&
           (is_local(by) || !is_local(authority));
}

void endpoints_fini(struct endpoints *e)
{
    free(e->issuer);
    free(e->authorization);
    free(e->token);
    free(e->user);
    free(e->emails);
    free(e->jwks);
    *e = (struct endpoints){0};
}

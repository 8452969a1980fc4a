/* SPDX-License-Identifier: MIT */
#include "lib/auth/endpoints.h"

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

bool endpoint_is_good(const char *url)
{
    bool is_https = strncmp(url, "https://", 8) == 0, is_http = strncmp(url, "http://", 7) == 0;
    const char *at = url + (is_https ? 8 : 7);
    struct slice authority = {at, is_https || is_http ? strcspn(at, "/?#") : 0};

    return authority.len && strlen(url) <= URL_LEN && is_plain(url) && !strchr(url, '#') &&
           !memchr(authority.data, '@', authority.len) && (is_https || is_local(authority));
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

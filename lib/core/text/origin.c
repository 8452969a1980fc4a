/* SPDX-License-Identifier: MIT */
#include "lib/core/text/origin.h"

#include <stdlib.h>

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* The default ports, which browsers omit. */
static const struct {
    const char *scheme, *port;
} usual[] = {{"http", "80"}, {"https", "443"}};

static bool is_of(struct slice text, const char *first, const char *second, const char *third)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || (!strchr(first, text.data[i]) && !strchr(second, text.data[i]) &&
                              !strchr(third, text.data[i])))
            return false;
    return text.len > 0;
}

/* Returns true if `host` is labels separated by dots, and sets *count to their number. */
static bool is_name(struct slice host, size_t *count)
{
    struct slice rest = host;

    if (!host.len || host.data[host.len - 1] == '.')
        return false;
    for (*count = 0; rest.len; ++*count)
        if (!is_of(slice_cut(&rest, '.'), lower, digits, "-_"))
            return false;
    return true;
}

static const char *port_fault(struct slice scheme, const char *port)
{
    if (!*port || *port == '0' || strlen(port) > 5 || port[strspn(port, digits)] ||
        atoi(port) > 65535)
        return "the port is invalid";
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (slice_is(scheme, usual[i].scheme) && strcmp(port, usual[i].port) == 0)
            return "browsers omit the default port of a scheme";
    return NULL;
}

/* Refuses wildcards above a single label, since nobody owns a whole top-level domain; local names
 * are exempt. */
static const char *wildcard_fault(struct slice host, size_t labels)
{
    return labels < 2 && !slice_is(host, "localhost") ? "the pattern covers a public suffix" : NULL;
}

static const char *host_fault(struct slice scheme, const char *host)
{
    bool is_wildcard = strncmp(host, "*.", 2) == 0;
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon, *fault;
    struct slice name;
    size_t labels;

    host += is_wildcard ? 2 : 0;
    colon = strchr(bracket ? bracket : host, ':');
    name = (struct slice){host, colon ? (size_t)(colon - host) : strlen(host)};
    if (bracket && (is_wildcard || host + name.len != bracket + 1 ||
                    !is_of((struct slice){host + 1, name.len - 2}, "abcdef", digits, ":.")))
        return "the address is invalid";
    if (!bracket && !is_name(name, &labels))
        return "the host is invalid; use lower-case labels, no path, and * only at the front";
    fault = is_wildcard ? wildcard_fault(name, labels) : NULL;
    return !fault && colon ? port_fault(scheme, colon + 1) : fault;
}

const char *origin_fault(const char *pattern)
{
    const char *mark = strstr(pattern, "://");
    struct slice scheme = {pattern, mark ? (size_t)(mark - pattern) : 0};

    if (strcmp(pattern, "*") == 0)
        return NULL;
    if (!is_of(scheme, lower, digits, "+-.") || !strchr(lower, *pattern))
        return "the origin must begin with a scheme such as https://";
    return strcmp(mark + 3, "*") == 0 ? "the pattern covers a public suffix"
                                      : host_fault(scheme, mark + 3);
}

bool origin_matches(const char *pattern, struct slice origin)
{
    const char *star = strchr(pattern, '*'), *behind;
    size_t before, after, labels;

    if (!origin.len || slice_is(origin, "null"))
        return false;
    if (!star)
        return slice_is(origin, pattern);
    if (!star[1])
        return true;
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    if (origin.len <= before + after || memcmp(origin.data, pattern, before) != 0)
        return false;
    behind = origin.data + origin.len - after;
    return memcmp(behind, star + 1, after) == 0 &&
           is_name((struct slice){origin.data + before, (size_t)(behind - origin.data) - before},
                   &labels);
}

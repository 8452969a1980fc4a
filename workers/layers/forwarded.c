/* SPDX-License-Identifier: MIT */
/*
 * Reads both kinds of list from the right, because our own peer wrote the rightmost element.
 * Nothing that a client puts at the left, an unclosed quote least of all, changes how that is read.
 */
#include "workers/layers/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* One element of a list. */
struct hop {
    struct slice node, proto, host;
    bool is_quoted; /* node is quoted, and may have escapes */
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_token_char(char c)
{
    return is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Returns whether a host and its port may have the character (RFC 3986, 3.2.2, without
 * sub-delims). */
static bool is_host_char(char c)
{
    return is_alnum(c) || (c && strchr("-._~%[]:", c));
}

/* --- nodes --- */

/* Returns whether the node is obfuscated (RFC 7239, 6.3): "_" and letters, digits, '.', '_',
 * '-'. */
static bool is_obfuscated(const char *text)
{
    size_t n = 1;

    while (text[0] == '_' && (is_alnum(text[n]) || (text[n] && strchr("._-", text[n]))))
        n++;
    return n > 1 && !text[n];
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return (digits > 0 && digits <= 5 && !text[digits]) || is_obfuscated(text);
}

/* Copies the node without its escapes. Returns false if it is too long or has a NUL. */
static bool copy_node(const struct hop *h, char text[static ADDRESS_TEXT])
{
    size_t n = 0;

    for (size_t i = 0; i < h->node.len; i++) {
        if (h->is_quoted && h->node.data[i] == '\\' && i + 1 < h->node.len)
            i++;
        if (!h->node.data[i] || n == ADDRESS_TEXT - 1)
            return false;
        text[n++] = h->node.data[i];
    }
    text[n] = '\0';
    return n > 0;
}

/* Cuts the port off "1.2.3.4:5", "[::1]" or "[::1]:5". Returns the host, or NULL if that is
 * malformed. */
static char *cut_port(char *text)
{
    char *port = NULL, *end;

    if (text[0] == '[') {
        end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':') || !memchr(text, ':', (size_t)(end - text)))
            return NULL;
        port = end[1] ? end + 2 : NULL;
        *end = '\0';
        text++;
    } else if ((end = strchr(text, ':')) && strchr(text, '.') && strchr(text, '.') < end) {
        port = end + 1; /* the colons of an IPv6 address precede any dot */
        *end = '\0';
    }
    return port && !is_port(port) ? NULL : text;
}

static bool read_address(const char *text, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    bool is_v6 = strchr(text, ':') != NULL;

    memset(out, 0, sizeof(*out));
    out->ss_family = is_v6 ? AF_INET6 : AF_INET;
    return inet_pton(out->ss_family, text,
                     is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

/* Reads the node as the client's text and as an address (AF_UNSPEC if it is hidden). Returns false
 * if it is malformed. */
static bool read_node(const struct hop *h, char client[static ADDRESS_TEXT],
                      struct sockaddr_storage *address)
{
    char text[ADDRESS_TEXT], *host, *colon;

    if (!copy_node(h, text))
        return false;
    if (strcmp(text, "unix") == 0 || strcmp(text, "unix:") == 0) { /* "unix:" is what nginx sends */
        address->ss_family = AF_UNIX;
        snprintf(client, ADDRESS_TEXT, "unix");
        return true;
    }
    host = cut_port(text);
    if (host && read_address(host, address)) {
        address_write((const struct sockaddr *)address, client);
        return true;
    }
    address->ss_family = AF_UNSPEC;
    colon = strchr(text, ':');
    if (colon)
        *colon = '\0';
    if ((strcasecmp(text, "unknown") != 0 && !is_obfuscated(text)) ||
        (colon && !is_port(colon + 1)))
        return false;
    snprintf(client, ADDRESS_TEXT, "unknown");
    return true;
}

/* --- lists --- */

/* Returns whether an odd number of backslashes precedes the quote at data[at], which then is
 * none. */
static bool is_escaped(const char *data, size_t at)
{
    size_t n = 0;

    while (n < at && data[at - n - 1] == '\\')
        n++;
    return n % 2;
}

/* Cuts the last non-empty element off the list (RFC 9110, 5.6.1.2). With `has_quotes`, commas in
 * quotes do not count. Returns false if there is none. */
static bool take_last(struct slice *list, bool has_quotes, struct slice *element)
{
    while (list->data && list->len) {
        size_t at = list->len;
        bool in_quotes = false;

        while (at > 0 && (in_quotes || list->data[at - 1] != ',')) {
            at--;
            if (has_quotes && list->data[at] == '"' && !is_escaped(list->data, at))
                in_quotes = !in_quotes;
        }
        *element = slice_trim((struct slice){list->data + at, list->len - at});
        list->len = at ? at - 1 : 0;
        if (element->len)
            return true;
    }
    return false;
}

static void skip_bytes(struct slice *rest, size_t n)
{
    *rest = (struct slice){rest->data + n, rest->len - n};
}

/* Takes a token, or a quoted string without its quotes, from the front of *rest. */
static bool take_value(struct slice *rest, struct slice *value, bool *is_quoted)
{
    size_t n = 0;

    *is_quoted = rest->len && rest->data[0] == '"';
    if (*is_quoted) {
        for (n = 1; n < rest->len && rest->data[n] != '"'; n++)
            n += rest->data[n] == '\\';
        if (n >= rest->len)
            return false;
        *value = (struct slice){rest->data + 1, n - 1};
        skip_bytes(rest, n + 1);
        return true;
    }
    while (n < rest->len && (is_token_char(rest->data[n]) || is_host_char(rest->data[n])))
        n++; /* brackets and colons require quotes, but proxies forget them */
    *value = (struct slice){rest->data, n};
    skip_bytes(rest, n);
    return n > 0;
}

/* Takes name "=" value. A name that occurs twice is malformed (RFC 7239, 4). */
static bool take_pair(struct slice *rest, struct hop *hop)
{
    struct slice name = {rest->data, 0}, value, *to;
    bool is_quoted;

    while (name.len < rest->len && is_token_char(rest->data[name.len]))
        name.len++;
    skip_bytes(rest, name.len);
    if (!name.len || !rest->len || rest->data[0] != '=')
        return false;
    skip_bytes(rest, 1);
    if (!take_value(rest, &value, &is_quoted))
        return false;
    to = slice_is_nocase(name, "for")     ? &hop->node
         : slice_is_nocase(name, "proto") ? &hop->proto
         : slice_is_nocase(name, "host")  ? &hop->host
                                          : NULL;
    if (to && to->data)
        return false;
    if (to)
        *to = value;
    if (to == &hop->node)
        hop->is_quoted = is_quoted;
    return true;
}

/* Parses forwarded-element = [ pair ] *( ";" [ pair ] ) (RFC 7239, 4). */
static bool parse_element(struct slice rest, struct hop *hop)
{
    *hop = (struct hop){.is_quoted = false};
    for (;;) {
        rest = slice_trim(rest);
        if (rest.len && *rest.data != ';' && !take_pair(&rest, hop))
            return false;
        rest = slice_trim(rest);
        if (!rest.len)
            return true;
        if (*rest.data != ';')
            return false;
        skip_bytes(&rest, 1);
    }
}

static bool read_hop(struct slice element, bool is_rfc7239, struct hop *hop)
{
    if (is_rfc7239)
        return parse_element(element, hop);
    *hop = (struct hop){.node = element};
    return true;
}

/* Walks to the client and writes its address. Returns the position, from the right, of the hop that
 * named it, and sets *told to that hop; 0 if none did. */
static size_t walk(struct slice list, bool is_rfc7239, const struct cidr *trusted, size_t count,
                   char client[static ADDRESS_TEXT], struct hop *told)
{
    struct sockaddr_storage address;
    struct slice element;
    struct hop hop;
    size_t at = 0;

    for (size_t i = 0; take_last(&list, is_rfc7239, &element); i++) {
        if (!read_hop(element, is_rfc7239, &hop))
            break;
        if (i == 0)
            *told = hop; /* our own peer wrote it, whether it names an address or not */
        if (!read_node(&hop, client, &address))
            break;
        at = i;
        *told = hop;
        if (!cidr_any_contains(trusted, count, (const struct sockaddr *)&address))
            break;
    }
    return at;
}

/* --- values --- */

static struct slice check_proto(struct slice proto)
{
    return slice_is_nocase(proto, "https")  ? SLICE_LIT("https")
           : slice_is_nocase(proto, "http") ? SLICE_LIT("http")
                                            : (struct slice){NULL, 0};
}

static struct slice check_host(struct slice host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!is_host_char(host.data[i]))
            return (struct slice){NULL, 0};
    return host.len <= 255 ? host : (struct slice){NULL, 0};
}

static struct slice check_prefix(struct slice prefix)
{
    while (prefix.len && prefix.data[prefix.len - 1] == '/')
        prefix.len--;
    if (!prefix.len || prefix.data[0] != '/')
        return (struct slice){NULL, 0};
    for (size_t i = 0; i < prefix.len; i++) {
        unsigned char c = (unsigned char)prefix.data[i];
        unsigned char next = i + 1 < prefix.len ? (unsigned char)prefix.data[i + 1] : '\0';

        if (c <= ' ' || c >= 0x7f || strchr("?#\\\"<>", c) || (c == next && (c == '/' || c == '.')))
            return (struct slice){NULL, 0};
    }
    return prefix;
}

/* Returns what the hop that named the client says in another list: the element at the same position
 * from the right, or the leftmost one if the list is shorter. */
static struct slice aligned(struct slice list, size_t at)
{
    struct slice value = {NULL, 0}, element;

    for (size_t i = 0; i <= at && take_last(&list, false, &element); i++)
        value = element;
    return value;
}

void forwarded_read(const struct forwarded_fields *fields, const struct cidr *trusted,
                    size_t trusted_count, struct forwarded *out)
{
    bool is_x = fields->for_.data || fields->proto.data || fields->host.data;
    struct hop told = {.is_quoted = false};
    size_t at;

    *out = (struct forwarded){.client = ""};
    at = walk(is_x ? fields->for_ : fields->forwarded, !is_x, trusted, trusted_count, out->client,
              &told);
    out->proto = check_proto(is_x ? aligned(fields->proto, at) : told.proto);
    out->host = check_host(is_x ? aligned(fields->host, at) : told.host);
    out->prefix = check_prefix(aligned(fields->prefix, at));
}

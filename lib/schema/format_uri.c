/* SPDX-License-Identifier: MIT */
/* Checks URIs (RFC 3986, appendix A), IRIs (RFC 3987, 2.2: the same with more characters), and URI
 * templates (RFC 6570, 2). */
#include "lib/schema/formats.h"
#include "lib/schema/scan.h"

enum {
    REG_NAME = SCAN_UNRESERVED | SCAN_SUB_DELIM | SCAN_ESCAPED,
    USER_INFO = REG_NAME | SCAN_COLON,
    SEGMENTS = REG_NAME | SCAN_COLON | SCAN_AT | SCAN_SLASH,
    QUERY = SEGMENTS | SCAN_QUESTION,
};

/* Scans what follows a '[', through the ']'. Zones are not allowed: RFC 6874 is another format. */
static bool scan_ip_literal(struct slice *rest)
{
    const char *end = rest->len ? memchr(rest->data, ']', rest->len) : NULL;
    struct slice address = *rest;

    if (!end)
        return false;
    address.len = (size_t)(end - rest->data);
    rest->len -= address.len + 1;
    rest->data = end + 1;
    if (!scan_letter(&address, 'v'))
        return format_is_ipv6(address.data, address.len);
    return scan_run(&address, SCAN_HEX) && scan_char(&address, '.') &&
           scan_run(&address, SCAN_UNRESERVED | SCAN_SUB_DELIM | SCAN_COLON) && !address.len;
}

/* Scans what follows the "//". The path after it must be empty or start with '/'. */
static bool scan_authority(struct slice *rest, unsigned wide)
{
    struct slice user = *rest;

    scan_run(&user, USER_INFO | wide);
    if (scan_char(&user, '@'))
        *rest = user;
    if (!scan_char(rest, '['))
        scan_run(rest, REG_NAME | wide);
    else if (!scan_ip_literal(rest))
        return false;
    if (scan_char(rest, ':'))
        scan_run(rest, SCAN_DIGIT);
    return !rest->len || *rest->data == '/' || *rest->data == '?' || *rest->data == '#';
}

/* Returns true if a ':' comes before any '/', '?' and '#'. What precedes it is then a scheme,
 * because the first segment of a relative path has no ':'. */
static bool has_scheme(struct slice text, unsigned wide)
{
    scan_run(&text, REG_NAME | SCAN_AT | wide);
    return scan_char(&text, ':');
}

static bool scan_scheme(struct slice *rest)
{
    struct slice first = *rest;

    return scan_run(&first, SCAN_ALPHA) && scan_run(rest, SCAN_SCHEME) && scan_char(rest, ':');
}

static bool is_reference(struct slice rest, bool is_absolute, bool is_iri)
{
    unsigned wide = is_iri ? SCAN_UCSCHAR : 0;

    if ((is_absolute || has_scheme(rest, wide)) && !scan_scheme(&rest))
        return false;
    if (rest.len >= 2 && rest.data[0] == '/' && rest.data[1] == '/') {
        rest.data += 2, rest.len -= 2;
        if (!scan_authority(&rest, wide))
            return false;
    }
    scan_run(&rest, SEGMENTS | wide);
    if (scan_char(&rest, '?'))
        scan_run(&rest, QUERY | wide | (is_iri ? SCAN_IPRIVATE : 0));
    if (scan_char(&rest, '#'))
        scan_run(&rest, QUERY | wide);
    return !rest.len;
}

bool format_is_uri(const char *text, size_t len)
{
    return is_reference((struct slice){text, len}, true, false);
}

bool format_is_uri_reference(const char *text, size_t len)
{
    return is_reference((struct slice){text, len}, false, false);
}

bool format_is_iri(const char *text, size_t len)
{
    return is_reference((struct slice){text, len}, true, true);
}

bool format_is_iri_reference(const char *text, size_t len)
{
    return is_reference((struct slice){text, len}, false, true);
}

static bool scan_variable_name(struct slice *rest)
{
    do {
        if (!scan_run(rest, SCAN_VARCHAR | SCAN_ESCAPED))
            return false;
    } while (scan_char(rest, '.'));
    return true;
}

/* Scans "*", or ':' and a length below 10000, or nothing. */
static bool scan_modifier(struct slice *rest)
{
    struct slice digits;

    if (scan_char(rest, '*') || !scan_char(rest, ':'))
        return true;
    digits = *rest;
    digits.len = scan_run(rest, SCAN_DIGIT);
    return digits.len >= 1 && digits.len <= 4 && *digits.data != '0';
}

/* Scans what follows a '{', through the '}'. */
static bool scan_expression(struct slice *rest)
{
    static const char operators[] = "+#./;?&=,!@|";

    if (rest->len && memchr(operators, *rest->data, sizeof(operators) - 1))
        rest->data++, rest->len--;
    do {
        if (!scan_variable_name(rest) || !scan_modifier(rest))
            return false;
    } while (scan_char(rest, ','));
    return scan_char(rest, '}');
}

bool format_is_uri_template(const char *text, size_t len)
{
    struct slice rest = {text, len};

    do {
        scan_run(&rest, SCAN_LITERAL | SCAN_ESCAPED | SCAN_UCSCHAR | SCAN_IPRIVATE);
        if (!rest.len)
            return true;
    } while (scan_char(&rest, '{') && scan_expression(&rest));
    return false;
}

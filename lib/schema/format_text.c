/* SPDX-License-Identifier: MIT */
/* Checks identifiers, pointers and base64. */
#include "lib/schema/formats.h"
#include "lib/schema/scan.h"

bool format_is_uuid(const char *text, size_t len)
{
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    struct slice rest = {text, len};

    for (size_t i = 0; i < sizeof(groups); i++)
        if ((i && !scan_char(&rest, '-')) || scan_run(&rest, SCAN_HEX) != groups[i])
            return false;
    return !rest.len;
}

bool format_is_json_pointer(const char *text, size_t len)
{
    if (len && text[0] != '/')
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '~' && (i + 1 == len || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

/* Scans digits without a leading zero, and "0" itself if that is allowed. */
static bool scan_natural(struct slice *rest, bool or_zero)
{
    struct slice digits = *rest;

    digits.len = scan_run(rest, SCAN_DIGIT);
    return digits.len && (*digits.data != '0' || (or_zero && digits.len == 1));
}

bool format_is_relative_json_pointer(const char *text, size_t len)
{
    struct slice rest = {text, len};

    if (!scan_natural(&rest, true))
        return false;
    if ((scan_char(&rest, '+') || scan_char(&rest, '-')) && !scan_natural(&rest, false))
        return false;
    if (scan_char(&rest, '#'))
        return !rest.len;
    return format_is_json_pointer(rest.data, rest.len);
}

/* Each value must have exactly one spelling, so the bits left over before the padding must be
 * zero. */
bool format_is_byte(const char *text, size_t len)
{
    struct slice rest = {text, len};
    size_t pad = 0;
    char last;

    scan_run(&rest, SCAN_BASE64);
    last = len > rest.len ? text[len - rest.len - 1] : 'A';
    while (scan_char(&rest, '='))
        pad++;
    if (rest.len || len % 4 || pad > 2)
        return false;
    return !pad || memchr(pad == 1 ? "AEIMQUYcgkosw048" : "AQgw", last, pad == 1 ? 16 : 4);
}

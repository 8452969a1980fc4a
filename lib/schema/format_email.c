/* SPDX-License-Identifier: MIT */
/* Mailbox = Local-part "@" ( Domain / address-literal ): RFC 5321, 4.1.2; lengths: 4.5.3.1. */
#include <strings.h>

#include "lib/schema/formats.h"
#include "lib/schema/scan.h"

enum { LOCAL_MAX_LEN = 64, MAILBOX_MAX_LEN = 254 }; /* a path has 256, with < and > */

static bool scan_dot_string(struct slice *rest)
{
    do {
        if (!scan_run(rest, SCAN_ATEXT))
            return false;
    } while (scan_char(rest, '.'));
    return true;
}

/* Scans what follows an opening quote, through the closing one. */
static bool scan_quoted(struct slice *rest)
{
    while (!scan_char(rest, '"')) {
        scan_char(rest, '\\');
        if (!rest->len || *rest->data < ' ' || *rest->data > '~')
            return false;
        rest->data++, rest->len--;
    }
    return true;
}

/* Scans what follows a '['. The only registered tag is IPv6. */
static bool is_literal(struct slice rest)
{
    static const char tag[] = "IPv6:";
    size_t size = sizeof(tag) - 1;

    if (!rest.len || rest.data[--rest.len] != ']')
        return false;
    if (rest.len > size && strncasecmp(rest.data, tag, size) == 0)
        return format_is_ipv6(rest.data + size, rest.len - size);
    return format_is_ipv4(rest.data, rest.len);
}

bool format_is_email(const char *text, size_t len)
{
    struct slice rest = {text, len};

    if (len > MAILBOX_MAX_LEN)
        return false;
    if (!(scan_char(&rest, '"') ? scan_quoted(&rest) : scan_dot_string(&rest)))
        return false;
    if (len - rest.len > LOCAL_MAX_LEN || !scan_char(&rest, '@'))
        return false;
    return scan_char(&rest, '[') ? is_literal(rest) : format_is_hostname(rest.data, rest.len);
}

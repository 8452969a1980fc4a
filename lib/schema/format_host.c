/* SPDX-License-Identifier: MIT */
/* Names and addresses of hosts: RFC 1123, 2.1; RFC 2673, 3.2; RFC 4291, 2.2. */
#include "lib/schema/formats.h"
#include "lib/schema/idna.h"
#include "lib/schema/scan.h"

enum { NAME_MAX_LEN = 253 }; /* 255 on the wire, with the lengths of the labels */

static bool is_label(struct slice label)
{
    if (!label.len || label.len > IDNA_LABEL_MAX)
        return false;
    if (label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    return !idna_has_prefix(label) || idna_is_a_label(label);
}

bool format_is_hostname(const char *text, size_t len)
{
    struct slice rest = {text, len};
    unsigned labels = 0, numbers = 0;

    if (len > NAME_MAX_LEN)
        return false;
    do {
        struct slice label = rest, digits = rest;

        label.len = scan_run(&rest, SCAN_ALPHA | SCAN_DIGIT | SCAN_HYPHEN);
        if (!is_label(label))
            return false;
        labels++;
        numbers += scan_run(&digits, SCAN_DIGIT) == label.len;
    } while (scan_char(&rest, '.'));
    /* "A valid host name can never have the dotted-decimal form #.#.#.#": RFC 1123, 2.1. */
    return !rest.len && !(labels == 4 && numbers == 4);
}

bool format_is_ipv4(const char *text, size_t len)
{
    struct slice rest = {text, len};

    for (int i = 0; i < 4; i++) {
        struct slice digits;
        unsigned value;

        if (i && !scan_char(&rest, '.'))
            return false;
        digits = rest;
        digits.len = scan_run(&rest, SCAN_DIGIT);
        /* "010" means ten to some programs and eight to others. */
        if (!digits.len || digits.len > 3 || (digits.len > 1 && *digits.data == '0') ||
            !scan_number(&digits, digits.len, 255, &value))
            return false;
    }
    return !rest.len;
}

bool format_is_ipv6(const char *text, size_t len)
{
    struct slice rest = {text, len};
    bool has_gap = false; /* "::" */
    unsigned groups = 0;

    if (scan_char(&rest, ':')) {
        if (!scan_char(&rest, ':'))
            return false;
        has_gap = true;
    }
    while (rest.len || !has_gap) {
        struct slice group = rest;
        size_t digits = scan_run(&rest, SCAN_HEX);

        if (rest.len && *rest.data == '.') {
            if (!format_is_ipv4(group.data, group.len))
                return false;
            groups += 2;
            break;
        }
        if (!digits || digits > 4)
            return false;
        groups++;
        if (!rest.len)
            break;
        if (!scan_char(&rest, ':'))
            return false;
        if (!scan_char(&rest, ':')) {
            if (!rest.len)
                return false;
            continue;
        }
        if (has_gap)
            return false;
        has_gap = true;
    }
    return has_gap ? groups < 8 : groups == 8;
}

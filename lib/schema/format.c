/* SPDX-License-Identifier: MIT */
#include "lib/schema/format.h"

#include <stdlib.h>
#include <string.h>

#include "lib/schema/formats.h"
#include "lib/schema/pattern.h"

/* Sorted by strcmp(). Steps and bytes are those measured for the worst texts. */
static const struct format formats[] = {
    {"binary", NULL, NULL, "binary data", 0, 0},
    {"byte", format_is_byte, NULL, "base64 (aGVsbG8=)", 2, 0},
    {"date", format_is_date, NULL, "a date (2026-01-31)", 2, 0},
    {"date-time", format_is_date_time, NULL, "a date and time (2026-01-31T23:59:00Z)", 4, 0},
    {"double", NULL, format_is_double, "a double-precision number", 0, 0},
    {"duration", format_is_duration, NULL, "a duration (P1DT12H)", 3, 0},
    {"email", format_is_email, NULL, "an email address (ann@example.org)", 13, 0},
    {"float", NULL, format_is_float, "a single-precision number", 0, 0},
    {"hostname", format_is_hostname, NULL, "a host name (www.example.org)", 14, 0},
    {"int32", NULL, format_is_int32, "a 32-bit integer", 0, 0},
    {"int64", NULL, format_is_int64, "a 64-bit integer", 0, 0},
    {"ipv4", format_is_ipv4, NULL, "an IPv4 address (192.0.2.1)", 2, 0},
    {"ipv6", format_is_ipv6, NULL, "an IPv6 address (2001:db8::1)", 3, 0},
    {"iri", format_is_iri, NULL, "an absolute IRI (https://example.org/caf\u00e9)", 15, 0},
    {"iri-reference", format_is_iri_reference, NULL, "an IRI or relative reference (/caf\u00e9)",
     15, 0},
    {"json-pointer", format_is_json_pointer, NULL, "a JSON pointer (/items/0)", 1, 0},
    {"password", NULL, NULL, "a password", 0, 0},
    {"regex", pattern_is_valid, NULL, "a regular expression (^a+$)", 400, 150},
    {"relative-json-pointer", format_is_relative_json_pointer, NULL,
     "a relative JSON pointer (1/items)", 2, 0},
    {"time", format_is_time, NULL, "a time with offset (23:59:00Z)", 2, 0},
    {"uri", format_is_uri, NULL, "an absolute URI (https://example.org/a)", 4, 0},
    {"uri-reference", format_is_uri_reference, NULL, "a URI or relative reference (/a?b)", 4, 0},
    {"uri-template", format_is_uri_template, NULL, "a URI template (/todos/{id})", 9, 0},
    {"uuid", format_is_uuid, NULL, "a UUID (0194f8a0-7c5e-7d3b-8a21-3f6b0c9d4e57)", 2, 0},
};

static int by_name(const void *name, const void *format)
{
    return strcmp(name, ((const struct format *)format)->name);
}

const struct format *format_find(const char *name)
{
    return bsearch(name, formats, sizeof(formats) / sizeof(*formats), sizeof(*formats), by_name);
}

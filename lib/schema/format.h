/* SPDX-License-Identifier: MIT */
/*
 * The `format` keyword (JSON Schema 2020-12, validation, 7; OpenAPI 3.1, 4.4), as an assertion. A
 * format accepts all values of other types, and unknown formats accept everything.
 *
 *   date-time, date, time, duration   RFC 3339, 5.6, 5.7 and appendix A
 *   email                             RFC 5321, 4.1.2; addresses as below
 *   hostname                          RFC 1123, 2.1; RFC 5891 for A-labels, see idna.h
 *   ipv4, ipv6                        RFC 2673, 3.2, no leading zeros; RFC 4291, 2.2
 *   uri, uri-reference                RFC 3986
 *   iri, iri-reference                RFC 3987
 *   uri-template                      RFC 6570, with erratum 6937
 *   uuid                              RFC 4122
 *   json-pointer                      RFC 6901, 5
 *   relative-json-pointer             draft-bhutton-relative-json-pointer-00
 *   regex                             ECMA-262, see pattern.h
 *   byte                              RFC 4648, 4
 *   int32, int64, float, double       OpenAPI 3.1, 4.4: numbers
 *   binary, password                  annotations, known so that they are not taken for typos
 */
#ifndef LEAT_SCHEMA_FORMAT_H
#define LEAT_SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/json/jvalue.h"

struct format {
    const char *name;
    /* Exactly one of the two is set, or neither for an annotation. */
    bool (*is_text)(const char *text, size_t len); /* the text is valid UTF-8 and may hold NUL */
    bool (*is_number)(const struct jvalue *number);
    const char *words; /* "a date (2026-01-31)", for messages */
    unsigned steps;    /* budget steps that is_text takes for each BUDGET_BYTES_PER_STEP bytes */
    unsigned bytes;    /* memory that it holds meanwhile, for each byte */
};

/* Returns the format of that name, or NULL. */
const struct format *format_find(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One segment of a path template (OpenAPI 3.1, 4.8.8.2): text, a parameter, or both mixed, as in
 * {name}.json, {id}:cancel and {from}..{to}. A parameter's value is never empty and as short as the
 * text after it allows.
 */
#ifndef LEAT_API_REQUEST_SEGMENT_PATTERN_H
#define LEAT_API_REQUEST_SEGMENT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

/* texts[0] {parameter} texts[1] {parameter} … texts[count], percent-decoded. Only the first and the
 * last text may be empty. */
struct segment_pattern {
    struct slice *texts;
    size_t count;    /* of the parameters */
    size_t text_len; /* of all texts */
};

/* Parses a segment. Returns NULL with *fault if it is malformed. */
const struct segment_pattern *segment_parse(struct slice segment, struct arena *arena,
                                            struct fault *fault);
/* Returns true if both match the same segments. */
bool segment_equal(const struct segment_pattern *a, const struct segment_pattern *b);
/* Matches a raw segment, which decodes. An escape of a reserved character (RFC 3986, 2.2) is part
 * of a value and never matches the pattern's text. `captures` has room for all parameters. */
bool segment_match(const struct segment_pattern *p, struct slice raw, struct slice *captures);

#endif

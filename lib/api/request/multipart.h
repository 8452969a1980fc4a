/* SPDX-License-Identifier: MIT */
/*
 * Splits multipart/form-data (RFC 7578; RFC 2046, 5.1) in memory. Strict: what two parsers could
 * read differently is refused. A form without parts, which browsers send as the final delimiter
 * alone, is accepted.
 */
#ifndef LEAT_API_REQUEST_MULTIPART_H
#define LEAT_API_REQUEST_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

enum { MULTIPART_PARTS_MAX = 256, MULTIPART_HEADER_BYTES_MAX = 8192, MULTIPART_BOUNDARY_MAX = 70 };

/* Names are UTF-8 without NUL and lie in the arena or the body. They are decoded: \" and \\ (no
 * other escapes, since browsers mean the backslash itself), and %22, %0D and %0A, which browsers
 * write for a quote and line breaks (HTML, "multipart/form-data encoding algorithm"). A file's name
 * may also be an old browser's path, Latin-1, or filename* (RFC 8187), which replaces filename. */
struct multipart_part {
    struct slice name;
    struct slice filename; /* data is NULL if absent; may hold a path, so do not use it as one */
    struct slice type; /* Content-Type without parameters, in any case; "text/plain" if absent */
    struct slice data; /* lies in the body */
};

/* Returns the boundary of a Content-Type value (RFC 2046, 5.1.1), in the value or the arena. data
 * is NULL if it has none, more than one, or is malformed. The media type is not examined. */
struct slice multipart_boundary(struct slice content_type, struct arena *arena);
/* Splits the body into its parts, in order, in the arena. `boundary` is from multipart_boundary().
 * On failure returns false with *fault and its place in the body; *parts and *count are then
 * meaningless. */
bool multipart_read(struct slice body, struct slice boundary, struct arena *arena,
                    struct multipart_part **parts, size_t *count, struct fault *fault);

#endif

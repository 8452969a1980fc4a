/* SPDX-License-Identifier: MIT */
/* Splits multipart/form-data (RFC 7578; RFC 2046, 5.1) that lies in memory. Strict: what two
 * parsers could read differently is refused. */
#ifndef LEAT_API_MULTIPART_H
#define LEAT_API_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/core/slice.h"

enum { MULTIPART_PARTS_MAX = 256, MULTIPART_HEADER_BYTES_MAX = 8192 };

struct multipart_part {
    struct slice name;     /* decoded, UTF-8; in the arena or the body */
    struct slice filename; /* data is NULL where it has none; as sent: a path is the handler's risk */
    struct slice type;     /* Content-Type without parameters; "text/plain" where absent */
    struct slice data;     /* in the body */
};

/* The boundary of a Content-Type value (RFC 2046, 5.1.1); data is NULL where there is none. */
struct slice multipart_boundary(struct slice content_type, struct arena *arena);
/* The parts in order, in the arena. False: *why (static) and *offset into the body. */
bool multipart_read(struct slice body, struct slice boundary, struct arena *arena,
                    struct multipart_part **parts, size_t *count, const char **why, size_t *offset);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A json-c tree as YAML 1.2 in block style, members in their order. Strings that a reader of YAML
 * 1.1 or of the core schema of 1.2 would take for something else (no, 010, 1:30, 2026-01-01, ~)
 * are quoted, so both read back the same tree; text of several lines is a literal block.
 */
#ifndef LEAT_CONF_YAML_WRITE_H
#define LEAT_CONF_YAML_WRITE_H

#include <json-c/json.h>

#include "lib/core/buf.h"

/* Appends the tree as one document without markers; ends with a newline. Invalid UTF-8 becomes
 * U+FFFD, as in jwrite. */
void yaml_write(struct json_object *value, struct buf *out);

#endif

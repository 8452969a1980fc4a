/* SPDX-License-Identifier: MIT */
/*
 * Writes a json-c tree as YAML 1.2 in block style, keeping the order of members. Strings that YAML
 * 1.1 or the core schema of 1.2 would resolve to another type (no, 010, 1:30, 2026-01-01, ~) are
 * quoted, so that both read back the same tree. Text of several lines becomes a literal block.
 */
#ifndef LEAT_CONF_YAML_WRITE_H
#define LEAT_CONF_YAML_WRITE_H

#include <json-c/json.h>

#include "lib/core/buf.h"

/* Appends the tree as one document without markers, ending with a newline. Invalid UTF-8 becomes
 * U+FFFD, as in jwrite. */
void yaml_write(struct json_object *value, struct buf *out);
/* Appends a string as it stands on a line of YAML that people lay out: as a key, as a value, or in
 * a flow collection. It is plain where every reader takes that for the same text, else quoted. */
void yaml_write_word(struct buf *out, const char *text);

#endif

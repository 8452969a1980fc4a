/* SPDX-License-Identifier: MIT */
/* Plain scalars by the core schema of YAML 1.2.2 (10.3.2). Internal to lib/conf. */
#ifndef LEAT_CONF_YAML_SCALAR_H
#define LEAT_CONF_YAML_SCALAR_H

#include <json-c/json.h>

/* Resolves an unquoted scalar to NULL, a boolean, a number or a string. The result is the caller's.
 * A NUL must follow the `len` bytes of `text`. */
struct json_object *yaml_plain_scalar(const char *text, size_t len);

#endif

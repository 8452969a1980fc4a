/* SPDX-License-Identifier: MIT */
/* Plain scalars by the core schema of YAML 1.2.2, 10.3.2. Internal to lib/conf. */
#ifndef LEAT_CONF_YAML_SCALAR_H
#define LEAT_CONF_YAML_SCALAR_H

#include <json-c/json.h>

/* What a scalar without quotes stands for: NULL, a boolean, a number or a string. The caller's.
 * `text` ends with a NUL behind its `len` bytes. */
struct json_object *yaml_plain_scalar(const char *text, size_t len);

#endif

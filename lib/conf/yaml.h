/* SPDX-License-Identifier: MIT */
/*
 * Reads YAML and JSON files into json-c trees whose values carry their marks
 * (lib/core/json/mark.h).
 *
 * YAML: one document, with scalars by the core schema of YAML 1.2 (so `no` is a string; infinities
 * and NaN stay strings, since JSON has none). Duplicate keys are errors. Aliases are expanded up to
 * a bound (lib/conf/yaml_anchor.h). Tags and merge keys are refused. A file may hold
 * MARKED_VALUES_MAX values.
 *
 * A file that starts with '{' or is named *.json is read as strict JSON, unless it is named *.yaml
 * or *.yml.
 */
#ifndef LEAT_CONF_YAML_H
#define LEAT_CONF_YAML_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum { YAML_DEPTH_MAX = 128, YAML_FILE_MAX = 64 << 20 };

/* Reads the file. On success *out is the caller's (NULL for an empty document). Returns false and
 * reports why otherwise. */
bool yaml_read(const char *path, struct json_object **out, struct diags *diags);

#endif

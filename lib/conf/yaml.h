/* SPDX-License-Identifier: MIT */
/*
 * YAML and JSON files as json-c trees whose values carry their marks (lib/core/json/mark.h).
 * YAML: one document; scalars by the core schema of YAML 1.2 (so `no` is a string;
 * infinities and NaN stay strings, as JSON has none); duplicate
 * keys are errors; aliases are expanded up to a bound (lib/conf/yaml_anchor.h); tags and merge keys
 * are refused. MARKED_VALUES_MAX values (lib/core/json/mark.h) may be written.
 * A file whose first character is '{' or whose name ends in .json is read as strict JSON, unless
 * its name ends in .yaml or .yml.
 */
#ifndef LEAT_CONF_YAML_H
#define LEAT_CONF_YAML_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum { YAML_DEPTH_MAX = 128, YAML_FILE_MAX = 64 << 20 };

/* Reads `path`. True: *out is the caller's (NULL for an empty document). False: `diags` says why.
 */
bool yaml_read(const char *path, struct json_object **out, struct diags *diags);

#endif

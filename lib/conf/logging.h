/* SPDX-License-Identifier: MIT */
/* Converts the keys log.level and log.format to the types of lib/core/log.h. */
#ifndef LEAT_CONF_LOGGING_H
#define LEAT_CONF_LOGGING_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/log.h"

/* Parses "error", "warn", "info" or "debug". Returns false for any other name. */
bool logging_level_parse(const char *name, enum log_level *out);
enum log_level logging_level(struct json_object *config);
bool logging_is_json(struct json_object *config);

#endif

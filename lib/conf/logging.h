/* SPDX-License-Identifier: MIT */
/* The keys log.level and log.format as lib/core/log.h takes them. */
#ifndef LEAT_CONF_LOGGING_H
#define LEAT_CONF_LOGGING_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/log.h"

/* "error", "warn", "info" or "debug"; false: none of these. */
bool logging_level_parse(const char *name, enum log_level *out);
enum log_level logging_level(struct json_object *config);
bool logging_is_json(struct json_object *config);

#endif

/* SPDX-License-Identifier: MIT */
/* The keys log.level and log.format as lib/core/log.h takes them. */
#ifndef LEAT_CONF_LOGGING_H
#define LEAT_CONF_LOGGING_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/log.h"

enum log_level logging_level(struct json_object *config);
bool logging_is_json(struct json_object *config);

#endif

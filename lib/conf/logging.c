/* SPDX-License-Identifier: MIT */
#include "lib/conf/logging.h"

#include <string.h>

#include "lib/conf/conf.h"

enum log_level logging_level(struct json_object *config)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const char *name = conf_string(config, "log.level");

    for (int i = 0; i < 4; i++)
        if (name && strcmp(name, names[i]) == 0)
            return (enum log_level)i;
    return LOG_LEVEL_INFO;
}

bool logging_is_json(struct json_object *config)
{
    const char *format = conf_string(config, "log.format");

    return format && strcmp(format, "json") == 0;
}

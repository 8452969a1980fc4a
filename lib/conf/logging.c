/* SPDX-License-Identifier: MIT */
#include "lib/conf/logging.h"

#include <string.h>

#include "lib/conf/conf.h"

bool logging_level_parse(const char *name, enum log_level *out)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum log_level)(LOG_LEVEL_ERROR + i);
            return true;
        }
    return false;
}

enum log_level logging_level(struct json_object *config)
{
    enum log_level level = LOG_LEVEL_INFO;

    logging_level_parse(conf_string(config, "log.level"), &level);
    return level;
}

bool logging_is_json(struct json_object *config)
{
    const char *format = conf_string(config, "log.format");

    return format && strcmp(format, "json") == 0;
}

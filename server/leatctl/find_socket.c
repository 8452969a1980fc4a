/* SPDX-License-Identifier: MIT */
#include "server/leatctl/find_socket.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/leat_control.h"
#include "lib/conf/yaml.h"
#include "lib/core/json/jget.h"
#include "lib/core/memory.h"

static const char config_path[] = "leat.yaml";

static bool is_trusted(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (st.st_uid == 0 || st.st_uid == geteuid());
}

/* Returns the socket that the configuration names; NULL if it names none or cannot be read. The
 * rest of the file may be invalid. */
static const char *read_config(void)
{
    struct json_object *config = NULL, *socket;
    struct diags ignored = {0};
    const char *path = NULL;

    if (is_trusted(config_path) && yaml_read(config_path, &config, &ignored)) {
        socket = json_object_is_type(config, json_type_object) ? jget(config, "control") : NULL;
        socket = json_object_is_type(socket, json_type_object) ? jget(socket, "socket") : NULL;
        if (json_object_is_type(socket, json_type_string))
            path = xstrdup(json_object_get_string(socket));
        json_object_put(config);
    }
    diags_fini(&ignored);
    return path;
}

const char *find_socket(void)
{
    const char *path = getenv("LEAT_SOCKET");

    if (!path)
        path = read_config();
    return path ? path : LEAT_CONTROL_SOCKET;
}

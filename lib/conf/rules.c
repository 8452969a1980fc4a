/* SPDX-License-Identifier: MIT */
#include "lib/conf/rules.h"

#include <string.h>

#include "lib/core/mark.h"

/* Who says how clients show certificates, and not whose, must not get a listener that asks for
 * none. A value that stood in no file is a default. */
static void check_clients(struct json_object *config, struct diags *diags)
{
    struct json_object *listeners = conf_get(config, "listen");

    for (size_t i = 0; listeners && i < json_object_array_length(listeners); i++) {
        struct json_object *tls = conf_get(json_object_array_get_idx(listeners, i), "tls");
        struct json_object *client = tls ? conf_get(tls, "client") : NULL;

        if (client && mark_of(client) && !conf_get(tls, "client-ca"))
            diag_error(diags, mark_where(client), "listen[].tls.client: needs client-ca beside it");
    }
}

/* A page of anybody's would act as the user who looks at it. */
static void check_origins(struct json_object *config, struct diags *diags)
{
    struct json_object *origins = conf_get(config, "cors.origins");

    for (size_t i = 0;
         conf_bool(config, "cors.credentials") && i < json_object_array_length(origins); i++) {
        struct json_object *origin = json_object_array_get_idx(origins, i);

        if (strcmp(json_object_get_string(origin), "*") == 0)
            diag_error(diags, mark_where(origin),
                       "cors.origins[]: * and cors.credentials do not go together");
    }
}

static void (*const rules[])(struct json_object *config, struct diags *diags) = {
    check_clients,
    check_origins,
};

void rules_check(struct json_object *config, struct diags *diags)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        rules[i](config, diags);
}

/* SPDX-License-Identifier: MIT */
#include "workers/handlers/handlers.h"

static const struct {
    const char *name;
    enum flow (*run)(struct request *r);
} builtins[] = {
    {"health.live", handler_health},
};

bool handler_is_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return true;
    return false;
}

static enum flow run_builtin(struct request *r)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
        if (strcmp(builtins[i].name, r->op->builtin) == 0)
            return builtins[i].run(r);
    return pipeline_fail(r, ERR_UNBOUND);
}

enum flow handler_run(struct request *r)
{
    switch (r->op->binding) {
    case BINDING_SQL:
        return handler_sql(r);
    case BINDING_BUILTIN:
        return run_builtin(r);
    case BINDING_NONE:
        break;
    }
    return pipeline_fail(r, ERR_UNBOUND);
}

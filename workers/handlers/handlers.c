/* SPDX-License-Identifier: MIT */
#include "workers/handlers/handlers.h"

#include "lib/conf/conf.h"
#include "workers/handlers/docs.h"

static const struct builtin {
    const char *name;
    enum flow (*run)(struct request *r);
    bool is_public;    /* a document may bind it */
    const char *route; /* the key of its own route, or NULL; in the order of enum monitor */
} builtins[] = {
    {"health.live", handler_live, true, "health.live"},
    {"health.ready", handler_ready, true, "health.ready"},
    {"metrics", handler_metrics, false, "health.metrics"},
    {"docs.openapi", handler_docs, false, NULL},
    {"docs.page", handler_docs, false, NULL},
    {"docs.asset", handler_docs, false, NULL},
};

static const struct builtin *find(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

bool handler_is_builtin(const char *name)
{
    const struct builtin *b = find(name);

    return b && b->is_public;
}

bool handler_is_monitor(const struct operation *op)
{
    const struct builtin *b = op->binding == BINDING_BUILTIN ? find(op->builtin) : NULL;

    return b && b->route;
}

void handler_add_monitors(struct worker *w)
{
    w->monitors = arena_zalloc(&w->arena, MONITOR_COUNT * sizeof(*w->monitors));
    for (size_t i = 0; i < MONITOR_COUNT; i++)
        w->monitors[i] = (struct operation){.index = w->api->count + i,
                                            .id = builtins[i].name,
                                            .method = METHOD_GET,
                                            .template = conf_string(w->config, builtins[i].route),
                                            .mount = "",
                                            .status = 200,
                                            .binding = BINDING_BUILTIN,
                                            .builtin = builtins[i].name};
}

enum flow handler_run(struct request *r)
{
    const struct builtin *b;

    switch (r->op->binding) {
    case BINDING_SQL:
        return handler_sql(r);
    case BINDING_BUILTIN:
        b = find(r->op->builtin);
        return b ? b->run(r) : pipeline_fail(r, ERR_UNBOUND);
    case BINDING_NONE:
        break;
    }
    return pipeline_fail(r, ERR_UNBOUND);
}

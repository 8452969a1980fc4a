/* SPDX-License-Identifier: MIT */
/*
 * The table of built-ins: its first MONITOR_COUNT rows are in the order of enum monitor, because
 * builtins_open() makes an operation of each. A built-in of accounts states in its row what it
 * needs of an operation, so that builtins_check() finds a document that cannot work before the
 * server takes it; at run time only the caller is left to check. Names are looked up once, when
 * operations are bound, and never for a request.
 */
#include "workers/builtins.h"

#include "lib/auth/store/identity.h"
#include "lib/conf/conf.h"
#include "workers/accounts/account_builtins.h"
#include "workers/identity/challenge.h"
#include "workers/handlers/docs.h"
#include "workers/handlers/handlers.h"
#include "workers/request/observe.h"

/* The requirements of a built-in for accounts on its operation. */
enum {
    OPEN = 1,  /* needs no credential */
    LOGIN = 2, /* needs a caller who has logged in */
    READS = 4, /* changes nothing, so that GET is allowed */
};

static const struct builtin {
    const char *name;
    enum flow (*run)(struct request *r);   /* or, of accounts, its */
    void (*first_step)(struct account *a); /* for account_run() */
    bool is_public;                        /* a document may bind it */
    const char *route;                     /* the configuration key of its own route, or NULL */
    int accounts;                          /* 0, or of accounts: OPEN or LOGIN, and READS */
    const char *body;                      /* required members, "a|b"; NULL: none */
    const char *parameters;                /* parameters, "a|b?" (?: may be optional); NULL: none */
} builtins[] = {
    {"health.live", handler_live, NULL, true, "health.live", 0, NULL, NULL},
    {"health.ready", handler_ready, NULL, true, "health.ready", 0, NULL, NULL},
    {"metrics", handler_metrics, NULL, false, "health.metrics", 0, NULL, NULL},
    {"auth.jwks", builtin_jwks, NULL, true, "identity.jwks", 0, NULL, NULL},
    {"docs.openapi", handler_docs, NULL, false, NULL, 0, NULL, NULL},
    {"docs.page", handler_docs, NULL, false, NULL, 0, NULL, NULL},
    {"docs.asset", handler_docs, NULL, false, NULL, 0, NULL, NULL},
#define ACCOUNT(name, function, who, body, parameters)                                             \
    {name, NULL, builtin_##function, true, NULL, who, body, parameters},
#include "workers/accounts/account_builtins.def"
#undef ACCOUNT
};

static const struct builtin *find_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

static const struct builtin *builtin_of(const struct operation *op)
{
    return op->binding == BINDING_BUILTIN ? find_builtin(op->builtin) : NULL;
}

bool builtins_need_accounts(const char *name)
{
    const struct builtin *b = find_builtin(name);

    return b && b->accounts;
}

static void bind_operation(struct operation *op)
{
    const struct builtin *b = builtin_of(op);

    op->handler = b;
    op->is_monitor = b && b->route;
    op->needs_accounts = b && b->accounts;
}

void builtins_bind(struct api *api)
{
    for (size_t i = 0; i < api->count; i++)
        bind_operation(&api->operations[i]);
}

static void check_members(const struct operation *op, const char *members, struct diags *diags)
{
    struct slice rest = slice_of(members);

    while (rest.len) {
        struct slice one = slice_cut(&rest, '|');
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)one.len, one.data);
        for (size_t i = 0; i < op->body_count; i++)
            if (!schema_requires(op->bodies[i].schema, name))
                diag_error(diags, op->source, "%s: x-builtin: %s: the body must require %s", op->id,
                           op->builtin, name);
    }
    if (members && (!op->body_count || !op->is_body_required))
        diag_error(diags, op->source, "%s: x-builtin: %s: requestBody must be required", op->id,
                   op->builtin);
}

static bool has_parameter(const struct operation *op, struct slice name, bool may_be_absent)
{
    for (size_t i = 0; i < op->parameter_count; i++)
        if (slice_is(name, op->parameters[i].field.name))
            return may_be_absent || op->parameters[i].is_required;
    return false;
}

static void check_parameters(const struct operation *op, const char *names, struct diags *diags)
{
    struct slice rest = slice_of(names);

    while (rest.len) {
        struct slice one = slice_cut(&rest, '|');
        bool may_be_absent = one.data[one.len - 1] == '?';

        one.len -= may_be_absent;
        if (!has_parameter(op, one, may_be_absent))
            diag_error(diags, op->source, "%s: x-builtin: %s: the parameter %.*s is required",
                       op->id, op->builtin, (int)one.len, one.data);
    }
}

void builtins_check(const struct operation *op, struct diags *diags)
{
    const struct builtin *b = builtin_of(op);

    if (op->binding == BINDING_BUILTIN && (!b || !b->is_public))
        diag_warn(diags, op->source, "x-builtin: this version has no %s; %s will answer 501",
                  op->builtin, op->id);
    if (!b || !b->accounts)
        return;
    check_members(op, b->body, diags);
    check_parameters(op, b->parameters, diags);
    if (b->first_step == builtin_oauth_callback && !op->allows_undeclared)
        diag_error(diags, op->source,
                   "%s: x-builtin: %s: providers add their own parameters; set "
                   "x-additional-parameters: true",
                   op->id, op->builtin);
    if (!(b->accounts & READS) && method_is_safe(op->method))
        diag_error(diags, op->source, "%s: x-builtin: %s: %s must not write (RFC 9110, 9.2.1)",
                   op->id, op->builtin, method_name(op->method));
    if (b->accounts & LOGIN && !op->security.scheme_count)
        diag_error(diags, op->source,
                   "%s: x-builtin: %s: security is required to identify the caller", op->id,
                   op->builtin);
    if (b->accounts & OPEN && op->security.scheme_count)
        diag_error(diags, op->source, "%s: x-builtin: %s: is public; set security: []", op->id,
                   op->builtin);
}

void builtins_open(struct worker *w)
{
    w->monitors = arena_zalloc(&w->arena, MONITOR_COUNT * sizeof(*w->monitors));
    for (size_t i = 0; i < MONITOR_COUNT; i++) {
        w->monitors[i] = (struct operation){.id = builtins[i].name,
                                            .method = METHOD_GET,
                                            .template = conf_string(w->config, builtins[i].route),
                                            .mount = "",
                                            .status = 200,
                                            .binding = BINDING_BUILTIN,
                                            .builtin = builtins[i].name};
        observe_add(w, &w->monitors[i]);
    }
    builtins_bind(w->api);
    for (size_t i = 0; i < w->own_count; i++)
        bind_operation(w->own[i]);
}

/* Returns whether the caller has logged in here. An API key may not act for its account in this
 * way, and a caller from another issuer has no account here. */
static bool is_login(const struct identity *who)
{
    return who->is_account && (who->kind == IDENTITY_TOKEN || who->kind == IDENTITY_SESSION);
}

enum flow builtins_admit(struct request *r)
{
    const struct builtin *b = r->op->handler;

    if (r->op->binding == BINDING_SQL)
        return FLOW_NEXT;
    if (!b)
        return flow_fail(r, ERR_UNBOUND);
    if (b->accounts & LOGIN && !r->identity)
        return challenge(r, ERR_UNAUTHENTICATED, NULL);
    if (b->accounts & LOGIN && !is_login(r->identity))
        return flow_fail(r, ERR_FORBIDDEN);
    return FLOW_NEXT;
}

enum flow builtins_handle(struct request *r)
{
    const struct builtin *b = r->op->handler;

    if (r->op->binding == BINDING_SQL)
        return handler_sql(r);
    return b->first_step ? account_run(r, b->first_step) : b->run(r);
}

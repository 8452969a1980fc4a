/* SPDX-License-Identifier: MIT */
#include "lib/api/document/captures.h"

#include <string.h>

bool captures_find(const char *template, const char *name, size_t *capture)
{
    size_t len = strlen(name);

    *capture = 0;
    for (const char *at = template; (at = strchr(at, '{')); at++, ++*capture)
        if (strncmp(at + 1, name, len) == 0 && at[len + 1] == '}')
            return true;
    return false;
}

static bool is_declared(const struct operation *op, struct slice name)
{
    for (size_t i = 0; i < op->parameter_count; i++)
        if (op->parameters[i].in == IN_PATH && slice_is(name, op->parameters[i].field.name))
            return true;
    return false;
}

static bool is_before(const char *template, const char *end, struct slice name)
{
    for (const char *at = template; (at = strchr(at, '{')) && at < end; at++)
        if (strncmp(at + 1, name.data, name.len) == 0 && at[name.len + 1] == '}')
            return true;
    return false;
}

/* OpenAPI 3.0 and 3.1 do not forbid a name that is there twice, as 3.2.0 does under "Path Templating".
 * A binding would have two values of one name; other servers may require that they are equal. */
static void report_repeated(const struct operation *op, const char *binding, struct slice name,
                            struct diags *diags)
{
    if (binding)
        diag_error(diags, op->source, "%s: %s: %s: two values would have the name %.*s", op->id,
                   binding, op->template, (int)name.len, name.data);
    else
        diag_warn(diags, op->source, "%s: the path %s repeats {%.*s}", op->id, op->template,
                  (int)name.len, name.data);
}

void captures_check(const struct operation *op, const char *binding, struct diags *diags)
{
    for (const char *at = op->template; (at = strchr(at, '{')); at++) {
        struct slice name = {at + 1, strcspn(at + 1, "}")};

        if (is_before(op->template, at, name))
            report_repeated(op, binding, name, diags);
        else if (!is_declared(op, name))
            diag_error(diags, op->source, "%s: the parameter {%.*s} of the path %s is not declared",
                       op->id, (int)name.len, name.data, op->template);
    }
}

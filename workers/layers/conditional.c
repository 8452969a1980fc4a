/* SPDX-License-Identifier: MIT */
/* Only SQL can compare a condition with the resource as it is (handlers/version.h), or be done once
 * for a key (handlers/idempotency_key.h). A write that something else handles must not ignore a
 * condition: it is refused (RFC 9110, 13.1). */
#include "workers/handlers/idempotency_key.h"
#include "workers/handlers/version.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"

enum flow layer_conditional(struct request *r)
{
    bool is_judged = r->op->binding == BINDING_SQL && !r->violations.count;
    enum err err = is_judged ? version_check(r) : OK;

    if (err == OK && is_judged)
        err = idempotency_key_read(r);
    if (err != OK)
        return flow_fail(r, err);
    if (method_is_safe(r->method) || r->op->binding == BINDING_SQL)
        return FLOW_NEXT;
    if (http_header(r, "if-match").data || http_header(r, "if-none-match").data)
        return flow_fail(r, ERR_PRECONDITION_UNSUPPORTED);
    return FLOW_NEXT;
}

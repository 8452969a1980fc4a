/* SPDX-License-Identifier: MIT */
#include "workers/request/check_response.h"

#include "lib/core/json/jread.h"
#include "lib/core/log.h"
#include "workers/request/answer.h"

enum { DEPTH = 512 };

static void log_violations(const struct request *r, const struct violations *v)
{
    size_t n = v->count < VIOLATIONS_MAX ? v->count : VIOLATIONS_MAX;

    for (size_t i = 0; i < n; i++)
        log_error("response.invalid", "operation=%s pointer=\"%s\" keyword=%s message=\"%s\" id=%s",
                  r->op->id, v->items[i].pointer, v->items[i].keyword, v->items[i].message, r->id);
}

bool check_response(const struct request *r, struct slice body)
{
    struct arena arena = {0};
    struct violations v = {.arena = &arena};
    struct budget budget = answer_budget(body);
    struct jread_fault fault;
    struct jvalue value;

    if (!r->op->response)
        return true;
    if (jread_value(body, DEPTH, &budget, &arena, &value, &fault))
        schema_check(r->op->response, &value, "body", "", &budget, &v);
    else
        violation_add(&v, "body", "", "json", "%s", fault.message);
    log_violations(r, &v);
    arena_fini(&arena);
    return !v.count;
}

/* SPDX-License-Identifier: MIT */
#include "workers/accounts/account.h"

#include "workers/request/answer.h"
#include "workers/request/reply.h"

void account_took_back(struct account *a)
{
    auth_took_back(a->r->worker, a->r->identity->subject);
}

/* Answers with a problem. Every 401 has a challenge (RFC 9110, 15.5.2), even when it is a login
 * that has failed. */
void account_problem(struct account *a, enum err err, const char *code)
{
    const char *mount = a->r->op->mount;

    if (err_status(err) == 401)
        reply_header(
            a->r, "www-authenticate",
            slice_of(arena_printf(&a->r->arena, "Bearer realm=\"%s\"", *mount ? mount : "/")));
    reply_problem(a->r, err, &(struct plan_else){.code = code}, NULL);
}

void account_fail(struct account *a, enum err err)
{
    account_problem(a, err, NULL);
}

void account_refuse(struct account *a, const char *pointer, const char *keyword,
                    const char *message)
{
    violation_add(&a->r->violations, "body", pointer, keyword, "%s", message);
    reply_error(a->r, ERR_INVALID);
}

bool account_prepare(struct account *a, struct json_object *value)
{
    bool ok = answer_prepare(a->r, value, &a->answer);

    if (!ok)
        answer_refused(a->r);
    return ok;
}

void account_answer(struct account *a)
{
    answer_prepared(a->r, a->answer);
}

void account_done(struct account *a)
{
    reply_empty(a->r, 204);
}

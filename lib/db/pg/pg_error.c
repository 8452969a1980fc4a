/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/db/engine/raised.h"

static const struct {
    const char *state;
    enum err err;
    enum trouble trouble;
    enum pg_verdict verdict;
} states[] = {
#define STATE(state, err, trouble, verdict) {state, ERR_##err, TROUBLE_##trouble, verdict},
#include "lib/db/pg/pg_error.def"
#undef STATE
};

/* raise_exception: by the author's triggers. */
static const char raised[] = "P0001";

static const char *field(const PGresult *res, int code)
{
    const char *text = PQresultErrorField(res, code);

    return text ? text : "";
}

/* Finds the value by the server's context, "unnamed portal parameter $2", which it has for values
 * that it could not read. */
static void find_value(struct db_job *job, const PGresult *res, const struct plan_step *step,
                       size_t index)
{
    const char *dollar = strchr(field(res, PG_DIAG_CONTEXT), '$');
    unsigned long at = dollar ? strtoul(dollar + 1, NULL, 10) : 0;

    job->failed_step = index;
    job->blame = BLAME_SEVERAL;
    if (!at || at > step->bind_count || step->binds[at - 1].is_step)
        return;
    job->blame = BLAME_ONE;
    job->blamed = step->binds[at - 1].index;
}

static void answer_constraint(struct db_job *job, const PGresult *res, const struct plan_step *step,
                              const struct pg_constraints *constraints)
{
    struct pg_violation v = {.state = field(res, PG_DIAG_SQLSTATE),
                             .table = field(res, PG_DIAG_TABLE_NAME),
                             .schema = field(res, PG_DIAG_SCHEMA_NAME),
                             .column = field(res, PG_DIAG_COLUMN_NAME),
                             .name = field(res, PG_DIAG_CONSTRAINT_NAME)};

    pg_constraint_answer(constraints, job, step, &v);
}

enum pg_verdict pg_error_take(struct db_job *job, const PGresult *res, const struct plan_step *step,
                              size_t index, const struct pg_constraints *constraints)
{
    const char *state = field(res, PG_DIAG_SQLSTATE);
    size_t i = 0, n = sizeof(states) / sizeof(*states);

    while (i < n && strncmp(state, states[i].state, strlen(states[i].state)) != 0)
        i++;
    snprintf(job->cause, sizeof(job->cause), "%s: %s", state, field(res, PG_DIAG_MESSAGE_PRIMARY));
    job->err = i < n ? states[i].err : ERR_INTERNAL;
    job->trouble = i < n ? states[i].trouble : TROUBLE_NONE;
    if (i == n && !*state) { /* of libpq itself */
        job->err = ERR_DATABASE;
        return PG_LOST;
    }
    if (step && (job->err == ERR_CONFLICT || job->err == ERR_CONSTRAINT ||
                 job->err == ERR_REFERENCE || job->err == ERR_REFERENCED))
        answer_constraint(job, res, step, constraints);
    if (step && strcmp(state, raised) == 0)
        raised_answer(job, job->cause + strlen(raised) + strlen(": "));
    if (job->err == ERR_VALUE && step)
        find_value(job, res, step, index);
    if (job->err == ERR_VALUE && !step)
        job->err = ERR_INTERNAL;
    if (i < n && states[i].verdict == PG_CHANGED &&
        strcmp(field(res, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") != 0)
        return PG_FINAL; /* another thing that the server cannot do */
    return i < n ? states[i].verdict : PG_FINAL;
}

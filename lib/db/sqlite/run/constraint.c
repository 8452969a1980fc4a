/* SPDX-License-Identifier: MIT */
/*
 * Parses SQLite's messages: "UNIQUE constraint failed: todos.owner_id, todos.title", the same for
 * NOT NULL, "CHECK constraint failed: NAME", "FOREIGN KEY constraint failed". The message of a RAISE
 * is the trigger's own (raised.h).
 */
#include "lib/db/sqlite/run/constraint.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "lib/db/engine/raised.h"

/* What a document has no rule for. */
#define NO_RULE ((enum plan_rule_kind)PLAN_RULE_KIND_COUNT)

static const struct {
    int code;
    enum plan_rule_kind kind;
    enum err err;
    const char *keyword;
} rows[] = {
    {SQLITE_CONSTRAINT_UNIQUE, RULE_UNIQUE, ERR_CONFLICT, "unique"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, RULE_UNIQUE, ERR_CONFLICT, "unique"},
    {SQLITE_CONSTRAINT_ROWID, RULE_UNIQUE, ERR_CONFLICT, "unique"},
    {SQLITE_CONSTRAINT_CHECK, RULE_CHECK, ERR_CONSTRAINT, "check"},
    {SQLITE_CONSTRAINT_NOTNULL, RULE_NOT_NULL, ERR_CONSTRAINT, "required"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, RULE_FOREIGN_KEY, ERR_REFERENCE, "foreignKey"},
    {SQLITE_CONSTRAINT_TRIGGER, RULE_RAISE, ERR_CONSTRAINT, "constraint"},
    {SQLITE_CONSTRAINT_DATATYPE, NO_RULE, ERR_VALUE, "value"},
};

/* Returns the code of a violation, which virtual tables tell only by their message: R*Tree as
 * SQLite does, and FTS4 and FTS5, which have no constraint but that of the rowid, without a
 * name. */
static int code_of(int rc, const char *message)
{
    bool is_unique = strncmp(message, "UNIQUE ", strlen("UNIQUE ")) == 0 ||
                     strcmp(message, "constraint failed") == 0;

    return rc == SQLITE_CONSTRAINT && is_unique ? SQLITE_CONSTRAINT_UNIQUE : rc;
}

static const struct plan_else *find_rule(const struct plan *plan, enum plan_rule_kind kind,
                                         const char *message)
{
    const char *colon = strstr(message, "failed: ");
    const char *key = colon ? colon + strlen("failed: ") : "";

    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct plan_rule *rule = &plan->rules[i];

        if (rule->kind == kind && (!rule->key || strcmp(rule->key, key) == 0))
            return &rule->answer;
    }
    return NULL;
}

void constraint_answer(struct db_job *job, int rc, const char *message,
                       const struct plan_step *step)
{
    assert((rc & 0xff) == SQLITE_CONSTRAINT);
    rc = code_of(rc, message);
    snprintf(job->cause, sizeof(job->cause), "%s", message);
    job->err = ERR_CONSTRAINT;
    job->keyword = "constraint";
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].code != rc)
            continue;
        job->err = rows[i].err;
        job->keyword = rows[i].keyword;
        if (job->err == ERR_REFERENCE && step->deletes)
            job->err = ERR_REFERENCED; /* the rules are about a missing row, this one exists */
        else if (rows[i].kind == RULE_RAISE)
            raised_answer(job, job->cause);
        else
            job->answer = find_rule(job->plan, rows[i].kind, message);
    }
}

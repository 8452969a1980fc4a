/* SPDX-License-Identifier: MIT */
/*
 * Row security of one connection. A TEMP VIEW shadows each owned table and shows the rows of the
 * running job's subject; a hook sees every row that is changed, whoever changes it: the statement,
 * an upsert, REPLACE, a trigger, a foreign key.
 *
 *     SELECT … FROM todos          the view: the subject's rows
 *     UPDATE main.todos …          the table (dml.h puts the `main.` there), row by row under the
 * hook
 *
 *     the old row is another's                       ERR_NOT_FOUND, as if it were not there
 *     the old row is the subject's, or there is none,
 *     and the new one is another's                   ERR_FORBIDDEN
 *
 * Triggers in main, and views there, name tables of main: they see all rows. prove.h refuses what
 * would reach around by a view.
 */
#ifndef LEAT_DB_OWNED_H
#define LEAT_DB_OWNED_H

#include "lib/db/conn.h"
#include "lib/db/db.h"

/* Protects these tables, in place of those before; count 0: none. They are copied. False: *why is
 * for free(). Statements that were prepared before must not run any more. */
bool owned_protect(struct conn *c, const struct owned_table *tables, size_t count, char **why);
/* Frees what owned_protect() made, but for the views: for a connection that is about to close. */
void owned_forget(struct conn *c);
/* Takes or gives back the views alone. */
bool owned_show_all(struct conn *c, bool is_on);

/* At the begin of a transaction that writes: a migration may have moved the columns since the last;
 * inside of it they stay. Returns job->err, which says that an owned table is not there any more.
 */
enum err owned_refresh(struct conn *c, struct db_job *job);
/* After its commit: what this connection did itself calls for no refresh. */
void owned_settle(struct conn *c);
/* Before the first step of a job. */
void owned_begin(struct conn *c, const struct db_job *job);
/* After each step: whether it touched a row of another, which outweighs any other end. */
void owned_judge(struct conn *c, struct db_job *job, const struct plan_step *step);

#endif

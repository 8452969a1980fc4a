/* SPDX-License-Identifier: MIT */
/* What a trigger of the author raises: "code: text", answered by the rule for the code, raise(CODE). */
#ifndef LEAT_DB_ENGINE_RAISED_H
#define LEAT_DB_ENGINE_RAISED_H

#include "lib/db/engine/db.h"

/* Sets the answer to `message`, which lies in job->cause, and its text for clients; neither if the
 * document has no rule for its code. */
void raised_answer(struct db_job *job, const char *message);

#endif

/* SPDX-License-Identifier: MIT */
/* What several suites set up alike: a folder of files, a document of one operation, a database. */
#ifndef LEAT_T_LIB_FIXTURE_H
#define LEAT_T_LIB_FIXTURE_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/db/engine/db.h"

/* A fresh folder under /tmp; one at a time in each test, which runs in a process of its own. */
extern char scratch[64];
void scratch_make(void);
/* The path of `name` in it; static, good until the next call. */
const char *scratch_path(const char *name);
/* Writes a file of that name. */
void scratch_put(const char *name, const char *text);
void scratch_unlink(const char *name);
/* Removes the folder with its files and the folders in it. */
void scratch_remove(void);

/* Reads `text` as scratch's api.yaml; what was in `diags` is forgotten. */
struct json_object *fixture_document(const char *text, struct diags *diags);
/* The first error's message; "" without one. */
const char *fixture_error(const struct diags *diags);
/* The only operation of a document with this body of `paths: {/a: {get: {…}}}`. */
struct json_object *fixture_get(const char *body, struct json_object **document,
                                struct diags *diags);

/* A database in scratch's a.db, made by `schema`, with one reader and no budget to speak of. */
struct db *fixture_db_open(const char *schema);
/* The same with these owned tables. */
struct db *fixture_db_open_owned(const char *schema, const struct owned_table *owned, size_t count);
/* Submits the job and waits for its end. */
void fixture_db_run(struct db *db, struct db_job *job);
/* Runs statements on a connection of its own, as another program would. */
void fixture_db_change(const char *sql);
void fixture_db_close(struct db **db);

#endif

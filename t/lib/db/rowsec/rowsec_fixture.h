/* SPDX-License-Identifier: MIT */
/* A database of owned tables with rows of u1 and u2, for each test. */
#ifndef LEAT_T_ROWSEC_FIXTURE_H
#define LEAT_T_ROWSEC_FIXTURE_H

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/rowsec/rowsec.h"

extern struct db *rowsec_db;
extern size_t rowsec_plans; /* each statement is a plan of its own */

void rowsec_set_up(void);
void rowsec_tear_down(void);
/* Runs one statement for the subject (NULL: nobody). The body is the caller's. */
struct db_job rowsec_run(const char *sql, const char *subject, bool is_write, enum plan_role role);
void rowsec_expect_rows(const char *sql, const char *subject, enum plan_role role,
                        const char *want);

#endif

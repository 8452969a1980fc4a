/* SPDX-License-Identifier: MIT */
/*
 * Row security on PostgreSQL is a policy of the owned table itself, which nothing that a statement
 * does can go round:
 *
 *     ALTER TABLE todos ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
 *     CREATE POLICY leat_owner ON todos USING (owner_id = caller) WITH CHECK (owner_id = caller)
 *
 * where the caller is (SELECT nullif(current_setting('leat.sub', true), '')), which is evaluated once
 * a statement. `leat migrate up` and a reload with --migrate write it, after the migrations; what
 * loads a document verifies it. A policy binds no superuser, no role with BYPASSRLS, and the table's
 * owner only by FORCE. Partitions and other children have policies of their own.
 */
#ifndef LEAT_DB_PG_LOAD_PG_POLICY_H
#define LEAT_DB_PG_LOAD_PG_POLICY_H

#include "lib/db/engine/prover.h"
#include "lib/db/pg/load/pg_session.h"

/* Writes the policies of these tables where they are missing or differ, inside of the session's
 * transaction if there is one. Calls `report`, which may be NULL, for each that it wrote. */
bool pg_policy_write(struct pg_session *s, const struct owned_table *tables, size_t count,
                     void (*report)(const char *table), struct fault *fault);
/* Returns false with *fault if the session's role could see rows of others: its rights, or a table
 * without its policy. Tables that do not exist yet do not count. */
bool pg_policy_verify(struct pg_session *s, const struct owned_table *tables, size_t count,
                      struct fault *fault);

#endif

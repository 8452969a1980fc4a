/* SPDX-License-Identifier: MIT */
/*
 * Finds what PostgreSQL 15 would refuse in a statement that is right for SQLite, or would read with
 * another meaning, and says what to write instead. It judges by tokens and a table
 * (portability.def), so words in strings, comments and quoted names are never found. A false alarm
 * would be worse than a miss: what needs the schema or the types is not judged.
 */
#ifndef LEAT_DB_PROOF_PORTABILITY_H
#define LEAT_DB_PROOF_PORTABILITY_H

#include <stddef.h>

/* Receives a finding: where it is in the text, what is not portable, and what to write instead.
 * All texts are static. */
typedef void (*portability_fn)(void *arg, size_t offset, const char *what, const char *instead);

/* Calls `found` for each place of the text, one or more statements, in order. */
void portability_check(const char *sql, portability_fn found, void *arg);

#endif

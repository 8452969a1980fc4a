/* SPDX-License-Identifier: MIT */
/* Tells whether the programs that SQLite explains are read correctly: their opcodes and words are
 * no interface, and with those of another version the other explain_*.h would silently find
 * nothing. */
#ifndef LEAT_DB_PROOF_EXPLAIN_KNOWN_H
#define LEAT_DB_PROOF_EXPLAIN_KNOWN_H

#include <stdbool.h>

struct conn;

/* Tries on a database in memory what is known to be so. */
bool explain_is_known(void);
/* The same on an open database that has the table (a NOT NULL, b) named t. */
bool explain_is_known_on(struct conn *c);

#endif

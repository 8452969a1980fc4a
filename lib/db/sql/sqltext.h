/* SPDX-License-Identifier: MIT */
/*
 * Finds the named parameters of an SQL text and makes them positional. Strings, quoted names and
 * comments are left alone, and newlines are kept, so that line numbers stay valid.
 *
 *     "… WHERE id = :id AND list = :to.id AND owner = :id"
 *     → "… WHERE id = ?1 AND list = ?2 AND owner = ?1", {"id", "to.id"}      SQLite
 *     → "… WHERE id = $1 AND list = $2 AND owner = $1", {"id", "to.id"}      PostgreSQL
 */
#ifndef LEAT_DB_SQL_SQLTEXT_H
#define LEAT_DB_SQL_SQLTEXT_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/core/fault.h"
#include "lib/db/sql/dialect.h"

enum { SQLTEXT_NAMES_MAX = 200 };

struct sqltext {
    struct buf sql; /* one statement without a final ';', NUL-terminated */
    char *names[SQLTEXT_NAMES_MAX];
    size_t name_count;
};

/* Parses the text of that dialect, which also says how a parameter is written. Returns false with *fault and its place if it is malformed. Call
 * sqltext_fini() in either case. */
bool sqltext_parse(const char *sql, const struct dialect *dialect, struct sqltext *out,
                   struct fault *fault);
void sqltext_fini(struct sqltext *t);

#endif

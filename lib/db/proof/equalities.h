/* SPDX-License-Identifier: MIT */
/*
 * Reads what the conditions of a SELECT say of its columns: which are equal to others, and which to
 * a constant.
 *
 *     FROM a JOIN b ON b.a_id = a.id WHERE b.kind = ?1 AND b.n > 3      b.a_id = a.id, b.kind = constant
 */
#ifndef LEAT_DB_PROOF_EQUALITIES_H
#define LEAT_DB_PROOF_EQUALITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"

struct relation;

/* A column of a source; or a constant, if the column is NULL. */
struct side {
    size_t source;
    const char *column;
};

/* Both sides are equal, and not NULL, in each row. */
struct equality {
    struct side a, b;
    bool is_left; /* it is the condition of a LEFT JOIN, and tells only about the source `about` */
    size_t about;
};

struct equalities {
    struct equality *items;
    size_t count;
    bool is_doubtful; /* there is a condition that is not understood and may say more: one with a
                       * subselect, or an equality of anything but columns and constants */
};

/* Reads ON, USING and WHERE. All memory is the arena's. */
void equalities_read(const struct relation *r, struct arena *arena, struct equalities *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a configuration, document or migration: every finding, not the first, each
 * as "file:line:column: message". The path from there to the operator is print or join.
 */
#ifndef LEAT_CORE_DIAG_H
#define LEAT_CORE_DIAG_H

#include <stdio.h>

enum diag_level { DIAG_WARNING, DIAG_ERROR };

struct diag {
    enum diag_level level;
    char *where; /* "file:line:col", "file", or NULL */
    char *message;
};

/* So many of each level are kept, because a hostile file has a million mistakes; the others are
 * counted, and one more item says that there are others. */
enum { DIAGS_MAX = 1000 };
/* Bytes of a message; longer ones end in "…". */
enum { DIAG_TEXT_MAX = 2000 };

struct diags {
    struct diag *items;
    size_t count, room;
    size_t errors, warnings; /* also those that were not kept */
};

/* Adds a finding; `where` may be NULL and is copied, like the formatted message. */
void diag_error(struct diags *d, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warn(struct diags *d, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts the findings in the order of file, line and column; ties stay as they were added. Of those
 * that say the same of the same place one stays. */
void diags_sort(struct diags *d);
/* One line each; a warning says so. */
void diags_print(const struct diags *d, FILE *out);
/* The same as a JSON array, for editors and CI: [{"level": "error" or "warning", "file", "line",
 * "column" (each null where it is not known), "message"}]. */
void diags_print_json(const struct diags *d, FILE *out);
void diags_fini(struct diags *d);

#endif

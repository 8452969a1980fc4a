/* SPDX-License-Identifier: MIT */
/*
 * The findings about a configuration, a document or a migration: all of them, not just the first,
 * each as "file:line:column: message". They reach the operator by diags_print() or as JSON.
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

/* At most this many findings of each level are kept, since a hostile file can hold a million
 * mistakes. The rest are counted, and one more item says that there are more. */
enum { DIAGS_MAX = 1000 };
/* The longest message in bytes; longer ones are cut and end in "…". */
enum { DIAG_TEXT_MAX = 2000 };

struct diags {
    struct diag *items;
    size_t count, room;
    size_t errors, warnings; /* including those that were not kept */
};

/* Adds a finding; `where` may be NULL and is copied, like the formatted message. */
void diag_error(struct diags *d, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warn(struct diags *d, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sorts the findings by file, line and column, stably, and keeps only one of identical findings at
 * one place. */
void diags_sort(struct diags *d);
/* Prints one finding a line. Warnings are marked as such. */
void diags_print(const struct diags *d, FILE *out);
/* Prints a JSON array for editors and CI: [{"level": "error" or "warning", "file", "line", "column"
 * (null where unknown), "message"}]. */
void diags_print_json(const struct diags *d, FILE *out);
void diags_fini(struct diags *d);

#endif

/* SPDX-License-Identifier: MIT */
/* Compares pairs of documents, written as rows. */
#ifndef LEAT_T_LIB_API_COMPARE_COMPARE_ROWS_H
#define LEAT_T_LIB_API_COMPARE_COMPARE_ROWS_H

#include <stddef.h>

/* Paths of two documents, and the findings: '!' a break, '-' another change. */
struct row {
    const char *old, *new, *changes;
};

void run_rows(const struct row *rows, size_t count);

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))
#define FINE "responses: {'200': {description: ok}}"
#define GET(more) "  /a: {get: {operationId: getA, " FINE more "}}"
#define JSON(schema) "application/json: {schema: " schema "}"

#endif

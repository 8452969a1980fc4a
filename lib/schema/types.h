/* SPDX-License-Identifier: MIT */
/* The names of types (JSON Schema 2020-12, validation, 6.1.1). */
#ifndef LEAT_SCHEMA_TYPES_H
#define LEAT_SCHEMA_TYPES_H

/* "string" → SCHEMA_STRING; 0 where it is none. */
int types_bit(const char *name);

#endif

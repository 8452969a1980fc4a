/* SPDX-License-Identifier: MIT */
/* The names of types (JSON Schema 2020-12, validation, 6.1.1). */
#ifndef LEAT_SCHEMA_TYPES_H
#define LEAT_SCHEMA_TYPES_H

/* Returns SCHEMA_STRING for "string" and so on, or 0 for an unknown name. */
int types_bit(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* Doubles as the decimal numbers that people meant by them: 0.07 is a multiple of 0.01. */
#ifndef LEAT_SCHEMA_DECIMAL_H
#define LEAT_SCHEMA_DECIMAL_H

#include <stdbool.h>

/* Whether `value` is a whole multiple of `divisor`, which is more than 0; both are taken as the
 * shortest decimals that read back as them, and divided exactly. */
bool decimal_is_multiple(double value, double divisor);

#endif

/* SPDX-License-Identifier: MIT */
/* How often this process has asked for memory, and how much it held at once, whoever asked: proves
 * that something does not. */
#ifndef LEAT_T_LIB_ALLOCATIONS_H
#define LEAT_T_LIB_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether they are counted: not beside a sanitizer, which has the allocator to itself. */
bool allocations_are_counted(void);
size_t allocations_count(void);
/* Bytes that are held now. */
size_t allocations_bytes(void);
/* The most that was held at once since allocations_reset_peak(). */
size_t allocations_peak(void);
void allocations_reset_peak(void);

#endif

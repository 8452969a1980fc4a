/* SPDX-License-Identifier: MIT */
/* How often this process has asked for memory, whoever asked: proves that something does not. */
#ifndef LEAT_T_LIB_ALLOCATIONS_H
#define LEAT_T_LIB_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether they are counted: not beside a sanitizer, which has the allocator to itself. */
bool allocations_are_counted(void);
size_t allocations_count(void);

#endif

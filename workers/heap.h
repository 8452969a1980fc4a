/* SPDX-License-Identifier: MIT */
/* Returns memory to the system after a burst. */
#ifndef LEAT_WORKERS_HEAP_H
#define LEAT_WORKERS_HEAP_H

#include <stdint.h>

/* Sets how malloc() treats large blocks; call it before threads are started, and before the
 * sandbox. */
void heap_open(void);
/* Returns the process's private memory in bytes; 0 if unknown. */
uint64_t heap_memory(void);
/* Returns free memory to the system if there is much of it; call it each second, with
 * heap_memory(). */
void heap_tick(uint64_t memory);

#endif

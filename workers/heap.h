/* SPDX-License-Identifier: MIT */
/* Gives memory back to the system when a burst is over. */
#ifndef LEAT_WORKERS_HEAP_H
#define LEAT_WORKERS_HEAP_H

#include <stdint.h>

/* Sets how malloc() treats large blocks; call it before there are threads, and before the sandbox.
 */
void heap_open(void);
/* Memory of the process's own that is in use, in bytes; 0 if it is not known. */
uint64_t heap_memory(void);
/* Gives back what is free, if that is much; call it every second, with heap_memory(). */
void heap_tick(uint64_t memory);

#endif

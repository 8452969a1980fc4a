/* SPDX-License-Identifier: MIT */
/* Measures what processes use. It asks the kernel (proc(5)), and never believes a worker. */
#ifndef LEAT_SERVER_PROCESS_USAGE_H
#define LEAT_SERVER_PROCESS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Returns the processor time of a running process, in µs; 0 if there is none. */
uint64_t usage_cpu_us(pid_t pid);
/* Returns the processor time of this process and of its children that have been waited for. */
uint64_t usage_own_cpu_us(void);
/* Returns the resident memory of this process, in bytes; 0 if it is not known. */
uint64_t usage_own_memory(void);

#endif

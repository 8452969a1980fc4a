/* SPDX-License-Identifier: MIT */
/* Time: the monotonic clock for intervals and deadlines, the real-time clock only for what people
 * read. */
#ifndef LEAT_CORE_CLOCK_H
#define LEAT_CORE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

enum { CLOCK_TEXT = 25 };

/* Reads CLOCK_MONOTONIC, in nanoseconds. */
uint64_t clock_ns(void);
/* Reads the CPU time that the calling thread has used, in nanoseconds. It costs a system call. */
uint64_t clock_thread_ns(void);
/* Reads CLOCK_REALTIME, in milliseconds since 1970. */
uint64_t clock_real_ms(void);
/* Formats `real_ms` by RFC 3339 in UTC: "2026-11-22T16:18:35.123Z". */
void clock_rfc3339(uint64_t real_ms, char out[static CLOCK_TEXT]);

#endif

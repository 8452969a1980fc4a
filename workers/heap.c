/* SPDX-License-Identifier: MIT */
/*
 * glibc keeps freed memory for later requests. It returns a block at once only if that block was
 * mapped by itself. But each mapped block that is freed raises the size from which blocks are
 * mapped, up to 32 MB: after some large bodies the next ones come from the heap, and stay there. So
 * this threshold is fixed here. Many small blocks remain, such as those of a JSON document: when
 * the process has grown, and much of the heap is free, the free pages are returned.
 */
#include "workers/heap.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

enum {
    MAPPED_BYTES = 256 << 10, /* blocks of this size are mapped, and unmapped when freed */
    TOP_BYTES = 8 << 20,      /* free memory at the heap's end before it shrinks by itself */
    GROWTH_BYTES = 16 << 20   /* growth, and free memory, worth a trim */
};

static int statm = -1; /* /proc/self/statm; see proc(5) */

void heap_open(void)
{
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    mallopt(M_TRIM_THRESHOLD, TOP_BYTES);
    statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

uint64_t heap_memory(void)
{
    unsigned long size, resident, shared;
    char text[128];
    ssize_t len = statm < 0 ? -1 : pread(statm, text, sizeof(text) - 1, 0);

    if (len <= 0)
        return 0;
    text[len] = '\0';
    if (sscanf(text, "%lu %lu %lu", &size, &resident, &shared) != 3)
        return 0;
    return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void heap_tick(uint64_t memory)
{
    static uint64_t least; /* lowest size since free memory was last returned */

    if (!least || memory < least)
        least = memory;
    if (memory < least + GROWTH_BYTES || mallinfo2().fordblks < GROWTH_BYTES)
        return;
    malloc_trim(0);
    least = heap_memory();
}

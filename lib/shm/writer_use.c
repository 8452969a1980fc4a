/* SPDX-License-Identifier: MIT */
#include "lib/shm/writer_use.h"

#include <assert.h>

/* With one writer at a time, a plain read and write is enough. */
static void add_to(_Atomic uint64_t *count, uint64_t n)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

void writer_use_hold(struct shm *shm, unsigned operation, uint64_t ns)
{
    assert(operation <= SHM_OPERATIONS);
    if (!operation) {
        add_to(&shm->writer.own_ns, ns);
        return;
    }
    add_to(&shm->operations[operation - 1].held_ns, ns);
    add_to(&shm->operations[operation - 1].writes, 1);
}

void writer_use_commit(struct shm *shm, size_t writes)
{
    int i = 0;

    assert(writes);
    while (i < SHM_BATCH_SIZES - 1 && writes > writer_use_size(i))
        i++;
    add_to(&shm->writer.batches[i], 1);
    add_to(&shm->writer.writes, writes);
}

uint64_t writer_use_total_ns(const struct shm *shm)
{
    uint64_t sum = shm->writer.own_ns;

    for (int i = 0; i < SHM_OPERATIONS; i++)
        sum += shm->operations[i].held_ns;
    return sum;
}

uint64_t writer_use_pending(const struct shm *shm)
{
    uint64_t written = shm->wal.written_bytes, copied = shm->wal.copied_bytes;

    return written > copied ? written - copied : 0;
}

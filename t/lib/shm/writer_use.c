/* SPDX-License-Identifier: MIT */
#include "lib/shm/writer_use.h"

#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/shm/shm.h"

static struct shm *shm;
static int fd;

static void set_up(void)
{
    fd = shm_create(&shm);
    cr_assert(fd >= 0);
}

static void tear_down(void)
{
    shm_detach(&shm);
    close(fd);
}

TestSuite(writer_use, .init = set_up, .fini = tear_down, .timeout = 60);

Test(writer_use, a_commit_is_counted_by_its_writes)
{
    static const struct {
        size_t writes;
        int counter;
    } rows[] = {{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {128, 7}, {129, 8}, {256, 8}, {1000, 8}};
    uint64_t writes = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t before = shm->writer.batches[rows[i].counter];

        writer_use_commit(shm, rows[i].writes);
        writes += rows[i].writes;
        cr_expect(shm->writer.batches[rows[i].counter] == before + 1, "%zu", rows[i].writes);
    }
    cr_expect(shm->writer.writes == writes);
}

Test(writer_use, the_total_is_that_of_all_operations_and_of_leat)
{
    writer_use_hold(shm, 0, 5);
    writer_use_hold(shm, 1, 10);
    writer_use_hold(shm, SHM_OPERATIONS, 20);
    writer_use_hold(shm, 1, 40);
    cr_expect(writer_use_total_ns(shm) == 75);
    cr_expect(shm->operations[0].held_ns == 50 && shm->operations[0].writes == 2);
}

Test(writer_use, nothing_is_pending_where_all_is_copied)
{
    shm->wal.written_bytes = 4096;
    cr_expect(writer_use_pending(shm) == 4096);
    shm->wal.copied_bytes = 4096;
    cr_expect(writer_use_pending(shm) == 0);
    shm->wal.copied_bytes = 8192;
    cr_expect(writer_use_pending(shm) == 0);
}

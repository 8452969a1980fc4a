/* SPDX-License-Identifier: MIT */
/* Which read is ended for the sake of the -wal: the oldest, in whichever worker. */
#include "lib/db/sqlite/connection/snapshots.h"

#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/shm/shm.h"

static struct shm *shm;
static int fd;
static struct snapshots workers[2];
static struct snapshot reads[4]; /* two of each worker */

static void set_up(void)
{
    fd = shm_create(&shm);
    cr_assert(fd >= 0);
    for (int i = 0; i < 2; i++) {
        shm->slots[i].generation = 1;
        snapshots_init(&workers[i], shm, &shm->slots[i]);
    }
    for (int i = 0; i < 4; i++)
        reads[i] = (struct snapshot){.all = &workers[i % 2]};
}

static void tear_down(void)
{
    for (int i = 0; i < 4; i++)
        if (reads[i].begun_ns)
            snapshot_end(&reads[i]);
    for (int i = 0; i < 2; i++)
        snapshots_fini(&workers[i]);
    shm_detach(&shm);
    close(fd);
}

TestSuite(snapshots, .init = set_up, .fini = tear_down, .timeout = 60);

/* Returns the reads that are to end, as a mask. */
static unsigned cut(void)
{
    unsigned mask = 0;

    for (int i = 0; i < 4; i++)
        if (reads[i].begun_ns && snapshot_is_cut(&reads[i]))
            mask |= 1u << i;
    return mask;
}

Test(snapshots, none_is_cut_where_none_is_held)
{
    cr_expect(!snapshots_cut_oldest(shm));
    cr_expect(snapshots_oldest(shm) == 0);
}

Test(snapshots, the_oldest_of_all_workers_is_cut)
{
    for (int i = 3; i >= 0; i--)
        snapshot_begin(&reads[i]);
    cr_expect(cut() == 0);
    for (int i = 3; i >= 0; i--) {
        cr_expect(snapshots_oldest(shm) == reads[i].begun_ns);
        cr_expect(snapshots_cut_oldest(shm));
        cr_expect(snapshots_cut_oldest(shm), "again, before it has ended");
        cr_expect(cut() == 1u << i, "read %d: %x", i, cut());
        snapshot_end(&reads[i]);
    }
    cr_expect(shm_gauge(shm, GAUGE_READS_RUNNING) == 0);
}

Test(snapshots, those_that_begin_later_are_not_cut)
{
    snapshot_begin(&reads[0]);
    cr_expect(snapshots_cut_oldest(shm));
    snapshot_begin(&reads[1]);
    snapshot_begin(&reads[2]);
    cr_expect(cut() == 1);
    snapshot_end(&reads[0]);
    snapshot_begin(&reads[0]);
    cr_expect(cut() == 0);
}

Test(snapshots, the_gauges_are_those_that_are_held)
{
    for (int i = 0; i < 4; i++)
        snapshot_begin(&reads[i]);
    snapshot_end(&reads[2]); /* the newest of its worker */
    snapshot_end(&reads[1]); /* the oldest of its worker */
    cr_expect(shm_gauge(shm, GAUGE_READS_RUNNING) == 2);
    cr_expect(snapshots_oldest(shm) == reads[0].begun_ns);
    snapshot_end(&reads[0]);
    cr_expect(snapshots_oldest(shm) == reads[3].begun_ns);
}

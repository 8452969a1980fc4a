/* SPDX-License-Identifier: MIT */
#include "lib/shm/activity.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/shm/shm.h"

enum { SLOT = 5 };

static struct shm *shm;
static struct shm_slot *slot;
static int fd;

static void set_up(void)
{
    fd = shm_create(&shm);
    cr_assert(fd >= 0);
    slot = &shm->slots[SLOT];
}

static void tear_down(void)
{
    shm_detach(&shm);
    close(fd);
}

TestSuite(activity, .init = set_up, .fini = tear_down, .timeout = 60);

Test(activity, takes_each_entry_once)
{
    bool seen[SHM_REQUESTS] = {false};
    struct activity a;

    for (int i = 0; i < SHM_REQUESTS; i++) {
        int entry = activity_take(shm, SLOT, 100, "10.0.0.1");

        cr_assert(entry >= 0 && entry < SHM_REQUESTS && !seen[entry]);
        seen[entry] = true;
    }
    cr_expect(slot->busy == UINT64_MAX);
    cr_expect(activity_take(shm, SLOT, 100, "10.0.0.2") == -1);
    for (int i = 0; i < SHM_REQUESTS; i++)
        cr_expect(activity_read(shm, SLOT, i, &a) && strcmp(a.client, "10.0.0.1") == 0);
    activity_release(shm, SLOT, 63);
    cr_expect(!activity_read(shm, SLOT, 63, &a) && activity_read(shm, SLOT, 62, &a));
    cr_expect(activity_take(shm, SLOT, 100, "10.0.0.2") == 63);
    for (int i = SHM_REQUESTS; i-- > 0;)
        activity_release(shm, SLOT, i);
    cr_expect(slot->busy == 0);
}

Test(activity, is_of_one_worker)
{
    struct activity a;
    int entry = activity_take(shm, SLOT, 100, "10.0.0.1");

    for (int i = 0; i < SHM_REQUESTS; i++)
        cr_expect(!activity_read(shm, SLOT - 1, i, &a) && !activity_read(shm, SLOT + 1, i, &a) &&
                  activity_read(shm, SLOT, i, &a) == (i == entry));
    cr_expect(!activity_suspect(shm, SLOT - 1, &a) && activity_suspect(shm, SLOT, &a));
    cr_expect(activity_take(shm, SHM_SLOTS - 1, 1, "last") >= 0);
    cr_expect(activity_suspect(shm, SHM_SLOTS - 1, &a) && strcmp(a.client, "last") == 0);
}

Test(activity, cuts_a_long_client)
{
    static const size_t lengths[] = {0, 1, SHM_TEXT - 2, SHM_TEXT - 1, SHM_TEXT, 200};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        char client[256] = "", *id = shm->requests[SLOT][0].id;
        size_t kept = lengths[i] < SHM_TEXT ? lengths[i] : SHM_TEXT - 1;
        struct activity a;

        memset(client, 'c', lengths[i]);
        strcpy(id, "previous");
        cr_assert(activity_take(shm, SLOT, 1, client) == 0);
        cr_expect(activity_read(shm, SLOT, 0, &a) && strlen(a.client) == kept, "%zu", lengths[i]);
        cr_expect(strncmp(a.client, client, kept) == 0 && a.id[0] == '\0');
        activity_release(shm, SLOT, 0);
    }
}

Test(activity, names_a_request)
{
    static const struct {
        int operation;
        const char *client, *seen_client, *id;
    } rows[] = {
        {0, NULL, "10.0.0.1", "id-1"},
        {SHM_OPERATIONS - 1, "2001:db8::1", "2001:db8::1", ""},
        {-1, NULL, "2001:db8::1", "id-2"},
        {7, "", "", "0193-a-rather-long-one"},
    };
    char id[200];
    struct activity a;

    cr_assert(activity_take(shm, SLOT, 1, "10.0.0.1") == 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        activity_name(shm, SLOT, 0, rows[i].operation, rows[i].client, rows[i].id);
        activity_set_phase(shm, SLOT, 0, (enum shm_phase)i);
        cr_expect(activity_read(shm, SLOT, 0, &a) && a.operation == rows[i].operation);
        cr_expect(a.phase == (enum shm_phase)i && a.started_ns == 1);
        cr_expect_str_eq(a.client, rows[i].seen_client);
        cr_expect_str_eq(a.id, rows[i].id);
    }
    memset(id, 'i', sizeof(id));
    id[199] = '\0';
    activity_name(shm, SLOT, 0, 1, id, id);
    cr_expect(activity_read(shm, SLOT, 0, &a) && strlen(a.id) == SHM_TEXT - 1);
    cr_expect(strlen(a.client) == SHM_TEXT - 1 && shm->requests[SLOT][1].started_ns == 0);
}

/* An entry does not inherit from the previous request. */
Test(activity, starts_afresh)
{
    struct activity a;

    cr_assert(activity_take(shm, SLOT, 100, "a long address of the first") == 0);
    activity_name(shm, SLOT, 0, 7, NULL, "first");
    activity_set_phase(shm, SLOT, 0, SHM_WRITE);
    cr_expect(activity_read(shm, SLOT, 0, &a));
    cr_expect(a.started_ns == 100 && a.operation == 7 && a.phase == SHM_WRITE);
    cr_expect_str_eq(a.client, "a long address of the first");
    cr_expect_str_eq(a.id, "first");
    activity_release(shm, SLOT, 0);
    cr_assert(activity_take(shm, SLOT, 200, "second") == 0);
    cr_expect(activity_read(shm, SLOT, 0, &a));
    cr_expect(a.started_ns == 200 && a.operation == -1 && a.phase == SHM_HEAD);
    cr_expect_str_eq(a.client, "second");
    cr_expect_str_eq(a.id, "");
}

/* A worker that runs wild may leave any bytes; the master must not stumble over them. */
Test(activity, reads_garbage_within_bounds)
{
    static const uint32_t rows[] = {0, 1, SHM_OPERATIONS, SHM_OPERATIONS + 1, 1u << 31, UINT32_MAX};
    struct shm_request *r = &shm->requests[SLOT][63];
    struct activity a;

    slot->busy = UINT64_C(1) << 63;
    memset(r->client, 'x', sizeof(r->client));
    memset(r->id, 'y', sizeof(r->id));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        r->operation = r->phase = rows[i];
        cr_expect(activity_read(shm, SLOT, 63, &a));
        cr_expect(a.operation >= -1 && a.operation < SHM_OPERATIONS, "%d", a.operation);
        cr_expect(activity_phase_name(a.phase) && strlen(a.client) < SHM_TEXT &&
                  strlen(a.id) < SHM_TEXT);
        slot->current = (int32_t)rows[i];
        cr_expect(activity_suspect(shm, SLOT, &a) && a.client[0] == 'x');
    }
    slot->current = 63;
    slot->busy = 0;
    cr_expect(!activity_suspect(shm, SLOT, &a) && !activity_read(shm, SLOT, 63, &a));
}

Test(activity, suspects_the_current_then_the_oldest)
{
    static const struct {
        uint64_t started[4]; /* 0: no request */
        int current, suspect;
    } rows[] = {
        {{0, 0, 0, 0}, -1, -1},    {{0, 0, 0, 0}, 2, -1},     {{10, 0, 0, 0}, -1, 0},
        {{30, 20, 40, 20}, -1, 1}, {{40, 30, 20, 10}, -1, 3}, {{40, 30, 20, 10}, 0, 0},
        {{10, 30, 20, 40}, 3, 3},  {{10, 0, 20, 5}, 1, 3},    {{0, 0, 20, 0}, -2, 2},
        {{0, 0, 20, 30}, 64, 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct activity a = {.client = "none"};
        char want[2] = {(char)('0' + rows[i].suspect), '\0'};

        for (int k = 0; k < 4; k++)
            cr_assert(activity_take(shm, SLOT, rows[i].started[k],
                                    (const char[2]){(char)('0' + k), '\0'}) == k);
        for (int k = 0; k < 4; k++)
            if (!rows[i].started[k])
                activity_release(shm, SLOT, k);
        slot->current = rows[i].current;
        cr_expect(activity_suspect(shm, SLOT, &a) == (rows[i].suspect >= 0), "row %zu", i);
        if (rows[i].suspect >= 0)
            cr_expect_str_eq(a.client, want, "row %zu", i);
        slot->busy = 0;
    }
}

Test(activity, names_the_phases)
{
    static const char *const names[] = {"head", "body", "handle", "write"};

    for (unsigned i = SHM_HEAD; i <= SHM_WRITE; i++)
        cr_expect_str_eq(activity_phase_name((enum shm_phase)i), names[i]);
}

Test(activity, is_gone_with_the_worker)
{
    struct activity a;
    struct shm_slots own = {0};
    int taken = shm_slot_take(shm, &own, 1);

    for (int i = 0; i < 10; i++)
        activity_take(shm, taken, 1, "10.0.0.1");
    shm->slots[taken].current = 3;
    shm_slot_release(shm, &own, taken);
    for (int i = 0; i < SHM_REQUESTS; i++)
        cr_expect(!activity_read(shm, taken, i, &a));
    cr_expect(!activity_suspect(shm, taken, &a));
    cr_expect(activity_take(shm, taken, 1, "10.0.0.2") >= 0);
}

/* Entries 0 and 63 stay while a worker takes and releases others: a reader always sees the two. */
Test(activity, never_tears_the_mask)
{
    int entries[SHM_REQUESTS], status;
    struct activity a;
    pid_t pid;

    for (int i = 0; i < SHM_REQUESTS; i++)
        cr_assert(activity_take(shm, SLOT, 7, "kept") == i);
    for (int i = 1; i < SHM_REQUESTS - 1; i++)
        activity_release(shm, SLOT, i);
    pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pid == 0) {
        int count = 0;

        while (count < SHM_REQUESTS - 2)
            entries[count++] = activity_take(shm, SLOT, 8, "going");
        while (count)
            activity_release(shm, SLOT, entries[--count]);
        shm->writer.commits++;
    }
    for (int i = 0; shm->writer.commits < 20000; i++) {
        int entry = i % 2 ? 0 : SHM_REQUESTS - 1;

        cr_assert(activity_read(shm, SLOT, entry, &a) && a.started_ns == 7);
        cr_assert(strcmp(a.client, "kept") == 0);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    cr_expect(activity_suspect(shm, SLOT, &a) && a.started_ns == 7);
}

/* SPDX-License-Identifier: MIT */
#include "lib/shm/stats.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/lib/shm/shm_fixture.h"

TestSuite(stats, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

Test(stats, has_log_linear_buckets)
{
    static const struct {
        uint64_t us;
        unsigned bucket;
    } rows[] = {
        {0, 0},
        {1, 1},
        {15, 15},
        {16, 16},
        {17, 17},
        {31, 31},
        {32, 32},
        {33, 32},
        {34, 33},
        {63, 47},
        {64, 48},
        {67, 48},
        {68, 49},
        {1023, 111},
        {1024, 112},
        {1087, 112},
        {1088, 113},
        {1u << 26, 368},
        {1 << 27, 383},
        {(1u << 27) - 1, 383},
        {UINT32_MAX, 383},
        {UINT64_MAX, 383},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(stats_bucket(rows[i].us) == rows[i].bucket, "%lu: %u", (unsigned long)rows[i].us,
                  stats_bucket(rows[i].us));
}

Test(stats, leaves_no_gap_between_buckets)
{
    uint64_t start = 0;

    for (unsigned i = 0; i < SHM_BUCKETS; i++) {
        uint64_t end = stats_bucket_end(i);

        cr_assert(end > start, "%u", i);
        cr_expect(stats_bucket(start) == i && stats_bucket(end - 1) == i, "%u", i);
        cr_expect(i == SHM_BUCKETS - 1 || stats_bucket(end) == i + 1, "%u", i);
        start = end;
    }
    cr_expect(start == UINT64_C(1) << 27);
}

/* stats.h: the middle of a bucket is off by 3.2 % at most. */
Test(stats, keeps_its_precision)
{
    for (uint64_t us = 1; us < UINT64_C(1) << 27; us += 1 + us / 500) {
        struct stats_sum sum = {.count = 1};
        uint64_t middle, off;

        sum.buckets[stats_bucket(us)] = 1;
        middle = stats_quantile(&sum, 0.5);
        off = middle > us ? middle - us : us - middle;
        cr_assert(off * 1000 <= us * 32, "%lu as %lu", (unsigned long)us, (unsigned long)middle);
    }
}

Test(stats, finds_quantiles)
{
    static const struct {
        unsigned counts[4]; /* of 0, 5, 10 and 15 µs */
        double q;
        uint64_t us;
    } rows[] = {
        {{0, 0, 0, 0}, 0.5, 0},       {{0, 0, 0, 0}, 1, 0},        {{0, 0, 0, 1}, 0, 15},
        {{0, 0, 0, 1}, 1, 15},        {{0, 1, 0, 1}, 0, 5},        {{0, 1, 0, 1}, 1, 15},
        {{500, 499, 0, 1}, 0.49, 0},  {{500, 499, 0, 1}, 0.51, 5}, {{500, 499, 0, 1}, 0.99, 5},
        {{500, 499, 0, 1}, 1, 15},    {{0, 900, 99, 1}, 0.9, 5},   {{0, 900, 99, 1}, 0.95, 10},
        {{0, 900, 99, 1}, 0.999, 10}, {{0, 0, 3, 0}, 0.001, 10},   {{1000, 0, 0, 0}, 0.999, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct stats_sum sum = {.count = 0};

        for (unsigned k = 0; k < 4; k++) {
            sum.buckets[k * 5] = rows[i].counts[k];
            sum.count += rows[i].counts[k];
        }
        cr_expect(stats_quantile(&sum, rows[i].q) == rows[i].us, "row %zu: %lu", i,
                  (unsigned long)stats_quantile(&sum, rows[i].q));
    }
}

Test(stats, knows_an_operation_again)
{
    static const struct {
        const char *method, *route;
    } rows[] = {
        {"GET", "/a"},  {"POST", "/a"}, {"GET", "/b"},      {"GET", "/a/"},      {"GET", "/A"},
        {"GET", "/aG"}, {"GET", "/"},   {"OPTIONS", "/a"},  {"GET", "/{a}"},     {"GET", "/{b}"},
        {"", ""},       {"GET", ""},    {"PROPFIND", "/a"}, {"PROPPATCH", "/a"},
    };
    enum { COUNT = sizeof(rows) / sizeof(*rows) };
    int at[COUNT];

    for (int i = 0; i < COUNT; i++) {
        at[i] = stats_enter(shm, rows[i].method, rows[i].route, "one");
        cr_assert(at[i] >= 0 && at[i] < SHM_OPERATIONS);
        for (int k = 0; k < i; k++)
            cr_expect(at[k] != at[i], "%s %s", rows[i].method, rows[i].route);
    }
    for (int i = 0; i < COUNT; i++) {
        struct shm_operation *o = &shm->operations[at[i]];

        cr_expect(stats_enter(shm, rows[i].method, rows[i].route, "two") == at[i]);
        cr_expect(o->key != 0 && strncmp(o->method, rows[i].method, 7) == 0);
        cr_expect_str_eq(o->route, rows[i].route);
        cr_expect_str_eq(o->id, "two", "the last document's");
    }
}

Test(stats, cuts_long_names_only_for_people)
{
    char route[300], id[300];
    struct shm_operation *o;
    int one, two;

    memset(route, 'r', sizeof(route));
    memset(id, 'i', sizeof(id));
    route[299] = id[299] = '\0';
    one = stats_enter(shm, "GET", route, id);
    route[298] = 'x';
    two = stats_enter(shm, "GET", route, id);
    cr_assert(one >= 0 && two >= 0 && one != two);
    o = &shm->operations[one];
    cr_expect(strlen(o->route) < sizeof(o->route) && strspn(o->route, "r") > 90);
    cr_expect(strlen(o->id) < sizeof(o->id) && strspn(o->id, "i") > 70);
    cr_expect(strcmp(o->route, shm->operations[two].route) != 0, "and can be told apart");
    cr_expect(stats_enter(shm, "GET", route, "other") == two);
}

static int enter_numbered(int n)
{
    char route[32];

    snprintf(route, sizeof(route), "/items/%d", n);
    return stats_enter(shm, "GET", route, "id");
}

Test(stats, says_when_it_is_full)
{
    static int places[SHM_OPERATIONS];
    static bool seen[SHM_OPERATIONS];

    for (int i = 0; i < SHM_OPERATIONS; i++) {
        places[i] = enter_numbered(i);
        cr_assert(places[i] >= 0 && places[i] < SHM_OPERATIONS && !seen[places[i]], "%d", i);
        seen[places[i]] = true;
    }
    cr_expect(enter_numbered(SHM_OPERATIONS) == -1);
    for (int i = 0; i < SHM_OPERATIONS; i += 1000)
        cr_expect(enter_numbered(i) == places[i]);
}

Test(stats, counts_by_class)
{
    static const struct {
        int status, class;
    } rows[] = {
        {100, 1}, {199, 1}, {200, 2}, {204, 2}, {304, 3}, {399, 3}, {404, 4}, {499, 4},
        {500, 5}, {599, 5}, {0, 0},   {99, 0},  {600, 0}, {999, 0}, {-1, 0},  {-500, 0},
    };
    int a = stats_enter(shm, "GET", "/a", ""), b = stats_enter(shm, "GET", "/b", "");
    uint64_t want[SHM_CLASSES] = {0}, count = 0;
    struct stats_sum sum;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        stats_record(shm, (int)i, a, rows[i].status, 5);
        want[rows[i].class]++;
        count++;
        stats_sum(shm, a, &sum);
        cr_expect(memcmp(sum.classes, want, sizeof(want)) == 0, "%d", rows[i].status);
        cr_expect(sum.count == count && sum.buckets[5] == count && sum.sum_us == 5 * count);
    }
    stats_sum(shm, b, &sum);
    cr_expect(sum.count == 0 && sum.classes[2] == 0 && sum.sum_us == 0);
}

Test(stats, adds_up_all_workers)
{
    int operation = stats_enter(shm, "GET", "/a", "");
    struct stats_sum sum;
    uint64_t us = 0;

    for (int i = 0; i < SHM_SLOTS; i++) {
        stats_record(shm, i, operation, 200, (uint64_t)i);
        us += (uint64_t)i;
    }
    stats_record(shm, 3, operation, 500, UINT64_C(1) << 40);
    stats_sum(shm, operation, &sum);
    cr_expect(sum.count == SHM_SLOTS + 1 && sum.sum_us == us + (UINT64_C(1) << 40));
    cr_expect(sum.classes[2] == SHM_SLOTS && sum.classes[5] == 1);
    cr_expect(sum.buckets[7] == 1 && sum.buckets[32] == 2 && sum.buckets[SHM_BUCKETS - 1] == 1);
}

static long touched_bytes(void)
{
    struct stat st;

    cr_assert(fstat(shm_fd, &st) == 0);
    return (long)st.st_blocks * 512;
}

/* layout.h: pages that nobody touched cost nothing, and whoever reads them does not touch them. */
Test(stats, costs_what_was_recorded)
{
    struct stats_sum sum;
    long before;

    stats_record(shm, 1, stats_enter(shm, "GET", "/a", ""), 200, 100);
    for (int i = 0; i < SHM_OPERATIONS; i++)
        cr_assert(shm->operations[i].stripes < 1u << SHM_STRIPES);
    before = touched_bytes();
    for (int i = 0; i < SHM_OPERATIONS; i++)
        stats_sum(shm, i, &sum);
    cr_expect(touched_bytes() - before <= (long)sizeof(struct shm_stripe) + 4096);
}

enum { MANY = 500, HANDS = 4, RECORDS = 100, TOGETHER = 50000 };

/* Enters the same names, each process in an order of its own, and records answers of each. */
static void enter_many(int process)
{
    int common = enter_numbered(0);

    shm->writer.commits++;
    while (shm->writer.commits < HANDS)
        sched_yield();
    for (int k = 0; k < TOGETHER; k++)
        stats_record(shm, 0, common, 200, 0);
    for (int i = 0; i < MANY; i++) {
        int n = process % 2 ? MANY - 1 - i : (i + process * 7) % MANY,
            operation = enter_numbered(n);

        for (int k = 0; k < RECORDS; k++)
            stats_record(shm, process * (k % 2), operation, 200, (uint64_t)n);
    }
    _exit(0);
}

Test(stats, enters_once_whoever_comes_first)
{
    struct stats_sum sum;
    int used = 0, status;

    for (int i = 0; i < HANDS; i++)
        if (fork() == 0)
            enter_many(i);
    while (wait(&status) > 0)
        cr_expect(status == 0);
    for (int i = 0; i < SHM_OPERATIONS; i++) {
        uint64_t n, want;

        if (!shm->operations[i].key)
            continue;
        used++;
        cr_assert(sscanf(shm->operations[i].route, "/items/%lu", &n) == 1);
        want = HANDS * (uint64_t)(RECORDS + (n ? 0 : TOGETHER));
        stats_sum(shm, i, &sum);
        cr_expect(sum.count == want && sum.classes[2] == want && sum.sum_us == n * want);
    }
    cr_expect(used == MANY, "%d", used);
}

enum { CANDIDATES = 4000 };

/* What two racers share: the round that both may start, and where each found its name. */
struct race {
    _Atomic unsigned ready;
    int found[CANDIDATES][2];
};

/* Finds names that want the same place of an empty table: names[i][0] and names[i][1]. */
static int find_rivals(int names[CANDIDATES][2])
{
    static int first[SHM_OPERATIONS];
    int count = 0;

    for (int n = 1; n < CANDIDATES; n++) {
        int place = enter_numbered(n);

        cr_assert(place >= 0);
        shm->operations[place].key = 0;
        if (first[place]) {
            names[count][0] = first[place];
            names[count++][1] = n;
        }
        first[place] = first[place] ? 0 : n;
    }
    return count;
}

static void run_race(struct race *race, int names[CANDIDATES][2], int count, unsigned racer)
{
    cpu_set_t cpus;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    srand((unsigned)getpid());
    CPU_ZERO(&cpus);
    CPU_SET(racer, &cpus);
    sched_setaffinity(0, sizeof(cpus), &cpus); /* where there are as many; else let them be */
    for (int i = 0; i < count; i++) {
        race->ready++;
        for (int spins = 0; race->ready < 2 * (unsigned)i + 2; spins++)
            if (spins % 1000 == 999)
                sched_yield();
        for (volatile int late = rand() % 64; late > 0; late--)
            ; /* now the one is first, now the other */
        race->found[i][racer] = enter_numbered(names[i][racer]);
    }
    _exit(0);
}

Test(stats, gives_no_place_to_two)
{
    static int names[CANDIDATES][2];
    int count = find_rivals(names), status;
    struct race *race =
        mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert(race != MAP_FAILED && count > 100);
    for (unsigned i = 0; i < 2; i++)
        if (fork() == 0)
            run_race(race, names, count, i);
    while (wait(&status) > 0)
        cr_expect(status == 0);
    for (int i = 0; i < count; i++) {
        cr_expect(race->found[i][0] != race->found[i][1]);
        for (int k = 0; k < 2; k++)
            cr_expect(enter_numbered(names[i][k]) == race->found[i][k], "%d", names[i][k]);
    }
    munmap(race, sizeof(*race));
}

/* At a reload every worker enters every operation again; a scrape must not see their names flicker,
 * and a worker killed at that moment must not leave an operation without its name. */
Test(stats, keeps_the_name_while_it_is_entered_again)
{
    struct shm_operation *o = &shm->operations[stats_enter(shm, "GET", "/items/{id}", "item")];
    int wrong = 0;
    pid_t pid = fork();

    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pid == 0) {
        stats_enter(shm, "GET", "/items/{id}", "item");
        shm->writer.commits++;
    }
    while (shm->writer.commits < 500000) {
        const volatile char *method = o->method, *route = o->route, *id = o->id;

        wrong += method[0] != 'G' || method[2] != 'T' || route[0] != '/' || route[10] != '}' ||
                 id[0] != 'i' || id[3] != 'm';
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    cr_expect(wrong == 0, "%d times", wrong);
}

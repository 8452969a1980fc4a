/* SPDX-License-Identifier: MIT */
/* shm_kill [KILLS]: workers use the shared memory as fast as they can and are killed at any
 * instruction; the survivors must find it intact. Prints TAP. This is the master. */
#include "t/ops/shm_kill.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/shm/activity.h"
#include "lib/shm/metrics.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "lib/shm/ticket.h"
#include "t/fixtures/exposition.h"

struct shm *shm;
struct ledger *ledger;
uint64_t start_ns;
/* Expires so soon that the table has room for all that still owe. */
const struct limit_policy newcomers = {.interval_ns = NS_PER_S, .burst = BURST};
const struct limit_policy lasting = {.interval_ns = NS_PER_MS, .burst = BURST};

static struct shm_slots own;
static uint64_t seed, kills;
static struct {
    pid_t pid;
    int slot;
} workers[WORKERS];

void check(enum check what, bool is_ok, const char *format, ...)
{
    va_list args;

    if (is_ok || atomic_fetch_add(&ledger->failures[what], 1) > 0)
        return;
    va_start(args, format);
    vsnprintf(ledger->why[what], sizeof(ledger->why[what]), format, args);
    va_end(args);
}

uint64_t elapsed_ms(void)
{
    return elapsed_ms_at(clock_ns());
}

uint64_t elapsed_ms_at(uint64_t now_ns)
{
    return (now_ns - start_ns) / NS_PER_MS;
}

void random_seed(void)
{
    seed = (clock_ns() << 20 ^ (uint64_t)getpid()) | 1;
}

uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

uint64_t key_of(uint64_t n)
{
    n = (n + 1) * UINT64_C(0xbf58476d1ce4e5b9);
    return (n ^ n >> 29) * UINT64_C(0x94d049bb133111eb);
}

_Noreturn static void bail_out(const char *why)
{
    printf("Bail out! %s\n", why);
    exit(1);
}

static void start_worker(int i)
{
    pid_t parent = getpid();

    workers[i].slot = shm_slot_take(shm, &own, (uint32_t)kills + 1);
    if (workers[i].slot < 0)
        bail_out("no slot is free");
    for (int k = 0; k < WORKERS; k++)
        check(SLOTS, k == i || !workers[k].pid || workers[k].slot != workers[i].slot,
              "slot %d is taken twice", workers[i].slot);
    workers[i].pid = fork();
    if (workers[i].pid < 0)
        bail_out("no process");
    if (workers[i].pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    work(workers[i].slot);
}

void tell(int account, uint64_t revoked)
{
    uint64_t told = ledger->told[account];

    while (told < revoked && !atomic_compare_exchange_weak(&ledger->told[account], &told, revoked))
        ;
}

static void release_slot(int slot)
{
    const struct shm_slot *s = &shm->slots[slot];
    uint64_t revoked[ACCOUNTS];
    struct activity a;

    for (int i = 0; i < ACCOUNTS; i++)
        revoked[i] = ledger->revoked[i];

    if (activity_suspect(shm, slot, &a))
        check(ACTIVITY, strcmp(a.client, "10.0.0.1") == 0 && a.operation < 1, "suspect %s %d",
              a.client, a.operation);
    shm_slot_release(shm, &own, slot);
    for (int i = 0; i < ACCOUNTS; i++)
        tell(i, revoked[i]);
    check(SLOTS, !s->generation && !s->busy && !s->heartbeat_ns && s->current == -1,
          "slot %d is not clean", slot);
    for (int i = 0; i < SHM_REQUESTS; i++)
        check(ACTIVITY, !activity_read(shm, slot, i, &a), "an entry is left");
}

/* Kills `count` workers from number `first` on, at once. */
static void kill_workers(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        ledger->kills[elapsed_ms() % EPOCHS]++;
        kills++;
        kill(workers[i % WORKERS].pid, SIGKILL);
    }
    for (int i = first; i < first + count; i++) {
        int status;

        while (waitpid(workers[i % WORKERS].pid, &status, 0) != workers[i % WORKERS].pid)
            ;
        check(DEATHS, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %#x", status);
        workers[i % WORKERS].pid = 0;
        release_slot(workers[i % WORKERS].slot);
    }
}

/* Checks values that may only grow, whatever runs and dies. */
static void check_growth(void)
{
    static uint64_t last_requests, last_commits;
    static struct stats_sum last[LASTING];
    uint64_t noted = ledger->counted, requests = shm_total(shm, COUNT_REQUESTS),
             commits = shm->writer.commits;

    check(TOTALS, requests >= last_requests && commits >= last_commits, "after %lu kills",
          (unsigned long)kills);
    check(TOTALS, requests >= noted, "%lu of %lu", (unsigned long)requests, (unsigned long)noted);
    last_requests = requests;
    last_commits = commits;
    for (int i = 0; i < LASTING; i++) {
        struct stats_sum now;

        if (!ledger->operations[i])
            continue;
        stats_sum(shm, ledger->operations[i] - 1, &now);
        check(TOTALS, now.count >= last[i].count && now.sum_us >= last[i].sum_us, "operation %d",
              i);
        for (int k = 0; k < SHM_CLASSES; k++)
            check(TOTALS, now.classes[k] >= last[i].classes[k], "%dxx of operation %d", k, i);
        last[i] = now;
    }
}

static void check_limits(void)
{
    static uint64_t next;
    uint64_t until = elapsed_ms();

    for (int i = 0; i < CLIENTS; i++) {
        uint64_t granted = ledger->granted[i], most = BURST + elapsed_ms() + kills;

        check(LIMITS, granted <= most, "client %d: %lu, not %lu", i, (unsigned long)granted,
              (unsigned long)most);
    }
    for (; next + 50 < until && next + 5 < EPOCHS; next++) {
        uint32_t most = BURST;

        for (uint64_t i = next ? next - 1 : 0; i < next + 5; i++)
            most += ledger->kills[i];
        check(LIMITS, ledger->newcomer[next] <= most, "newcomer %lu: %u, not %u",
              (unsigned long)next, ledger->newcomer[next], most);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void check_operations(void)
{
    static uint64_t keys[SHM_OPERATIONS];
    uint64_t most = LASTING + elapsed_ms() / NAME_MS + 1;
    size_t used = 0;

    for (int i = 0; i < SHM_OPERATIONS; i++)
        if (shm->operations[i].key)
            keys[used++] = shm->operations[i].key;
    qsort(keys, used, sizeof(*keys), by_value);
    for (size_t i = 1; i < used; i++)
        check(OPERATIONS, keys[i] != keys[i - 1], "a key twice");
    check(OPERATIONS, used <= most, "%zu operations of %lu", used, (unsigned long)most);
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        int operation = ledger->operations[i] - 1;
        const struct shm_operation *o = &shm->operations[operation < 0 ? 0 : operation];
        char route[32];

        if (operation < 0)
            continue;
        snprintf(route, sizeof(route), "/items/%u/{id}", i);
        check(NAMES,
              strcmp(o->method, "GET") == 0 && strcmp(o->route, route) == 0 &&
                  strcmp(o->id, "item") == 0,
              "name %u: '%s' '%s' '%s'", i, o->method, o->route, o->id);
    }
}

static bool is_about(uint64_t value, uint64_t noted, uint64_t slack)
{
    return value + slack >= noted && value <= noted + slack;
}

/* Checks that all sums agree while nobody runs. */
static void check_sums(void)
{
    uint64_t recorded = 0, slack = kills + WORKERS;
    struct stats_sum sum;
    struct activity a;

    for (int i = 0; i < SHM_OPERATIONS; i++) {
        uint64_t classes = 0;

        if (!shm->operations[i].stripes)
            continue;
        stats_sum(shm, i, &sum);
        for (int k = 0; k < SHM_CLASSES; k++)
            classes += sum.classes[k];
        recorded += sum.count;
        check(STATS, is_about(classes, sum.count, slack), "operation %d: %lu and %lu", i,
              (unsigned long)classes, (unsigned long)sum.count);
    }
    check(STATS, is_about(recorded, ledger->recorded, slack), "%lu of %lu", (unsigned long)recorded,
          (unsigned long)ledger->recorded);
    check(TOTALS, is_about(shm_total(shm, COUNT_REQUESTS), ledger->counted, slack), "counted");
    check(COMMITS, is_about(shm->writer.commits, ledger->committed, slack), "committed");
    for (int i = 0; i < SHM_SLOTS; i++)
        for (int k = 0; k < SHM_REQUESTS; k++)
            if (activity_read(shm, i, k, &a))
                check(ACTIVITY,
                      shm->slots[i].generation && strcmp(a.client, "10.0.0.1") == 0 &&
                          a.started_ns >= start_ns && a.started_ns <= clock_ns(),
                      "entry %d of slot %d", k, i);
}

static void check_metrics(void)
{
    struct buf out = {0};
    const char *wrong;
    unsigned line;

    metrics_write(shm, "1", &out);
    wrong = exposition_lint(buf_text(&out), &line);
    check(METRICS, !wrong, "line %u: %s", line, wrong ? wrong : "");
    buf_fini(&out);
}

static void check_frozen(void)
{
    for (int i = 0; i < WORKERS; i++) {
        kill(workers[i].pid, SIGSTOP);
        waitpid(workers[i].pid, NULL, WUNTRACED);
    }
    check_sums();
    check_operations();
    check_metrics();
    for (int i = 0; i < WORKERS; i++)
        kill(workers[i].pid, SIGCONT);
}

/* Checks that the memory is as good as new after all have died. */
static void check_remains(void)
{
    uint64_t remaining, later = clock_ns() + 2 * BURST * NS_PER_MS;

    check_growth();
    check_sums();
    for (unsigned i = 0; i < NAMES_MAX; i++)
        if (ledger->operations[i])
            check(OPERATIONS, enter(i) == ledger->operations[i] - 1, "name %u has moved", i);
    check_operations();
    check_metrics();
    check_limits();
    for (uint64_t i = 0; i < CLIENTS; i++)
        check(DEBTS,
              limit_take(shm, LASTING_POLICY, key_of(i), &lasting, later, &remaining) == 0 &&
                  remaining == BURST - 1,
              "client %lu", (unsigned long)i);
    check(DEBTS,
          limit_used_by(shm, NEWCOMERS_POLICY, clock_ns() + (BURST + 1) * newcomers.interval_ns) ==
              0,
          "some");
    use_writer(NS_PER_S);
}

static int report(void)
{
    static const char *const texts[] = {
#define X(name, text) text,
        CHECKS(X)
#undef X
    };
    bool is_ok = true;

    printf("# %lu kills, %lu answers, %lu commits, %lu ms\n", (unsigned long)kills,
           (unsigned long)ledger->recorded, (unsigned long)ledger->committed,
           (unsigned long)elapsed_ms());
    for (int i = 0; i < CHECK_COUNT; i++) {
        unsigned failures = ledger->failures[i];

        printf("%sok %d - %s\n", failures ? "not " : "", i + 1, texts[i]);
        if (failures)
            printf("# %u times, first: %s\n", failures, ledger->why[i]);
        is_ok = is_ok && !failures;
    }
    return is_ok ? 0 : 1;
}

static void on_alarm(int unused)
{
    static const char text[] = "Bail out! it takes more than half an hour\n";

    (void)unused;
    _exit(write(STDOUT_FILENO, text, sizeof(text) - 1) < 0 ? 2 : 1);
}

int main(int argc, char **argv)
{
    uint64_t want = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    int fd = shm_create(&shm);

    signal(SIGALRM, on_alarm);
    alarm(1800); /* whatever else runs */
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%d\n", CHECK_COUNT);
    ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fd < 0 || ledger == MAP_FAILED)
        bail_out("no shared memory");
    start_ns = clock_ns();
    random_seed();
    ticket_rotate(shm, start_ns, 0);
    for (int i = 0; i < WORKERS; i++)
        start_worker(i);
    for (int round = 1; kills < want; round++) {
        int first = (int)random_below(WORKERS), count = 1 + (int)random_below(3);

        nanosleep(&(struct timespec){.tv_nsec = (long)random_below(2 * NS_PER_MS)}, NULL);
        kill_workers(first, count);
        use_writer(NS_PER_S);
        for (int i = first; i < first + count; i++)
            start_worker(i % WORKERS);
        check_growth();
        if (round % 500 == 0)
            ticket_rotate(shm, clock_ns(), 0);
        if (round % 50 == 0) {
            check_metrics();
            check_limits();
            check_frozen();
        }
    }
    kill_workers(0, WORKERS);
    check_remains();
    shm_detach(&shm);
    close(fd);
    return report();
}

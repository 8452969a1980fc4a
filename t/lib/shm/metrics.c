/* SPDX-License-Identifier: MIT */
#include "lib/shm/metrics.h"

#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "t/fixtures/exposition.h"

static struct shm *shm;
static int fd;
static struct buf out;

static void set_up(void)
{
    fd = shm_create(&shm);
    cr_assert(fd >= 0);
}

static void tear_down(void)
{
    buf_fini(&out);
    shm_detach(&shm);
    close(fd);
}

TestSuite(metrics, .init = set_up, .fini = tear_down, .timeout = 60);

/* Writes and lints. */
static const char *text_of(struct shm *from, const char *version)
{
    const char *wrong;
    unsigned line;

    out.len = 0;
    metrics_write(from, version, &out);
    wrong = exposition_lint(buf_text(&out), &line);
    cr_expect(!wrong, "line %u: %s", line, wrong);
    return buf_text(&out);
}

static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);

    for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
        if (strncmp(text, line, n) == 0 && text[n] == '\n')
            return true;
    return false;
}

/* The value of the first series from *text on that starts with `head` and has `label`; NAN if there
 * is none. Moves *text past it. */
static double next_value(const char **text, const char *head, const char *label, double *le)
{
    while (**text) {
        const char *line = *text, *end = strchr(line, '\n'), *found = strstr(line, label);

        *text = end + 1;
        if (strncmp(line, head, strlen(head)) != 0 || !found || found > end)
            continue;
        found = strstr(line, "le=\"");
        if (le && found && found < end)
            *le = strtod(found + 4, NULL);
        while (*--end != ' ')
            ;
        return strtod(end, NULL);
    }
    return NAN;
}

static double value_of(const char *text, const char *head, const char *label)
{
    return next_value(&text, head, label, NULL);
}

/* The name of the histogram, with `part` behind it. */
static const char *histogram(const char *text, const char *part)
{
    static char name[128];
    const char *end = strstr(text, " histogram\n"), *start = end;

    cr_assert(end);
    while (start[-1] != ' ')
        start--;
    snprintf(name, sizeof(name), "%.*s%s", (int)(end - start), start, part);
    return name;
}

/* The linter itself: each must be found. */
Test(metrics, lint_can_fail)
{
    static const char *const good =
        "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n"
        "a_total{x=\"\\\\\\\"\\n\"} 2e3\n";
    static const char *const bad[] = {
        "",
        "# HELP a A.\n# TYPE a gauge\na 1",
        "a 1\n",
        "# HELP a A.\na 1\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a A.\n# HELP a A.\n# TYPE a gauge\n",
        "# HELP a A.\n# TYPE a gauge\n# TYPE a gauge\n",
        "# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n",
        "# HELP a A.\n# TYPE a gauge\nb 1\n",
        "# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\na 1\n",
        "# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\n# HELP a A.\n",
        "# HELP a A.\n# TYPE a counter\na 1\n",
        "# HELP a_total A.\n# TYPE a_total gauge\n",
        "# HELP a A.\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"1\"} 1\na{x=\"1\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"\"\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"\\t\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"1\" 1\n",
        "# HELP a A.\n# TYPE a gauge\na{0=\"1\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na x\n",
        "# HELP a A.\n# TYPE a gauge\na\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"\xff\"} 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 0\na_bucket{le=\"0.5\"} 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket 1\n",
        "# HELP a A.\n# TYPE a histogram\na 1\n",
    };
    unsigned line;

    cr_expect(!exposition_lint(good, &line) && line == 4);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(exposition_lint(bad[i], &line), "%s", bad[i]);
}

Test(metrics, has_every_count)
{
    static const struct {
        const char *metric, *help;
    } rows[] = {
#define COUNT(name, metric, help) {metric, help},
#include "lib/shm/counts.def"
#undef COUNT
    };
    char line[200];
    const char *text = text_of(shm, "1.2.3");

    for (unsigned i = 0; i < COUNT_COUNT; i++) {
        snprintf(line, sizeof(line), "# HELP %s %s", rows[i].metric, rows[i].help);
        cr_expect(has_line(text, line), "%s", line);
        snprintf(line, sizeof(line), "# TYPE %s counter", rows[i].metric);
        cr_expect(has_line(text, line), "%s", line);
        snprintf(line, sizeof(line), "%s 0", rows[i].metric);
        cr_expect(has_line(text, line), "%s", line);
        shm_count(&shm->slots[i], (enum shm_count)i, (1u << 30) + i);
        shm_count(&shm->slots[SHM_SLOTS - 1 - i], (enum shm_count)i, UINT64_C(3) << 30);
    }
    text = text_of(shm, "1.2.3");
    for (unsigned i = 0; i < COUNT_COUNT; i++) {
        snprintf(line, sizeof(line), "%s %lu", rows[i].metric, (1ul << 32) + i);
        cr_expect(has_line(text, line), "%s", line);
    }
    cr_expect(strstr(text, "\"1.2.3\""));
}

Test(metrics, has_what_the_master_knows)
{
    _Atomic uint32_t *const small[] = {&shm->master.last_generation, &shm->master.workers,
                                       &shm->master.ready, &shm->slots[3].in_flight,
                                       &shm->slots[2000].open_connections};
    _Atomic uint64_t *const large[] = {&shm->master.reloads_ok, &shm->master.reloads_failed,
                                       &shm->master.deaths,     &shm->master.stuck,
                                       &shm->master.recycled,   &shm->master.upgrades,
                                       &shm->writer.commits};
    enum { SMALL = sizeof(small) / sizeof(*small), LARGE = sizeof(large) / sizeof(*large) };
    const char *text;
    char value[32];

    for (uint32_t i = 0; i < SMALL; i++)
        *small[i] = 7000000 + i;
    for (uint32_t i = 0; i < LARGE; i++)
        *large[i] = UINT64_C(6000000000000) + i;
    shm->master.is_stopping = shm->master.is_alarmed = shm->master.last_reload_ok = 1;
    shm->master.last_reload_real_ms = UINT64_C(1763840000123);
    shm->master.last_reload_ms = 54321;
    text = text_of(shm, "1");
    for (unsigned i = 0; i < SMALL; i++) {
        snprintf(value, sizeof(value), " %u\n", 7000000 + i);
        cr_expect(strstr(text, value), "number %u of the small ones", i);
    }
    for (unsigned i = 0; i < LARGE; i++) {
        snprintf(value, sizeof(value), " %lu\n", 6000000000000 + i);
        cr_expect(strstr(text, value), "number %u of the large ones", i);
    }
    cr_expect(strstr(text, " 1763840000.123\n") && strstr(text, " 54.321\n"));
}

Test(metrics, escapes)
{
    const char *text;

    stats_record(shm, 0, stats_enter(shm, "GET", "/q\"\\n\\\n{é}\t", "id\"\\\n"), 200, 100);
    stats_record(shm, 0, stats_enter(shm, "a\"\\\n", "/", ""), 200, 100);
    text = text_of(shm, "1\"2\\3\n4");
    cr_expect(strstr(text, "\"/q\\\"\\\\n\\\\\\n{é}\t\""));
    cr_expect(strstr(text, "\"a\\\"\\\\\\n\""));
    cr_expect(strstr(text, "\"1\\\"2\\\\3\\n4\""));
}

/* layout.h cuts long routes: what is left must stay UTF-8 and one series for each operation. */
Test(metrics, copes_with_cut_names)
{
    char route[400];

    for (size_t shift = 0; shift < 4; shift++) {
        size_t len = (size_t)snprintf(route, sizeof(route), "/%.*s", (int)shift, "abcd");

        while (len < 300)
            len += (size_t)snprintf(route + len, sizeof(route) - len, "€");
        stats_record(shm, 0, stats_enter(shm, "GET", route, route), 200, 100);
    }
    text_of(shm, "1");
}

Test(metrics, tells_apart_what_is_cut_alike)
{
    char route[400];

    for (int i = 0; i < 3; i++) {
        snprintf(route, sizeof(route), "/%0300d/%d", 0, i);
        stats_record(shm, 0, stats_enter(shm, "GET", route, ""), 200, 100);
    }
    text_of(shm, "1");
}

Test(metrics, counts_answers_by_operation)
{
    static const int statuses[] = {200, 200, 201, 304, 404, 404, 404, 500, 503, 101};
    static const double want[] = {1, 3, 1, 3, 2};
    int a = stats_enter(shm, "GET", "/a", "getA"), b = stats_enter(shm, "POST", "/a", "postA");
    const char *text, *at;
    double sum = 0, value;

    stats_enter(shm, "GET", "/never-answered", "never");
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
        stats_record(shm, (int)i, a, statuses[i], 1000);
    stats_record(shm, 0, b, 204, 2500000);
    at = text = text_of(shm, "1");
    while (!isnan(value = next_value(&at, "leat_http_requests_total{", "method=\"GET\"", NULL)))
        sum += value;
    cr_expect(sum == 10);
    for (int i = 0; i < 5; i++) {
        char label[32];

        snprintf(label, sizeof(label), "\"%dxx\"", i + 1);
        at = text;
        value = next_value(&at, "leat_http_requests_total{method=\"GET\"", label, NULL);
        cr_expect(value == want[i], "%s", label);
    }
    cr_expect(value_of(text, histogram(text, "_count"), "method=\"GET\"") == 10);
    cr_expect(value_of(text, histogram(text, "_count"), "method=\"POST\"") == 1);
    cr_expect(value_of(text, histogram(text, "_sum"), "method=\"POST\"") == 2.5);
    cr_expect(!strstr(text, "never-answered"), "a worker may have died entering it");
}

/* Each bucket holds exactly what is below its bound, also what is past our own last bucket. */
Test(metrics, has_exact_buckets)
{
    int operation = stats_enter(shm, "GET", "/a", "");
    uint64_t values[400], us = 1;
    double le, value, bounds = 0, below_last = 0;
    const char *at;
    size_t count = 0;

    for (; us < UINT64_C(400000000); us += 1 + us / 20, count++) {
        values[count] = us;
        stats_record(shm, (int)count % 8, operation, 200, us);
    }
    at = text_of(shm, "1");
    while (!isnan(value = next_value(&at, histogram(out.data, "_bucket{"), "/a", &le))) {
        double least = 0, most = 0;

        for (size_t i = 0; i < count; i++) {
            least += (double)values[i] < le * 1e6 - 0.5; /* a value of the bound: either way */
            most += (double)values[i] < le * 1e6 + 0.5;
        }
        cr_expect(value >= least && value <= most, "le %f: %f", le, value);
        bounds++;
        if (le != INFINITY)
            below_last = value;
    }
    cr_expect(bounds > 8 && below_last < (double)count && below_last > 300);
}

Test(metrics, is_the_same_from_every_process)
{
    struct shm *other = shm_attach(fd);
    char *copy;

    for (int i = 0; i < 100; i++) {
        char route[32];

        snprintf(route, sizeof(route), "/items/%d", i);
        stats_record(shm, i, stats_enter(shm, "GET", route, ""), 200, 1u << i % 32);
    }
    copy = strdup(text_of(shm, "1"));
    cr_expect_str_eq(text_of(other, "1"), copy);
    free(copy);
    shm_detach(&other);
}

/* A scrape must not make real the 200 MB of operations that nobody called. */
Test(metrics, costs_little)
{
    struct stat st;

    stats_record(shm, 0, stats_enter(shm, "GET", "/a", ""), 200, 100);
    text_of(shm, "1");
    cr_assert(fstat(fd, &st) == 0);
    cr_expect(st.st_blocks * 512 < 16 << 20, "%ld", (long)st.st_blocks * 512);
    cr_expect(out.len < 1 << 16);
}

static void work(int slot)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint64_t n = 0;; n++) {
        char route[32];

        snprintf(route, sizeof(route), "/items/%lu", (unsigned long)n % 8);
        shm_count(&shm->slots[slot], COUNT_REQUESTS, 1);
        stats_record(shm, slot, stats_enter(shm, "GET", route, "items"), 200 + 100 * (slot % 3), n);
    }
}

Test(metrics, holds_while_workers_record)
{
    pid_t workers[2];
    double last = 0, last_count = 0;

    for (int i = 0; i < 2; i++) {
        workers[i] = fork();
        if (workers[i] == 0)
            work(i);
    }
    while (shm_total(shm, COUNT_REQUESTS) < 10000)
        sched_yield();
    while (shm_total(shm, COUNT_REQUESTS) < 1000000) {
        const char *text = text_of(shm, "1");
        double total = value_of(text, "leat_requests_total ", ""),
               count = value_of(text, histogram(text, "_count"), "\"/items/3\"");

        cr_assert(total >= last && count >= last_count, "counters never go down");
        last = total;
        last_count = count;
    }
    for (int i = 0; i < 2; i++) {
        kill(workers[i], SIGKILL);
        waitpid(workers[i], NULL, 0);
    }
}

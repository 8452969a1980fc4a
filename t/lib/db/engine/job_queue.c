/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/engine/job_queue.h"

enum { HEAVY, CHEAP, PLANS };
static const struct plan plans[] = {{.id = HEAVY}, {.id = CHEAP}, {.id = SIZE_MAX}};

static void job_at(struct job_queue *q, size_t plan, struct db_job *job, uint64_t now_ms,
                   uint64_t allowed_ms)
{
    *job = (struct db_job){.plan = &plans[plan], .deadline_ns = (now_ms + allowed_ms) * NS_PER_MS};
    job_queue_push(q, job, now_ms * NS_PER_MS);
}

static struct db_job *begin_at(struct job_queue *q, uint64_t now_ms)
{
    return job_queue_begin(q, now_ms * NS_PER_MS);
}

static struct db_job *expire_at(struct job_queue *q, uint64_t now_ms)
{
    return job_queue_expire(q, now_ms * NS_PER_MS);
}

static void settle_at(struct job_queue *q, struct db_job *job, uint64_t now_ms)
{
    job->ended_ns = now_ms * NS_PER_MS;
    job->cpu_ns = job->ended_ns - job->begun_ns;
    job_queue_settle(q, job);
}

/* Teaches the queue what a job of the plan costs. */
static void teach(struct job_queue *q, size_t plan, uint64_t cost_ms)
{
    struct db_job job;

    job_at(q, plan, &job, 0, 1000000);
    cr_assert(begin_at(q, 0) == &job);
    settle_at(q, &job, cost_ms);
}

Test(job_queue, is_in_order_while_nobody_waits_long)
{
    struct job_queue q;
    struct db_job jobs[4];

    job_queue_init(&q, PLANS, 1);
    for (int i = 0; i < 4; i++)
        job_at(&q, CHEAP, &jobs[i], (uint64_t)(1000 + i), 30000);
    for (int i = 0; i < 4; i++)
        cr_expect(begin_at(&q, 1100) == &jobs[i]);
    cr_expect(!begin_at(&q, 1100));
    job_queue_fini(&q);
}

Test(job_queue, prefers_the_newest_while_a_queue_stands)
{
    struct job_queue q;
    struct db_job jobs[4];

    job_queue_init(&q, PLANS, 1);
    for (int i = 0; i < 4; i++)
        job_at(&q, CHEAP, &jobs[i], 1000 + 400 * (uint64_t)i, 30000);
    cr_expect(begin_at(&q, 2300) == &jobs[3], "the first has waited for too long");
    cr_expect(begin_at(&q, 2300) == &jobs[2]);
    cr_expect(begin_at(&q, 1500) == &jobs[0], "nobody has");
    cr_expect(begin_at(&q, 1500) == &jobs[1]);
    cr_expect(!begin_at(&q, 9000) && !expire_at(&q, 90000));
    job_queue_fini(&q);
}

Test(job_queue, gives_up_what_has_waited_for_half_its_time)
{
    static const struct {
        size_t before;
        uint64_t now_ms;
        bool is_late;
    } rows[] = {
        {1, 1499, false}, /* behind another of its plan, for less than half of a second */
        {1, 1500, true},
        {0, 1999, false}, /* it was alone */
        {0, 2000, true},  /* its deadline */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct job_queue q;
        struct db_job first, job;

        job_queue_init(&q, PLANS, 1);
        if (rows[i].before) {
            job_at(&q, HEAVY, &first, 900, 30000);
            cr_assert(begin_at(&q, 900) == &first);
        }
        job_at(&q, HEAVY, &job, 1000, 1000);
        cr_expect(!!expire_at(&q, rows[i].now_ms) == rows[i].is_late, "row %zu", i);
        cr_expect(!!begin_at(&q, rows[i].now_ms) != rows[i].is_late, "row %zu", i);
        job_queue_fini(&q);
    }
}

Test(job_queue, does_not_begin_what_cannot_end)
{
    struct job_queue q;
    struct db_job running[2], jobs[3];

    job_queue_init(&q, PLANS, 3); /* of which long jobs have two */
    teach(&q, HEAVY, 700);
    for (int i = 0; i < 2; i++) {
        job_at(&q, HEAVY, &running[i], 1000, 1000);
        cr_assert(!expire_at(&q, 1400) && begin_at(&q, 1400) == &running[i], "a thread was free");
    }
    for (int i = 0; i < 3; i++)
        job_at(&q, HEAVY, &jobs[i], 1000, 1000);
    cr_expect(!expire_at(&q, 1300), "700 of 1000 ms are left");
    cr_expect(expire_at(&q, 1301) == &jobs[0], "and now they are not");
    cr_expect(jobs[0].retry_after_s == 2, "three wait, for 1050 ms");
    cr_expect(expire_at(&q, 1320) == &jobs[1] && !expire_at(&q, 1301),
              "each lowers the expectation");
    job_queue_fini(&q);
}

Test(job_queue, corrects_a_wrong_expectation)
{
    struct job_queue q;
    struct db_job job;

    job_queue_init(&q, PLANS, 1);
    teach(&q, HEAVY, 60000);
    job_at(&q, HEAVY, &job, 1000, 1000);
    cr_expect(!expire_at(&q, 1100), "it is alone");
    cr_expect(begin_at(&q, 1100) == &job);
    for (int i = 0; i < 20; i++) {
        struct db_job next;

        settle_at(&q, &job, 1110);
        job_at(&q, HEAVY, &next, 1100, 1000);
        cr_expect(begin_at(&q, 1100) == &next);
        job = next;
    }
    job_at(&q, HEAVY, &job, 1100, 1000);
    cr_expect(!expire_at(&q, 1200), "it expects less than a second by now");
    job_queue_fini(&q);
}

Test(job_queue, shares_the_time_and_not_the_number)
{
    struct job_queue q;
    struct db_job heavy[20], cheap[200];
    int heavy_count = 0, cheap_count = 0;
    uint64_t now_ms = 1000;

    job_queue_init(&q, PLANS, 1);
    teach(&q, HEAVY, 100);
    teach(&q, CHEAP, 1);
    for (int i = 0; i < 20; i++)
        job_at(&q, HEAVY, &heavy[i], now_ms, 1000000);
    for (int i = 0; i < 200; i++)
        job_at(&q, CHEAP, &cheap[i], now_ms, 1000000);
    while (cheap_count < 200) {
        struct db_job *job = begin_at(&q, now_ms);
        bool is_heavy = job->plan->id == HEAVY;

        heavy_count += is_heavy;
        cheap_count += !is_heavy;
        now_ms += is_heavy ? 100 : 1;
        settle_at(&q, job, now_ms);
    }
    cr_expect(heavy_count <= 3, "%d heavy ones went before 200 cheap ones", heavy_count);
    job_queue_fini(&q);
}

Test(job_queue, saves_no_time_up)
{
    struct job_queue q;
    struct db_job heavy[12], cheap[4];
    int heavy_count = 0;

    job_queue_init(&q, PLANS, 1);
    teach(&q, HEAVY, 100);
    teach(&q, CHEAP, 100);
    for (int i = 0; i < 12; i++)
        job_at(&q, HEAVY, &heavy[i], 1000, 1000000);
    for (int i = 0; i < 8; i++) {
        cr_assert(begin_at(&q, 1000) == &heavy[i]);
        settle_at(&q, &heavy[i], 1100);
    }
    for (int i = 0; i < 4; i++)
        job_at(&q, CHEAP, &cheap[i], 1000, 1000000);
    for (int i = 0; i < 4; i++) {
        struct db_job *job = begin_at(&q, 1000);

        heavy_count += job->plan->id == HEAVY;
        settle_at(&q, job, 1100);
    }
    cr_expect(heavy_count >= 1, "one that was idle has its share, and not that of the past");
    job_queue_fini(&q);
}

Test(job_queue, drops_all_at_the_end)
{
    struct job_queue q;
    struct db_job jobs[3];

    job_queue_init(&q, PLANS, 1);
    for (size_t i = 0; i < 3; i++)
        job_at(&q, i, &jobs[i], 1000, 1000); /* the last has a plan that is not of the API */
    for (int i = 0; i < 3; i++)
        cr_expect(job_queue_drop(&q) != NULL);
    cr_expect(!job_queue_drop(&q));
    job_queue_fini(&q);
}

Test(job_queue, keeps_a_thread_free_of_long_jobs)
{
    static const struct {
        unsigned threads;
        int begun; /* of the long ones */
    } rows[] = {{1, 4}, {2, 1}, {3, 2}, {8, 4}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct job_queue q;
        struct db_job jobs[4], cheap;
        int n = 0;

        job_queue_init(&q, PLANS, rows[i].threads);
        teach(&q, HEAVY, 100);
        for (int k = 0; k < 4; k++)
            job_at(&q, HEAVY, &jobs[k], 1000, 30000);
        while (n < 4 && begin_at(&q, 1000))
            cr_expect(!jobs[n++].is_bounded);
        cr_expect(n == rows[i].begun, "%u threads: %d", rows[i].threads, n);
        cr_expect(!job_queue_can_begin(&q) && job_queue_waiting(&q) == 4 - (size_t)n);
        job_at(&q, CHEAP, &cheap, 1000, 30000);
        cr_expect(begin_at(&q, 1000) == &cheap);
        cr_expect(cheap.is_bounded == (n < 4), "it may not take the thread for long");
        settle_at(&q, &jobs[0], 1200);
        cr_expect(job_queue_can_begin(&q) == (n < 4), "the next long one");
        job_queue_fini(&q);
    }
}

Test(job_queue, bounds_what_was_cheap)
{
    struct job_queue q;
    struct db_job job;

    job_queue_init(&q, PLANS, 2);
    teach(&q, CHEAP, 99);
    job_at(&q, CHEAP, &job, 1000, 30000);
    cr_assert(begin_at(&q, 1000) == &job && job.is_bounded);
    job.ended_ns = 1001 * NS_PER_MS;
    job.cpu_ns = NS_PER_MS;
    job_queue_put_back(&q, &job, 1001 * NS_PER_MS);
    cr_expect(begin_at(&q, 1001) == &job && !job.is_bounded, "now it is known to be long");
    settle_at(&q, &job, 2000);
    for (int i = 0; i < 20; i++)
        teach(&q, CHEAP, 1);
    job_at(&q, CHEAP, &job, 3000, 30000);
    cr_expect(begin_at(&q, 3000) == &job && job.is_bounded, "and its plan is cheap again");
    job_queue_fini(&q);
}

Test(job_queue, what_waits_for_the_processor_is_not_long)
{
    struct job_queue q;
    struct db_job jobs[2];

    job_queue_init(&q, PLANS, 2);
    for (int i = 0; i < 2; i++) {
        job_at(&q, CHEAP, &jobs[i], 1000, 30000);
        cr_assert(begin_at(&q, 1000) == &jobs[i] && jobs[i].is_bounded == i);
    }
    for (int i = 0; i < 2; i++) {
        jobs[i].ended_ns = 9000 * NS_PER_MS;
        jobs[i].cpu_ns = NS_PER_MS;
        job_queue_settle(&q, &jobs[i]);
    }
    for (int i = 0; i < 2; i++) {
        job_at(&q, CHEAP, &jobs[i], 9000, 30000);
        cr_expect(begin_at(&q, 9000) == &jobs[i] && jobs[i].is_bounded);
    }
    job_queue_fini(&q);
}

/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/work.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/criterion.h>

struct job {
    struct work work;
    int number;
    atomic_int runs;
    int dones, place;
    pthread_t ran_on, done_on;
};

static int delivered;

static void run(struct work *w)
{
    struct job *j = (struct job *)w;

    j->runs++;
    j->ran_on = pthread_self();
}

static void done(struct work *w)
{
    struct job *j = (struct job *)w;

    j->dones++;
    j->place = delivered++;
    j->done_on = pthread_self();
}

static struct job *make_jobs(int count)
{
    struct job *jobs = calloc((size_t)count, sizeof(*jobs));

    cr_assert(jobs);
    for (int i = 0; i < count; i++)
        jobs[i].work = (struct work){.run = run, .done = done};
    return jobs;
}

static void deliver_all(struct work_pool *p)
{
    while (work_pending(p)) {
        struct pollfd waited = {.fd = work_fd(p), .events = POLLIN};

        cr_assert(poll(&waited, 1, 10000) == 1, "%zu jobs never finish", work_pending(p));
        work_deliver(p);
    }
}

Test(work, keeps_the_order)
{
    struct work_pool *p = work_pool_new(&(struct work_options){.threads = 1, .capacity = 100});
    struct job *jobs = make_jobs(100);

    for (int i = 0; i < 100; i++)
        cr_expect(work_submit(p, &jobs[i].work) == LATER);
    cr_expect(work_pending(p) == 100);
    deliver_all(p);
    for (int i = 0; i < 100; i++)
        cr_expect(jobs[i].runs == 1 && jobs[i].dones == 1 && jobs[i].place == i, "job %d", i);
    cr_expect(!pthread_equal(jobs[0].ran_on, pthread_self()));
    cr_expect(pthread_equal(jobs[0].done_on, pthread_self()));
    work_pool_free(&p);
    cr_expect(p == NULL);
    free(jobs);
}

Test(work, loses_none_of_many)
{
    enum { JOBS = 20000 };
    struct work_pool *p = work_pool_new(&(struct work_options){.threads = 4, .capacity = 50});
    struct job *jobs = make_jobs(JOBS);
    int refused = 0;

    for (int i = 0; i < JOBS; i++)
        while (work_submit(p, &jobs[i].work) == DONE) {
            refused++;
            deliver_all(p);
        }
    deliver_all(p);
    cr_expect(delivered == JOBS && refused > 0);
    for (int i = 0; i < JOBS; i++)
        cr_assert(jobs[i].runs == 1 && jobs[i].dones == 1, "job %d", i);
    work_pool_free(&p);
    free(jobs);
}

static sem_t started, gate;

static void run_gated(struct work *w)
{
    sem_post(&started);
    sem_wait(&gate);
    run(w);
}

Test(work, refuses_past_its_capacity)
{
    struct work_pool *p = work_pool_new(&(struct work_options){.threads = 1, .capacity = 3});
    struct job *jobs = make_jobs(6);

    sem_init(&started, 0, 0);
    sem_init(&gate, 0, 0);
    jobs[0].work.run = run_gated;
    cr_assert(work_submit(p, &jobs[0].work) == LATER);
    sem_wait(&started);
    for (int i = 1; i < 5; i++) /* the one that runs waits no more */
        cr_expect((work_submit(p, &jobs[i].work) == LATER) == (i < 4), "job %d", i);
    cr_expect(work_pending(p) == 4);
    sem_post(&gate);
    deliver_all(p);
    cr_expect(work_submit(p, &jobs[5].work) == LATER);
    deliver_all(p);
    for (int i = 0; i < 6; i++)
        cr_expect(jobs[i].runs == (i != 4) && jobs[i].dones == (i != 4), "job %d", i);
    work_pool_free(&p);
    free(jobs);
}

static struct work_pool *chained;

static void submit_again(struct work *w)
{
    done(w);
    if (((struct job *)w)->dones < 5)
        cr_expect(work_submit(chained, w) == LATER);
}

Test(work, may_be_submitted_by_what_is_done)
{
    struct job *jobs = make_jobs(1);

    chained = work_pool_new(&(struct work_options){.threads = 2, .capacity = 1});
    jobs->work.done = submit_again;
    cr_assert(work_submit(chained, &jobs->work) == LATER);
    deliver_all(chained);
    cr_expect(jobs->runs == 5 && jobs->dones == 5);
    work_pool_free(&chained);
    free(jobs);
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int n = 0;

    while (readdir(tasks))
        n++;
    closedir(tasks);
    return n;
}

Test(work, starts_threads_with_the_first_job)
{
    int before = count_threads();
    struct work_pool *p = work_pool_new(&(struct work_options){.threads = 3, .capacity = 1});
    struct job *jobs = make_jobs(1);

    cr_expect(count_threads() == before);
    cr_assert(work_submit(p, &jobs->work) == LATER);
    cr_expect(count_threads() == before + 3);
    deliver_all(p);
    work_pool_free(&p);
    free(jobs);
    p = work_pool_new(&(struct work_options){.threads = 3, .capacity = 1});
    work_pool_free(&p);
    work_pool_free(&p);
}

static sigset_t blocked;
static int priority;

static void look_around(struct work *w)
{
    (void)w;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    priority = getpriority(PRIO_PROCESS, (id_t)gettid());
}

Test(work, steps_back_behind_the_loop)
{
    int own = getpriority(PRIO_PROCESS, 0); /* the suite itself may have stepped back */
    struct work_pool *p =
        work_pool_new(&(struct work_options){.threads = 1, .capacity = 1, .nice = own + 7});
    struct job *jobs = make_jobs(1);
    sigset_t mine;

    jobs->work.run = look_around;
    cr_assert(work_submit(p, &jobs->work) == LATER);
    deliver_all(p);
    cr_expect(sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGCHLD) == 1);
    cr_expect(priority == own + 7, "%d", priority);
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    cr_expect(sigismember(&mine, SIGTERM) == 0 && getpriority(PRIO_PROCESS, 0) == own);
    work_pool_free(&p);
    free(jobs);
}

static atomic_bool is_freeing;

/* The state of the main thread: S when it sleeps. */
static char main_state(void)
{
    char path[64], state = '?';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
    f = fopen(path, "r");
    cr_assert(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1);
    fclose(f);
    return state;
}

static void run_until_it_is_joined(struct work *w)
{
    sem_post(&started);
    while (!is_freeing || main_state() != 'S')
        sched_yield();
    run(w);
}

Test(work, drops_what_waits)
{
    struct work_pool *p = work_pool_new(&(struct work_options){.threads = 1, .capacity = 10});
    struct job *jobs = make_jobs(10);

    sem_init(&started, 0, 0);
    for (int i = 0; i < 10; i++) {
        if (i == 1)
            jobs[i].work.run = run_until_it_is_joined;
        cr_assert(work_submit(p, &jobs[i].work) == LATER);
    }
    sem_wait(&started);
    is_freeing = true;
    work_pool_free(&p);
    for (int i = 0; i < 10; i++)
        cr_expect(jobs[i].runs == (i < 2) && jobs[i].dones == 0, "job %d", i);
    free(jobs);
}

/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/chunk_queue.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"

enum { CHUNKS = 20000 };

static struct chunk_queue queue;

static bool put(const char *text, uint64_t until_ns)
{
    struct buf b = {0};
    bool is_taken;

    buf_puts(&b, text);
    is_taken = chunk_queue_put(&queue, &b, until_ns);
    cr_expect(is_taken ? !b.data && !b.len : b.len == strlen(text), "the bytes have one owner");
    buf_fini(&b);
    return is_taken;
}

static bool is_next(const char *text)
{
    struct buf b = {0};
    bool is_it = chunk_queue_take(&queue, &b) && strcmp(buf_text(&b), text) == 0;

    buf_fini(&b);
    return is_it;
}

Test(chunk_queue, gives_back_what_was_put_in_order)
{
    struct buf none = {0};

    chunk_queue_init(&queue);
    cr_expect(!chunk_queue_take(&queue, &none));
    for (int i = 0; i < 5; i++) {
        cr_expect(put("a", 0) && put("b", 0));
        cr_expect(is_next("a") && is_next("b"));
    }
    cr_expect(put("left", 0));
    chunk_queue_fini(&queue);
}

Test(chunk_queue, refuses_when_full_and_the_time_is_up)
{
    chunk_queue_init(&queue);
    for (int i = 0; i < CHUNK_QUEUE_MAX; i++)
        cr_expect(put("x", 0));
    cr_expect(!put("y", clock_ns()));
    cr_expect(is_next("x"));
    cr_expect(put("y", 0), "there is room again");
    chunk_queue_fini(&queue);
}

static void *put_until_refused(void *arg)
{
    (void)arg;
    while (put("x", UINT64_MAX / 2))
        ;
    return NULL;
}

Test(chunk_queue, ends_the_wait_when_it_is_closed)
{
    pthread_t thread;

    chunk_queue_init(&queue);
    cr_assert_eq(pthread_create(&thread, NULL, put_until_refused, NULL), 0);
    chunk_queue_close(&queue);
    pthread_join(thread, NULL);
    cr_expect(!put("y", UINT64_MAX / 2), "and refuses from then on");
    chunk_queue_fini(&queue);
}

static void *put_numbers(void *arg)
{
    char text[16];

    (void)arg;
    for (int i = 0; i < CHUNKS; i++) {
        snprintf(text, sizeof(text), "%d", i);
        cr_expect(put(text, UINT64_MAX / 2));
    }
    return NULL;
}

Test(chunk_queue, holds_the_thread_to_the_pace_of_the_loop)
{
    pthread_t thread;
    char text[16];

    chunk_queue_init(&queue);
    cr_assert_eq(pthread_create(&thread, NULL, put_numbers, NULL), 0);
    for (int i = 0; i < CHUNKS; i++) {
        struct buf b = {0};

        while (!chunk_queue_take(&queue, &b))
            sched_yield();
        snprintf(text, sizeof(text), "%d", i);
        cr_assert_str_eq(buf_text(&b), text);
        buf_fini(&b);
    }
    pthread_join(thread, NULL);
    chunk_queue_fini(&queue);
}

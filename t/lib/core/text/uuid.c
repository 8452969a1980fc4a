/* SPDX-License-Identifier: MIT */
#include "lib/core/text/uuid.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"

enum { MANY = 20000, PROCESSES = 4, EACH = 250000 };

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void *make(void *arg)
{
    char(*out)[UUID_TEXT] = arg;

    for (int i = 0; i < MANY / 2; i++)
        uuid_v7(out[i]);
    return NULL;
}

Test(uuid, has_its_form_and_time)
{
    char id[UUID_TEXT];
    unsigned long long high, before = clock_real_ms(), after;
    unsigned low;

    uuid_v7(id);
    after = clock_real_ms();
    cr_expect(strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36);
    cr_expect(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
    cr_expect(id[14] == '7' && strchr("89ab", id[19]), "%s", id);
    cr_assert(sscanf(id, "%8llx-%4x", &high, &low) == 2);
    high = high << 16 | low;
    cr_expect(high >= before && high <= after, "%s", id);
}

Test(uuid, never_repeats)
{
    static char ids[MANY][UUID_TEXT];
    pthread_t thread;

    cr_assert(pthread_create(&thread, NULL, make, ids + MANY / 2) == 0);
    make(ids);
    pthread_join(thread, NULL);
    qsort(ids, MANY, UUID_TEXT, by_text);
    for (int i = 1; i < MANY; i++)
        cr_assert(strcmp(ids[i - 1], ids[i]) != 0, "%s", ids[i]);
}

Test(uuid, processes_never_repeat_each_other)
{
    size_t size = (size_t)PROCESSES * EACH * UUID_TEXT;
    char(*ids)[UUID_TEXT] =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status, failed = 0;

    cr_assert(ids != MAP_FAILED);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            for (int k = 0; k < EACH; k++)
                uuid_v7(ids[i * EACH + k]);
            _exit(0);
        }
    while (wait(&status) > 0)
        failed += status != 0;
    cr_assert(failed == 0);
    qsort(ids, (size_t)PROCESSES * EACH, UUID_TEXT, by_text);
    for (int i = 1; i < PROCESSES * EACH; i++)
        cr_assert(strcmp(ids[i - 1], ids[i]) != 0, "%s", ids[i]);
    munmap(ids, size);
}

Test(uuid, gives_random_bytes)
{
    unsigned char a[1000] = {0}, b[1000] = {0};
    int zeros = 0;

    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    random_bytes(a, 0);
    for (int i = 0; i < 1000; i++)
        zeros += a[i] == 0;
    cr_expect(memcmp(a, b, sizeof(a)) != 0 && zeros < 50);
}

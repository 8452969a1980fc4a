/* SPDX-License-Identifier: MIT */
#include "lib/shm/shm.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/memfd.h"
#include "lib/core/uuid.h"
#include "lib/shm/epoch.h"

static void init_writer(struct shm_writer *w)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&w->lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

static struct shm *map(int fd)
{
    void *at = mmap(NULL, sizeof(struct shm), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return at == MAP_FAILED ? NULL : at;
}

int shm_create(struct shm **out)
{
    int fd = memfd_new("leat-shm");

    if (fd < 0)
        return -1;
    if (ftruncate(fd, sizeof(struct shm)) < 0 || !(*out = map(fd))) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    (*out)->version = SHM_VERSION;
    (*out)->size = sizeof(struct shm);
    for (int i = 0; i < SHM_SLOTS; i++)
        (*out)->slots[i].current = -1;
    random_bytes((*out)->hash_key, sizeof((*out)->hash_key));
    init_writer(&(*out)->writer);
    (*out)->magic = SHM_MAGIC;
    return fd;
}

struct shm *shm_attach(int fd)
{
    struct stat st;
    struct shm *shm;

    if (fstat(fd, &st) < 0 || st.st_size != sizeof(struct shm))
        return NULL;
    shm = map(fd);
    if (shm && (shm->magic != SHM_MAGIC || shm->version != SHM_VERSION))
        shm_detach(&shm);
    return shm;
}

void shm_detach(struct shm **shm)
{
    if (*shm)
        munmap(*shm, sizeof(**shm));
    *shm = NULL;
}

int shm_slot_take(struct shm *shm, uint32_t generation)
{
    for (int i = 0; i < SHM_SLOTS; i++) {
        uint32_t free = 0;

        if (atomic_compare_exchange_strong(&shm->slots[i].generation, &free, generation))
            return i;
    }
    return -1;
}

void shm_slot_release(struct shm *shm, int slot)
{
    struct shm_slot *s = &shm->slots[slot];

    s->heartbeat_ns = 0;
    s->in_flight = s->open_connections = 0;
    s->memory = 0;
    s->busy = 0;
    s->current = -1;
    s->pid = 0;
    s->generation = 0;
    epoch_advance_all(shm); /* it may have revoked something, and not said so */
}

uint64_t shm_total(struct shm *shm, enum shm_count count)
{
    uint64_t sum = 0;

    for (int i = 0; i < SHM_SLOTS; i++)
        sum += shm->slots[i].counts[count];
    return sum;
}

bool shm_writer_lock(struct shm *shm, uint64_t deadline_ns, bool *recovered)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                             .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    int result = pthread_mutex_clocklock(&shm->writer.lock, CLOCK_MONOTONIC, &until);

    *recovered = result == EOWNERDEAD;
    if (result == EOWNERDEAD)
        pthread_mutex_consistent(&shm->writer.lock); /* unlocking without it would poison it */
    else if (result != 0)
        return false;
    atomic_store(&shm->writer.holder, (uint32_t)getpid());
    return true;
}

void shm_writer_unlock(struct shm *shm)
{
    atomic_store(&shm->writer.holder, 0);
    pthread_mutex_unlock(&shm->writer.lock);
}

/* SPDX-License-Identifier: MIT */
/* The segment is made by the first master and inherited as a descriptor by everyone else, across
 * upgrades too. A process that attaches checks size, seals, header and fences first, and refuses
 * what it does not recognize.
 *
 * The writer's lock is a robust mutex: if its holder dies the kernel passes it on with EOWNERDEAD,
 * and since SQLite's journal holds the real state there is nothing to repair but the mutex itself.
 * Slots are handed out by the master from a list in its own memory; the generation in the slot only
 * keeps two masters apart during an upgrade. */
#include "lib/shm/shm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/system/memfd.h"
#include "lib/core/text/uuid.h"
#include "lib/shm/epoch.h"

/* The longest wait for the lock where it is cut into short ones. */
#define SLICE_NS (50 * NS_PER_MS)

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

static int lock_kind(const struct shm_writer *w)
{
    return w->lock.__data.__kind; /* glibc does not change it after pthread_mutex_init() */
}

/* The offsets of the fences. */
static const size_t fences[] = {
    offsetof(struct shm, before_slots),  offsetof(struct shm, before_operations),
    offsetof(struct shm, before_limits), offsetof(struct shm, before_epochs),
    offsetof(struct shm, end),
};

static void put_fences(struct shm *shm)
{
    for (size_t i = 0; i < sizeof(fences) / sizeof(*fences); i++)
        *(uint64_t *)(void *)((char *)shm + fences[i]) = SHM_MAGIC;
}

static bool has_fences(const struct shm *shm)
{
    for (size_t i = 0; i < sizeof(fences) / sizeof(*fences); i++)
        if (*(const uint64_t *)(const void *)((const char *)shm + fences[i]) != SHM_MAGIC)
            return false;
    return true;
}

/* Seals the size: if the file could shrink, reading past its end would kill those who have it
 * mapped (SIGBUS). */
static bool seal(int fd)
{
    const int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    int have;

    fcntl(fd, F_ADD_SEALS, wanted); /* fails if they were added before */
    have = fcntl(fd, F_GET_SEALS);
    return have >= 0 && (have & wanted) == wanted;
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
    if (ftruncate(fd, sizeof(struct shm)) < 0 || !seal(fd) || !(*out = map(fd))) {
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
    put_fences(*out);
    (*out)->magic = SHM_MAGIC;
    return fd;
}

bool shm_is_whole(const struct shm *shm)
{
    struct shm_writer fresh;

    init_writer(&fresh);
    return shm->magic == SHM_MAGIC && shm->version == SHM_VERSION &&
           shm->size == sizeof(struct shm) && has_fences(shm) &&
           lock_kind(&shm->writer) == lock_kind(&fresh) && !atomic_load(&shm->writer.is_broken);
}

struct shm *shm_attach(int fd)
{
    struct stat st;
    struct shm *shm;

    if (fstat(fd, &st) < 0 || st.st_size != sizeof(struct shm) || !seal(fd))
        return NULL;
    shm = map(fd);
    if (shm && !shm_is_whole(shm))
        shm_detach(&shm);
    return shm;
}

void shm_detach(struct shm **shm)
{
    if (*shm)
        munmap(*shm, sizeof(**shm));
    *shm = NULL;
}

/* Claims the first slot that no master uses. Returns -1 if all look taken. */
static int find_free(struct shm *shm, const struct shm_slots *own, uint32_t generation)
{
    for (int i = 0; i < SHM_SLOTS; i++) {
        uint32_t free = 0;

        if (!own->is_taken[i] &&
            atomic_compare_exchange_strong(&shm->slots[i].generation, &free, generation))
            return i;
    }
    return -1;
}

int shm_slot_take(struct shm *shm, struct shm_slots *own, uint32_t generation)
{
    int slot = find_free(shm, own, generation);

    assert(generation);
    for (int i = 0; slot < 0 && i < SHM_SLOTS; i++)
        if (!own->is_taken[i])
            slot = i;
    if (slot < 0)
        return -1;
    own->is_taken[slot] = true;
    shm->slots[slot].generation = generation;
    return slot;
}

void shm_slot_release(struct shm *shm, struct shm_slots *own, int slot)
{
    assert(shm_is_slot(slot) && own->is_taken[slot]);
    struct shm_slot *s = &shm->slots[slot];

    own->is_taken[slot] = false;
    s->heartbeat_ns = 0;
    s->pid = 0;
    s->in_flight = s->open_connections = 0;
    s->memory = s->buffered = 0;
    s->busy = 0;
    for (int i = 0; i < GAUGE_COUNT; i++)
        s->gauges[i] = 0;
    s->current = -1;
    s->generation = 0;
    epoch_advance_all(shm); /* it may have revoked something without announcing it */
}

static uint64_t combine(enum shm_gauge gauge, uint64_t a, uint64_t b)
{
    enum combination { SUM, GREATEST, LEAST };
    static const enum combination rows[] = {
#define GAUGE(name, combination) combination,
#include "lib/shm/gauges.def"
#undef GAUGE
    };

    switch (rows[gauge]) {
    case SUM:
        return a + b;
    case GREATEST:
        return a > b ? a : b;
    case LEAST:
        break;
    }
    return !a || (b && b < a) ? b : a;
}

uint64_t shm_gauge(const struct shm *shm, enum shm_gauge gauge)
{
    uint64_t all = 0;

    assert(gauge < GAUGE_COUNT);
    for (int i = 0; i < SHM_SLOTS; i++)
        if (shm->slots[i].generation)
            all = combine(gauge, all, shm->slots[i].gauges[gauge]);
    return all;
}

uint64_t shm_memory(const struct shm *shm)
{
    uint64_t sum = 0;

    for (int i = 0; i < SHM_SLOTS; i++)
        sum += shm->slots[i].memory;
    return sum;
}

uint64_t shm_total(struct shm *shm, enum shm_count count)
{
    uint64_t sum = 0;

    assert(count < COUNT_COUNT);
    for (int i = 0; i < SHM_SLOTS; i++)
        sum += shm->slots[i].counts[count];
    return sum;
}

static struct timespec time_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* Kernels before 5.14 can wait for this kind of lock by the real-time clock only. It may be set
 * meanwhile, so the wait is cut into short ones. */
static int lock_in_slices(pthread_mutex_t *lock, uint64_t deadline_ns)
{
    int result;

    do {
        uint64_t now = clock_ns(), left = now < deadline_ns ? deadline_ns - now : 0;
        struct timespec until =
            time_of(clock_real_ms() * NS_PER_MS + (left < SLICE_NS ? left : SLICE_NS));

        result = pthread_mutex_timedlock(lock, &until);
    } while (result == ETIMEDOUT && clock_ns() < deadline_ns);
    return result;
}

static int lock_until(pthread_mutex_t *lock, uint64_t deadline_ns)
{
    struct timespec until = time_of(deadline_ns);
    int result = pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &until);

    return result == EINVAL || result == ENOSYS ? lock_in_slices(lock, deadline_ns) : result;
}

/* A worker that dies while it waits leaves its count behind: it goes with its slot. */
static void count_waiting(struct shm_slot *slot, int n)
{
    if (slot)
        atomic_fetch_add(&slot->gauges[GAUGE_LOCK_WAITING], (uint64_t)n);
}

bool shm_writer_lock(struct shm *shm, struct shm_slot *slot, uint64_t deadline_ns, bool *recovered)
{
    int result;

    count_waiting(slot, 1);
    result = lock_until(&shm->writer.lock, deadline_ns);
    count_waiting(slot, -1);

    *recovered = result == EOWNERDEAD;
    if (result == EOWNERDEAD)
        pthread_mutex_consistent(&shm->writer.lock); /* without this, unlocking makes it unusable */
    else if (result != 0) {
        if (result != ETIMEDOUT && result != ENOMEM)
            atomic_store(&shm->writer.is_broken, 1); /* tells the master to make a new segment */
        return false;
    }
    atomic_store(&shm->writer.alive_ns, 0);
    atomic_store(&shm->writer.taken_ns, clock_ns());
    atomic_store(&shm->writer.holder, (uint32_t)getpid());
    return true;
}

void shm_writer_unlock(struct shm *shm)
{
    atomic_store(&shm->writer.alive_ns, 0);
    atomic_store(&shm->writer.holder, 0);
    pthread_mutex_unlock(&shm->writer.lock);
}

void shm_writer_watch(struct shm_writer *w)
{
    assert(atomic_load(&w->holder));
    atomic_store(&w->alive_ns, clock_ns());
}

void shm_writer_beat(struct shm_writer *w)
{
    uint64_t before = atomic_load(&w->alive_ns);

    if (before) /* exchanged, because the lock may have been given back since */
        atomic_compare_exchange_strong(&w->alive_ns, &before, clock_ns());
}

bool shm_writer_hangs(struct shm *shm)
{
    uint64_t alive_ns = atomic_load(&shm->writer.alive_ns);
    bool recovered;

    if (!alive_ns || clock_ns() <= alive_ns + SHM_WRITER_HANG_NS)
        return false;
    if (!shm_writer_lock(shm, NULL, clock_ns(), &recovered))
        return true;
    shm_writer_unlock(shm); /* its holder has died */
    return false;
}

/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/foreign_lock.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/buf.h"
#include "lib/core/log.h"
#include "lib/shm/shm.h"

/* The bytes of the -shm file that SQLite locks to write and to read (walformat.html, section
 * 2.3.1). */
enum { WRITE_LOCK_AT = 120, READ_LOCKS_AT = 123, READ_LOCKS_END = 128 };

#define FIRST_WAIT_NS (5 * NS_PER_S)
#define NEXT_WAIT_NS (50 * NS_PER_MS)

void foreign_lock_open(struct foreign_lock *l, const struct conn *c)
{
    const char *path = sqlite3_db_filename(c->db, "main");
    struct buf name = {0};

    assert(path && *path);
    buf_printf(&name, "%s-shm", path);
    l->fd = open(buf_text(&name), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    buf_fini(&name);
}

void foreign_lock_close(struct foreign_lock *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

/* Returns another process that holds the lock at a byte, or 0 if there is none or it cannot be
 * told. */
static pid_t find_holder(const struct foreign_lock *l, off_t at)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

    if (l->fd < 0 || fcntl(l->fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid < 0)
        return 0;
    return lock.l_pid;
}

uint64_t foreign_lock_patience(const struct shm_writer *w)
{
    return clock_ns() + (atomic_load(&w->foreign_ns) ? NEXT_WAIT_NS : FIRST_WAIT_NS);
}

void foreign_lock_note(const struct foreign_lock *l, struct shm_writer *w, bool is_taken)
{
    uint64_t since = atomic_load(&w->foreign_ns);

    if (is_taken == (since != 0))
        return;
    atomic_store(&w->foreign_ns, is_taken ? clock_ns() : 0);
    if (is_taken)
        log_warn("database.locked",
                 "pid=%d cause=\"another program holds the write lock of the database\" "
                 "remedy=\"end its transaction\"",
                 (int)find_holder(l, WRITE_LOCK_AT));
    else
        log_info("database.unlocked", "ms=%llu",
                 (unsigned long long)((clock_ns() - since) / NS_PER_MS));
}

static bool is_worker(const struct shm *shm, pid_t pid)
{
    for (int i = 0; i < SHM_SLOTS; i++)
        if (shm->slots[i].generation && shm->slots[i].pid == (uint32_t)pid)
            return true;
    return false;
}

static pid_t find_reader(const struct foreign_lock *l, const struct shm *shm)
{
    for (off_t at = READ_LOCKS_AT; at < READ_LOCKS_END; at++) {
        pid_t pid = find_holder(l, at);

        if (pid && !is_worker(shm, pid))
            return pid;
    }
    return 0;
}

void foreign_reader_note(const struct foreign_lock *l, struct shm *shm, int64_t wal_bytes)
{
    pid_t pid = find_reader(l, shm);
    uint64_t none = 0;

    if (!pid)
        return;
    atomic_store(&shm->wal.held_by, (uint32_t)pid);
    if (atomic_compare_exchange_strong(&shm->wal.held_ns, &none, clock_ns()))
        log_warn("database.held",
                 "pid=%d wal_bytes=%lld cause=\"a reader of another program keeps the -wal past "
                 "database.wal-limit\" remedy=\"end its transaction\"",
                 (int)pid, (long long)wal_bytes);
}

void foreign_reader_end(struct shm *shm)
{
    uint64_t since = atomic_exchange(&shm->wal.held_ns, 0);

    if (!since)
        return;
    atomic_store(&shm->wal.held_by, 0);
    log_info("database.released", "ms=%llu",
             (unsigned long long)((clock_ns() - since) / NS_PER_MS));
}

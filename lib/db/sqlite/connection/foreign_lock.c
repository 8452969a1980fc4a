/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/foreign_lock.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/buf.h"
#include "lib/core/log.h"

/* The byte of the -shm file that SQLite locks to write (walformat.html, section 2.3.1). */
enum { WRITE_LOCK_AT = 120 };

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

/* Returns the process that holds the lock, or 0 if that cannot be told. */
static pid_t find_holder(const struct foreign_lock *l)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = WRITE_LOCK_AT, .l_len = 1};

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
                 (int)find_holder(l));
    else
        log_info("database.unlocked", "ms=%llu",
                 (unsigned long long)((clock_ns() - since) / NS_PER_MS));
}

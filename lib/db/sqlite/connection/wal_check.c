/* SPDX-License-Identifier: MIT */
/* What a -wal holds is the pages that transactions have changed, each transaction ended by a frame
 * that says how many pages the database has then (fileformat2.html, 4). If it belongs to the file,
 * then page 1 in the file
 *
 *     is one of those in the -wal, if a checkpoint has copied it,
 *     or is the one from which the first in the -wal was made: the same application, a schema that is
 *     as old or older, the same content where the schema is the same, and new pages from its end on,
 *     or there is none in the -wal, and the number of pages never changes.
 *
 * Checksums are not compared; SQLite does that, and ends at the first that is wrong. */
#include "lib/db/sqlite/connection/wal_check.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/memory.h"

enum { WAL_HEADER = 32, FRAME_HEADER = 24, DB_HEADER = 100, PAGE_MAX = 65536, PAGE_MIN = 512 };
enum { AT_PAGES = 28, AT_SCHEMA = 40, AT_APPLICATION = 68 };
/* The bytes on which each connection has a lock: SHARED_FIRST and SHARED_SIZE in SQLite's os.h. */
enum { LOCK_FIRST = 0x40000000 + 2, LOCK_SIZE = 510 };

struct wal {
    int db, wal;
    uint32_t page_size, pages; /* pages: of the file, by its page 1 */
    unsigned char header[WAL_HEADER], *frame, *page1;
    bool is_copied, has_page1, has_misfit;
    uint32_t
        fresh; /* frames of pages past the end of the file, in the first transaction that grows */
    bool has_grown;
};

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool is_open_elsewhere(int fd)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_FIRST, .l_len = LOCK_SIZE};

    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static const unsigned char *image(const struct wal *w)
{
    return w->frame + FRAME_HEADER;
}

/* Returns true if the image can be the next after the file's page 1. */
static bool follows(const struct wal *w)
{
    uint32_t id = read_u32(w->page1 + AT_APPLICATION);
    uint32_t before = read_u32(w->page1 + AT_SCHEMA), after = read_u32(image(w) + AT_SCHEMA);

    if (id && id != read_u32(image(w) + AT_APPLICATION))
        return false;
    return after > before || (after == before && memcmp(image(w) + DB_HEADER, w->page1 + DB_HEADER,
                                                        w->page_size - DB_HEADER) == 0);
}

static void take_page1(struct wal *w)
{
    if (memcmp(image(w), w->page1, DB_HEADER) == 0)
        w->is_copied = true;
    if (!w->has_page1 && !follows(w))
        w->has_misfit = true;
    w->has_page1 = true;
}

/* Takes the end of a transaction, after which the database has so many pages. At least three of
 * four of its new pages are in it: those that it freed again may be missing. */
static void take_commit(struct wal *w, uint32_t pages)
{
    if (w->has_grown)
        return;
    if (pages > w->pages) {
        w->has_grown = true;
        if (w->fresh < (pages - w->pages) - (pages - w->pages) / 4)
            w->has_misfit = true;
    }
    if (pages != w->pages && !w->has_page1)
        w->has_misfit = true;
}

static void take_frames(struct wal *w)
{
    size_t size = FRAME_HEADER + w->page_size;
    off_t at = WAL_HEADER;

    while (!w->is_copied && pread(w->wal, w->frame, size, at) == (ssize_t)size &&
           memcmp(w->frame + 8, w->header + 16, 8) == 0) {
        uint32_t page = read_u32(w->frame), pages = read_u32(w->frame + 4);

        w->fresh += page > w->pages && !w->has_grown;
        if (page == 1)
            take_page1(w);
        if (pages)
            take_commit(w, pages);
        at += (off_t)size;
    }
}

/* Reads both headers and page 1. Returns false if there is nothing to replay. */
static bool read_heads(struct wal *w)
{
    if (pread(w->wal, w->header, WAL_HEADER, 0) != WAL_HEADER ||
        (read_u32(w->header) & ~1u) != 0x377f0682)
        return false;
    w->page_size = read_u32(w->header + 8);
    if (w->page_size < PAGE_MIN || w->page_size > PAGE_MAX ||
        pread(w->db, w->page1, w->page_size, 0) != (ssize_t)w->page_size)
        return false;
    w->pages = read_u32(w->page1 + AT_PAGES);
    return true;
}

static bool belongs(int db, int wal)
{
    struct wal w = {.db = db, .wal = wal};

    w.frame = xmalloc(FRAME_HEADER + PAGE_MAX);
    w.page1 = xmalloc(PAGE_MAX);
    if (read_heads(&w))
        take_frames(&w);
    free(w.frame);
    free(w.page1);
    return w.is_copied || !w.has_misfit;
}

bool wal_check_belongs(const char *path)
{
    char beside[PATH_MAX + 8], *real = realpath(path, NULL);
    int db = -1, wal = -1;
    bool ok = true;

    if (real) {
        snprintf(beside, sizeof(beside), "%s-wal", real);
        db = open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        wal = open(beside, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    }
    /* Another process may open the database while its files are being read, so it is asked again. */
    if (db >= 0 && wal >= 0 && !is_open_elsewhere(db) && !belongs(db, wal))
        ok = is_open_elsewhere(db) || belongs(db, wal);
    if (db >= 0)
        close(db);
    if (wal >= 0)
        close(wal);
    free(real);
    return ok;
}

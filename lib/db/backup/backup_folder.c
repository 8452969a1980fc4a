/* SPDX-License-Identifier: MIT */
/*
 * A name is taken for a backup's only if writing its time again gives the same name, so that month
 * 13, or a file that somebody renamed, is neither counted nor removed. The times in the names
 * decide, not those of the file system, which a copy to another disk changes. Nothing is removed
 * through a symbolic link or in another folder: each name is used with the folder's descriptor.
 */
#include "lib/db/backup/backup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/memory.h"

static const char time_format[] = "%Y%m%dT%H%M%SZ";
static const char extension[] = ".backup", part[] = ".partial";
enum { TIME_LEN = 16, TIME_SIZE = 32 };

struct stored_backup {
    char *name;
    uint64_t real_ms;
};

struct stock {
    struct stored_backup *items; /* by time, oldest first */
    size_t count;
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *backup_folder_name(const char *folder, const char *database, uint64_t real_ms)
{
    time_t seconds = (time_t)(real_ms / 1000);
    char text[TIME_SIZE];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), time_format, &tm);
    return xasprintf("%s/%s-%s%s", folder, base_of(database), text, extension);
}

/* Returns the time in the name of a backup of the database; 0 if it is none. */
static uint64_t time_of(const char *name, const char *database)
{
    const char *base = base_of(database), *at = name + strlen(base) + 1;
    struct tm tm = {0};
    char again[TIME_SIZE];
    time_t seconds;

    if (strlen(name) != strlen(base) + 1 + TIME_LEN + strlen(extension) ||
        strncmp(name, base, strlen(base)) != 0 || at[-1] != '-' ||
        strcmp(at + TIME_LEN, extension) != 0 || strptime(at, time_format, &tm) != at + TIME_LEN)
        return 0;
    seconds = timegm(&tm);
    gmtime_r(&seconds, &tm);
    strftime(again, sizeof(again), time_format, &tm);
    return strncmp(again, at, TIME_LEN) == 0 && seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

static int by_time(const void *a, const void *b)
{
    const struct stored_backup *x = a, *y = b;

    return (x->real_ms > y->real_ms) - (x->real_ms < y->real_ms);
}

static void stock_put(struct stock *s, const char *name, uint64_t real_ms)
{
    s->items = xreallocarray(s->items, s->count + 1, sizeof(*s->items));
    s->items[s->count++] = (struct stored_backup){xstrdup(name), real_ms};
}

static void stock_fini(struct stock *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i].name);
    free(s->items);
}

/* Lists the backups whose time has come. */
static void stock_read(DIR *dir, const char *database, uint64_t now_ms, struct stock *out)
{
    const struct dirent *entry;
    struct stat st;

    while ((entry = readdir(dir))) {
        uint64_t real_ms = time_of(entry->d_name, database);

        if (real_ms && real_ms <= now_ms &&
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode))
            stock_put(out, entry->d_name, real_ms);
    }
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), by_time);
}

bool backup_folder_newest(const char *folder, const char *database, uint64_t now_ms,
                          struct backup_newest *out, struct fault *fault)
{
    DIR *dir = opendir(folder);
    struct stock stock = {0};
    struct stat st;

    *out = (struct backup_newest){0};
    if (!dir)
        return fault_set(fault, "the folder %s: %s", folder, strerror(errno));
    stock_read(dir, database, now_ms, &stock);
    if (stock.count) {
        const struct stored_backup *newest = &stock.items[stock.count - 1];

        out->real_ms = newest->real_ms;
        if (fstatat(dirfd(dir), newest->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            out->bytes = (uint64_t)st.st_size;
    }
    stock_fini(&stock);
    closedir(dir);
    return true;
}

/* Returns whether it is the partial file of a scheduled backup, or one that SQLite made for it. */
static bool is_left_over(const char *name, const char *database)
{
    const char *end = strstr(name, ".backup.partial");
    char *whole;
    bool is_one;

    if (name[0] != '.' || !end)
        return false;
    whole = xstrndup(name + 1, (size_t)(end - name - 1) + sizeof(extension) - 1);
    is_one = time_of(whole, database) != 0;
    free(whole);
    end += sizeof(extension) - 1 + sizeof(part) - 1;
    return is_one && (!*end || *end == '-');
}

static void remove_left_over(DIR *dir, const char *database)
{
    const struct dirent *entry;

    rewinddir(dir);
    while ((entry = readdir(dir)))
        if (is_left_over(entry->d_name, database))
            unlinkat(dirfd(dir), entry->d_name, 0);
}

int backup_folder_trim(const char *folder, const char *database, uint64_t now_ms,
                       const struct backup_retention *keep)
{
    DIR *dir = opendir(folder);
    struct stock stock = {0};
    int removed = 0;

    /* Under the lock there is no other backup whose partial file would be taken for an old one. */
    if (!dir || flock(dirfd(dir), LOCK_EX | LOCK_NB) < 0) {
        if (dir)
            closedir(dir);
        return 0;
    }
    stock_read(dir, database, now_ms, &stock);
    for (size_t i = 0; i + 1 < stock.count; i++) {
        const struct stored_backup *b = &stock.items[i];
        bool is_old = keep->age_ms && now_ms - b->real_ms > keep->age_ms;

        if (is_old || stock.count - i > keep->count)
            removed += unlinkat(dirfd(dir), b->name, 0) == 0;
    }
    remove_left_over(dir, database);
    stock_fini(&stock);
    closedir(dir);
    return removed;
}

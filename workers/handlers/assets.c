/* SPDX-License-Identifier: MIT */
#include "workers/handlers/assets.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name, *type;
} names[ASSET_COUNT] = {
    {"swagger-ui.css", "text/css; charset=utf-8"},
    {"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
    {"swagger-ui-standalone-preset.js", "text/javascript; charset=utf-8"},
    {"favicon-16x16.png", "image/png"},
    {"favicon-32x32.png", "image/png"},
};

/* Uses the time of the last change to the inode, not to the content: npm gives all files the
 * same. */
static void tag(const struct stat *st, char etag[static ASSET_TAG])
{
    snprintf(etag, ASSET_TAG, "W/\"%llx-%llx%08lx\"", (unsigned long long)st->st_size,
             (unsigned long long)st->st_ctim.tv_sec, (unsigned long)st->st_ctim.tv_nsec);
}

static bool open_one(int folder, struct asset *asset)
{
    struct stat st;
    void *map;

    asset->fd = openat(folder, asset->name, O_RDONLY | O_CLOEXEC);
    if (asset->fd < 0 || fstat(asset->fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size)
        return false;
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, asset->fd, 0);
    if (map == MAP_FAILED)
        return false;
    asset->content = (struct slice){map, (size_t)st.st_size};
    tag(&st, asset->etag);
    return true;
}

bool assets_open(const char *folder, struct asset assets[static ASSET_COUNT])
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0;

    for (int i = 0; i < ASSET_COUNT; i++) {
        assets[i] = (struct asset){.name = names[i].name, .type = names[i].type, .fd = -1};
        ok = ok && open_one(fd, &assets[i]);
    }
    if (fd >= 0)
        close(fd);
    if (!ok)
        assets_close(assets);
    return ok;
}

void assets_close(struct asset assets[static ASSET_COUNT])
{
    for (int i = 0; i < ASSET_COUNT; i++) {
        if (assets[i].content.data)
            munmap((void *)(uintptr_t)assets[i].content.data, assets[i].content.len);
        if (assets[i].fd >= 0)
            close(assets[i].fd);
        assets[i] = (struct asset){.fd = -1};
    }
}

bool asset_is_intact(const struct asset *asset)
{
    char etag[ASSET_TAG];
    struct stat st;

    if (fstat(asset->fd, &st) < 0)
        return false;
    tag(&st, etag);
    return strcmp(etag, asset->etag) == 0;
}

/* SPDX-License-Identifier: MIT */
#include "lib/core/system/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int memfd_new(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool memfd_write(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return true;
}

bool memfd_seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, seals) == 0;
}

bool memfd_is_sealed(int fd)
{
    int have = fcntl(fd, F_GET_SEALS);

    return have >= 0 && (have & seals) == seals;
}

struct slice memfd_map(int fd)
{
    struct stat st;
    void *data;

    if (fstat(fd, &st) < 0)
        return (struct slice){NULL, 0};
    if (st.st_size == 0) {
        errno = ENODATA;
        return (struct slice){NULL, 0};
    }
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return data == MAP_FAILED ? (struct slice){NULL, 0} : (struct slice){data, (size_t)st.st_size};
}

void memfd_unmap(struct slice map)
{
    if (map.data)
        munmap((void *)(uintptr_t)map.data, map.len);
}

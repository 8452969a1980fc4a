/* SPDX-License-Identifier: MIT */
#include "lib/core/system/memfd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

Test(memfd, seals_what_was_written)
{
    int fd = memfd_new("unit");
    struct slice map;

    cr_assert(fd >= 0);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    cr_expect(memfd_write(fd, "abc", 3) && memfd_write(fd, "", 0) && memfd_write(fd, "def", 3));
    cr_expect(!memfd_is_sealed(fd) && memfd_seal(fd) && memfd_is_sealed(fd));
    cr_expect(!memfd_write(fd, "x", 1) && ftruncate(fd, 0) < 0 && ftruncate(fd, 100) < 0);
    cr_expect(mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    map = memfd_map(fd);
    cr_expect(slice_is(map, "abcdef"));
    memfd_unmap(map);
    close(fd);
}

Test(memfd, does_not_seal_under_a_writer)
{
    int fd = memfd_new("unit");
    void *at;

    cr_assert(memfd_write(fd, "abc", 3));
    at = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(at != MAP_FAILED);
    cr_expect(!memfd_seal(fd) && !memfd_is_sealed(fd));
    munmap(at, 3);
    cr_expect(memfd_seal(fd));
    close(fd);
}

Test(memfd, knows_what_is_none)
{
    char path[] = "/tmp/leat-unit-memfd-XXXXXX";
    int file = mkstemp(path), empty = memfd_new("unit");

    cr_expect(!memfd_is_sealed(file) && !memfd_seal(file) && !memfd_is_sealed(-1) &&
              !memfd_seal(-1));
    cr_expect(!memfd_map(-1).data && !memfd_write(-1, "x", 1));
    cr_expect(!memfd_map(empty).data && memfd_map(empty).len == 0);
    memfd_unmap((struct slice){NULL, 0});
    close(empty);
    close(file);
    unlink(path);
}

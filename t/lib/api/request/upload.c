/* SPDX-License-Identifier: MIT */
#include "lib/api/request/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char folder_path[64];
static int folder = -1;

static void make_folder(void)
{
    snprintf(folder_path, sizeof(folder_path), "/tmp/leat-upload-XXXXXX");
    cr_assert(mkdtemp(folder_path));
    folder = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(folder >= 0);
}

/* Removes the folder, which proves that it is empty. */
static void remove_folder(void)
{
    close(folder);
    cr_expect_eq(rmdir(folder_path), 0, "%s: %m", folder_path);
}

TestSuite(upload, .init = make_folder, .fini = remove_folder);

static size_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    cr_assert(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static struct multipart_part part_of(const char *data, size_t len)
{
    return (struct multipart_part){.name = SLICE_LIT("photo"),
                                   .filename = SLICE_LIT("../a b.png"),
                                   .type = SLICE_LIT("image/png"),
                                   .data = {data, len}};
}

/* Makes the kernel answer `error` to call `number` if the bits of `mask` are set in its argument
 * `index`. */
static bool inject(int number, unsigned index, unsigned mask, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (unsigned)(offsetof(struct seccomp_data, args) + index * sizeof(uint64_t))),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return true;
    fprintf(stderr, "# skipped: no seccomp filters here\n");
    return false;
}

/* Keeps the part, examines the file, and frees it. */
static void check_file(int in)
{
    static const char data[] = "\x89PNG\0\r\n";
    struct multipart_part part = part_of(data, sizeof(data));
    struct arena arena = {0};
    size_t files = open_files();
    struct upload *u = NULL;
    struct slice bytes, again;
    char have[sizeof(data) + 1], path[64];
    struct stat st;

    cr_assert_eq(upload_keep(in, &part, sizeof(data), &arena, &u), UPLOAD_OK, "%m");
    cr_expect_str_eq(u->name, "photo");
    cr_expect_str_eq(u->filename, "../a b.png");
    cr_expect_str_eq(u->type, "image/png");
    cr_expect_eq(u->size, sizeof(data));
    cr_expect(fcntl(u->fd, F_GETFD) & FD_CLOEXEC);
    cr_assert(fstat(u->fd, &st) == 0);
    cr_expect(st.st_nlink == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600);
    cr_expect_eq((size_t)st.st_size, sizeof(data));
    cr_expect_eq(read(u->fd, have, sizeof(have)), (ssize_t)sizeof(data), "from the start");
    cr_expect_arr_eq(have, data, sizeof(data));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", u->fd);
    cr_expect(linkat(AT_FDCWD, path, in, "named", AT_SYMLINK_FOLLOW) < 0, "it gets no name");
    cr_expect(upload_map(u, &bytes) && upload_map(u, &again) && bytes.data == again.data);
    cr_expect(bytes.len == sizeof(data) && memcmp(bytes.data, data, bytes.len) == 0);
    cr_expect(mprotect((void *)(uintptr_t)bytes.data, 1, PROT_READ) == 0);
    arena_fini(&arena);
    cr_expect(mprotect((void *)(uintptr_t)bytes.data, 1, PROT_READ) < 0, "unmapped");
    cr_expect_eq(open_files(), files);
}

Test(upload, is_a_file_without_a_name)
{
    umask(0);
    check_file(folder);
}

Test(upload, is_kept_in_the_current_folder)
{
    cr_assert(chdir(folder_path) == 0);
    check_file(AT_FDCWD);
}

Test(upload, needs_no_o_tmpfile)
{
    if (inject(SYS_openat, 2, O_TMPFILE, EOPNOTSUPP))
        check_file(folder);
}

Test(upload, needs_no_kernel_that_knows_o_tmpfile)
{
    if (inject(SYS_openat, 2, O_TMPFILE, EISDIR))
        check_file(folder);
}

/* Returns the result of keeping one byte; no descriptor may be left whatever it is. */
static enum upload_result keep_one(int *error)
{
    struct multipart_part part = part_of("x", 1);
    struct arena arena = {0};
    struct upload *u = NULL;
    size_t files = open_files();
    enum upload_result result = upload_keep(folder, &part, 1, &arena, &u);

    *error = errno;
    cr_expect((result == UPLOAD_OK) == (u != NULL));
    arena_fini(&arena);
    cr_expect_eq(open_files(), files);
    return result;
}

static void check_failure(int number, unsigned index, unsigned mask, int error,
                          enum upload_result want)
{
    int have;

    if (!inject(number, index, mask, error))
        return;
    cr_expect_eq(keep_one(&have), want);
    cr_expect_eq(have, error);
}

Test(upload, says_that_the_disk_is_full)
{
    check_failure(SYS_pwrite64, 0, 0, ENOSPC, UPLOAD_NO_SPACE);
}

Test(upload, says_that_the_quota_is_spent)
{
    check_failure(SYS_pwrite64, 0, 0, EDQUOT, UPLOAD_NO_SPACE);
}

Test(upload, says_that_there_are_no_more_inodes)
{
    check_failure(SYS_openat, 2, O_TMPFILE, ENOSPC, UPLOAD_NO_SPACE);
}

Test(upload, says_that_the_disk_is_broken)
{
    check_failure(SYS_pwrite64, 0, 0, EIO, UPLOAD_FAILED);
}

Test(upload, says_that_the_folder_cannot_be_written)
{
    check_failure(SYS_openat, 2, O_TMPFILE, EACCES, UPLOAD_FAILED);
}

Test(upload, fails_in_a_folder_that_is_none)
{
    struct multipart_part part = part_of("x", 1);
    struct arena arena = {0};
    struct upload *u;

    cr_expect_eq(upload_keep(-1, &part, 1, &arena, &u), UPLOAD_FAILED);
    cr_expect_eq(errno, EBADF);
    arena_fini(&arena);
}

/* The kernel writes what fits and fails the rest. */
Test(upload, survives_a_short_write)
{
    enum { SIZE = 1 << 20 };
    struct rlimit limit = {SIZE / 2, SIZE / 2};
    struct arena arena = {0};
    char *data = calloc(1, SIZE);
    struct multipart_part part = part_of(data, SIZE);
    struct upload *u = NULL;
    size_t files = open_files();

    signal(SIGXFSZ, SIG_IGN);
    cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    cr_expect_eq(upload_keep(folder, &part, SIZE, &arena, &u), UPLOAD_FAILED);
    cr_expect_eq(errno, EFBIG);
    cr_expect_eq(open_files(), files);
    part.data.len = SIZE / 2;
    cr_expect_eq(upload_keep(folder, &part, SIZE, &arena, &u), UPLOAD_OK);
    arena_fini(&arena);
    free(data);
}

Test(upload, keeps_the_limit)
{
    static const struct {
        size_t len, limit;
        enum upload_result want;
    } rows[] = {
        {0, 0, UPLOAD_OK},          {1, 0, UPLOAD_TOO_LARGE},  {10, 10, UPLOAD_OK},
        {11, 10, UPLOAD_TOO_LARGE}, {16, SIZE_MAX, UPLOAD_OK},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct multipart_part part = part_of("0123456789abcdef", rows[i].len);
        struct upload *u = NULL;

        cr_expect_eq(upload_keep(folder, &part, rows[i].limit, &arena, &u), rows[i].want, "row %zu",
                     i);
        cr_expect((u != NULL) == (rows[i].want == UPLOAD_OK));
    }
    arena_fini(&arena);
}

Test(upload, may_be_empty_or_without_a_filename)
{
    struct multipart_part part = {
        .name = SLICE_LIT(""), .type = SLICE_LIT("text/plain"), .data = SLICE_LIT("")};
    struct arena arena = {0};
    struct upload *u = NULL;
    struct slice bytes = {NULL, 1};

    cr_assert_eq(upload_keep(folder, &part, 0, &arena, &u), UPLOAD_OK);
    cr_expect(!u->filename && u->size == 0);
    cr_expect_str_eq(u->name, "");
    cr_expect(upload_map(u, &bytes) && bytes.data && !bytes.len);
    arena_fini(&arena);
}

/* Zeros take blocks like other bytes, so that no reader can find them missing. */
Test(upload, has_no_holes)
{
    enum { SIZE = 1 << 20 };
    struct arena arena = {0};
    char *zeros = calloc(1, SIZE);
    struct multipart_part part = part_of(zeros, SIZE);
    struct upload *u = NULL;
    struct slice bytes;

    cr_assert_eq(upload_keep(folder, &part, SIZE, &arena, &u), UPLOAD_OK);
    cr_expect_eq(lseek(u->fd, 0, SEEK_HOLE), SIZE);
    cr_assert(upload_map(u, &bytes));
    cr_expect(bytes.len == SIZE && memcmp(bytes.data, zeros, SIZE) == 0);
    arena_fini(&arena);
    free(zeros);
}

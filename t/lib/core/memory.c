/* SPDX-License-Identifier: MIT */
#include "lib/core/memory.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/log.h"

Test(memory, gives_what_free_takes)
{
    unsigned char *zero = xcalloc(3, 7);
    char *grown = xrealloc(NULL, 4), *list = xreallocarray(NULL, 2, 8);

    for (int i = 0; i < 21; i++)
        cr_expect(zero[i] == 0);
    memcpy(grown, "abc", 4);
    grown = xrealloc(grown, 100000);
    cr_expect_str_eq(grown, "abc");
    free(zero);
    free(grown);
    free(list);
}

Test(memory, gives_a_pointer_for_nothing)
{
    void *none = xmalloc(0), *list = xcalloc(0, 8);

    cr_expect(none && list);
    free(none);
    free(list);
}

Test(memory, copies_and_prints)
{
    char *copy = xstrdup("copy"), *part = xstrndup("partial", 4),
         *text = xasprintf("%d-%s", 7, "x");

    cr_expect_str_eq(copy, "copy");
    cr_expect_str_eq(part, "part");
    cr_expect_str_eq(text, "7-x");
    free(copy);
    free(part);
    free(text);
}

/* Runs `fn` in a process of its own; returns its status, and in `said` what it wrote to the log. */
static int run_apart(void (*fn)(void), bool json, char said[static 512])
{
    int fds[2], status = 0;
    ssize_t n;
    pid_t pid;

    cr_assert(pipe(fds) == 0);
    pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        log_open(&(struct log_options){"unit", LOG_LEVEL_INFO, json, {fds[1], fds[1]}});
        fn();
        _exit(0);
    }
    close(fds[1]);
    n = read(fds[0], said, 511);
    said[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
}

static volatile size_t huge = SIZE_MAX / 2; /* so that no compiler sees what comes */

static void overflow(void)
{
    free(xcalloc(huge, 4));
}

static void overflow_array(void)
{
    free(xreallocarray(NULL, huge, 4));
}

static void exhaust(void)
{
    memory_exhausted(4096);
}

Test(memory, says_so_and_aborts)
{
    static const struct {
        void (*fn)(void);
        bool json;
        const char *want;
    } rows[] = {
        {overflow, false, "] memory.exhausted bytes=18446744073709551615\n"},
        {overflow_array, false, "] memory.exhausted bytes=18446744073709551615\n"},
        {exhaust, false, "] memory.exhausted bytes=4096\n"},
        {exhaust, true, "\"event\":\"memory.exhausted\",\"message\":\"bytes=4096\"}\n"},
    };

#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("a sanitizer has the allocator");
#endif
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char said[512];
        int status = run_apart(rows[i].fn, rows[i].json, said);

        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "row %zu: %d", i, status);
        cr_expect(strstr(said, rows[i].want), "row %zu: %s", i, said);
    }
}

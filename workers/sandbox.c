/* SPDX-License-Identifier: MIT */
#include "workers/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Version 1 of the interface, which every kernel with Landlock has. */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                      \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#define OTHER                                                                                      \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* A worker that runs as root, because no `user` is configured, may still open the database. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}}, mine[2];

    if (syscall(SYS_capget, &header, mine) < 0)
        return;
    data[0].permitted = data[0].effective = mine[0].permitted & 1u << CAP_DAC_OVERRIDE;
    syscall(SYS_capset, &header, data);
}

void sandbox_harden(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    drop_capabilities();
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer must be able to trace its own process */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void allow(int ruleset, const char *folder, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access,
                                              .parent_fd = open(folder, O_PATH | O_CLOEXEC)};

    if (rule.parent_fd < 0)
        return; /* what is not there needs no permission */
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

/* Where names of hosts are looked up: the file in /etc may be a link into /run. */
static void allow_resolver(int ruleset)
{
    char *real = realpath("/etc/resolv.conf", NULL);

    if (real)
        allow(ruleset, dirname(real), READ);
    free(real);
}

bool sandbox_enter(const char *path, const char *uploads)
{
    static const char *const readable[] = {"/usr", "/lib", "/lib64", "/etc", "/proc", "/dev"};
    struct landlock_ruleset_attr attr = {.handled_access_fs = READ | WRITE | OTHER};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    bool ok;

    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < sizeof(readable) / sizeof(*readable); i++)
        allow(ruleset, readable[i], READ);
    if (path) {
        char *real = realpath(path, NULL); /* a link leads SQLite to another folder */
        char *copy = real ? real : strdup(path), *folder = dirname(copy);

        allow(ruleset, folder, READ | WRITE);
        setenv("SQLITE_TMPDIR", folder, 1); /* sorts that exceed memory */
        free(copy);
    }
    allow_resolver(ruleset);
    allow(ruleset, uploads, READ | WRITE);
    ok = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok;
}

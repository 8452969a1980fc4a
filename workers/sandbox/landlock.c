/* SPDX-License-Identifier: MIT */
/*
 * Each version of the interface has more than the one before; what the running kernel does not
 * support is left out. From version 4 on no TCP port can be bound; from version 6 on no signal
 * reaches a process outside, and no connection an abstract unix socket. The kernel's header may be
 * older than the kernel, hence the constants here.
 */
#include "workers/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/core/memory.h"

enum {
    VERSION_REFER = 2,
    VERSION_TRUNCATE = 3,
    VERSION_PORTS = 4,
    VERSION_IOCTL = 5,
    VERSION_SCOPES = 6
};

#define FILES_REFER (UINT64_C(1) << 13)
#define FILES_TRUNCATE (UINT64_C(1) << 14)
#define FILES_IOCTL (UINT64_C(1) << 15)
#define PORTS_BIND (UINT64_C(1) << 0)
#define PORTS_CONNECT (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_SOCKETS (UINT64_C(1) << 0)
#define SCOPE_SIGNALS (UINT64_C(1) << 1)

#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_WRITE                                                                                \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
     LANDLOCK_ACCESS_FS_MAKE_REG | FILES_TRUNCATE)
#define FILES_NEVER                                                                                \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM | FILES_REFER | FILES_IOCTL)
/* The access rights that a rule for a file, as opposed to a folder, may have. */
#define FILES_OF_A_FILE                                                                            \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FILES_TRUNCATE)

/* The layout of struct landlock_ruleset_attr in version 6. */
struct ruleset {
    uint64_t files, ports, scopes;
};

struct landlock_rules {
    int fd;
    struct ruleset handled;
};

static struct ruleset handled_by(int version, bool connects)
{
    struct ruleset r = {
        .files = FILES_READ | FILES_WRITE | FILES_NEVER | LANDLOCK_ACCESS_FS_MAKE_DIR,
        .ports = PORTS_BIND | (connects ? 0 : PORTS_CONNECT),
        .scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS,
    };

    if (version < VERSION_REFER)
        r.files &= ~FILES_REFER;
    if (version < VERSION_TRUNCATE)
        r.files &= ~FILES_TRUNCATE;
    if (version < VERSION_IOCTL)
        r.files &= ~FILES_IOCTL;
    if (version < VERSION_PORTS)
        r.ports = 0;
    if (version < VERSION_SCOPES)
        r.scopes = 0;
    return r;
}

static size_t size_of(int version)
{
    return version >= VERSION_SCOPES  ? sizeof(struct ruleset)
           : version >= VERSION_PORTS ? 2 * sizeof(uint64_t)
                                      : sizeof(uint64_t);
}

struct landlock_rules *landlock_new(bool connects)
{
    int version =
        (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset handled = handled_by(version, connects);
    struct landlock_rules *rules;
    int fd =
        version < 1 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &handled, size_of(version), 0);

    if (fd < 0)
        return NULL;
    rules = xmalloc(sizeof(*rules));
    *rules = (struct landlock_rules){fd, handled};
    return rules;
}

void landlock_allow(struct landlock_rules *rules, const char *path, unsigned access)
{
    struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    struct stat st;

    if (rule.parent_fd < 0)
        return;
    rule.allowed_access = (access & LANDLOCK_READ ? FILES_READ : 0) |
                          (access & LANDLOCK_WRITE ? FILES_WRITE : 0) |
                          (access & LANDLOCK_MAKE_FOLDERS ? LANDLOCK_ACCESS_FS_MAKE_DIR : 0);
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= FILES_OF_A_FILE;
    rule.allowed_access &= rules->handled.files;
    syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

bool landlock_confine(struct landlock_rules **rules)
{
    bool ok = syscall(SYS_landlock_restrict_self, (*rules)->fd, 0) == 0;

    close((*rules)->fd);
    free(*rules);
    *rules = NULL;
    return ok;
}

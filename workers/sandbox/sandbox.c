/* SPDX-License-Identifier: MIT */
/*
 * The order matters, and nothing can be undone: no new privileges and no capabilities, limits,
 * Landlock, then the filter of system calls, which would refuse what the others need. Whatever
 * needs more happens before: the master's descriptors, mail.command's process, mail.file, the
 * documentation's files. Sanitizers trace and fork, so their builds have no filter.
 */
#include "workers/sandbox/sandbox.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "workers/sandbox/system_calls.h"
#include "workers/sandbox/landlock.h"

/* Tasks of the user at once. A worker can create only threads; this also leaves room for other
 * services of the same user. */
enum { TASKS = 4096, TASKS_A_WORKER = 64 };

/* Keeps the capabilities in the mask, for a process that runs as root because no `user` is
 * configured. */
static void keep_capabilities(uint32_t mask)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}}, mine[2];

    if (syscall(SYS_capget, &header, mine) < 0)
        return;
    data[0].permitted = data[0].effective = mine[0].permitted & mask;
    syscall(SYS_capset, &header, data);
}

static void harden(uint32_t capabilities)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    keep_capabilities(capabilities);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer must trace its own process */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void sandbox_harden(void)
{
    harden(1u << CAP_DAC_OVERRIDE); /* still needed to open the database */
}

/* Lowers the limit, and never raises it. */
static void limit_tasks(int workers)
{
    rlim_t most = TASKS + (rlim_t)workers * TASKS_A_WORKER;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NPROC, &limit) < 0 || limit.rlim_max <= most)
        return;
    limit.rlim_max = most;
    limit.rlim_cur = limit.rlim_cur < most ? limit.rlim_cur : most;
    setrlimit(RLIMIT_NPROC, &limit);
}

static void confine_calls(unsigned roles)
{
#ifndef __SANITIZE_ADDRESS__
    if (!system_calls_confine(roles))
        log_warn("worker.sandbox", "reason=\"%s\": no system call filter", strerror(errno));
#else
    (void)roles;
#endif
}

/* Allows what libraries read late: other libraries, the time zone, name resolution,
 * certificates. */
static void allow_system(struct landlock_rules *rules)
{
    static const char *const readable[] = {"/lib",
                                           "/lib32",
                                           "/lib64",
                                           "/usr/lib",
                                           "/usr/lib32",
                                           "/usr/lib64",
                                           "/usr/local/lib",
                                           "/usr/share/zoneinfo",
                                           "/usr/share/ca-certificates",
                                           "/usr/local/share/ca-certificates",
                                           "/etc/ld.so.cache",
                                           "/etc/localtime",
                                           "/etc/resolv.conf",
                                           "/etc/hosts",
                                           "/etc/host.conf",
                                           "/etc/nsswitch.conf",
                                           "/etc/gai.conf",
                                           "/etc/services",
                                           "/etc/protocols",
                                           "/etc/ssl/certs",
                                           "/etc/ssl/openssl.cnf",
                                           "/etc/ssl/cert.pem",
                                           "/etc/pki/tls/certs",
                                           "/etc/pki/ca-trust",
                                           "/etc/pki/tls/openssl.cnf",
                                           "/etc/crypto-policies",
                                           "/proc/self",
                                           "/sys/devices/system/cpu",
                                           "/dev/null",
                                           "/dev/urandom",
                                           "/dev/random"};
    static const char *const named[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "TZDIR"};

    for (size_t i = 0; i < sizeof(readable) / sizeof(*readable); i++)
        landlock_allow(rules, readable[i], LANDLOCK_READ);
    for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
        if (getenv(named[i]))
            landlock_allow(rules, getenv(named[i]), LANDLOCK_READ);
}

/* Allows the folder of resolv.conf, because the file may be replaced while we run. */
static void allow_resolver(struct landlock_rules *rules)
{
    char *real = realpath("/etc/resolv.conf", NULL);

    if (real && strncmp(real, "/etc/", 5) != 0)
        landlock_allow(rules, dirname(real), LANDLOCK_READ);
    free(real);
}

static void allow_database(struct landlock_rules *rules, const char *path, unsigned access)
{
    char *real = realpath(path, NULL); /* SQLite follows links to another folder */
    char *copy = real ? real : xstrdup(path), *folder = dirname(copy);

    landlock_allow(rules, folder, access);
    setenv("SQLITE_TMPDIR", folder, 1); /* for sorts that exceed memory */
    free(copy);
}

static void confine_files(const struct sandbox_options *o)
{
    struct landlock_rules *rules = landlock_new(o->is_outbound);

    if (!rules) {
        log_warn("worker.sandbox", "the kernel has no Landlock; only permissions protect files");
        return;
    }
    allow_system(rules);
    allow_resolver(rules);
    if (o->database)
        allow_database(rules, o->database, LANDLOCK_READ | LANDLOCK_WRITE);
    landlock_allow(rules, o->uploads, LANDLOCK_READ | LANDLOCK_WRITE);
    if (!landlock_confine(&rules))
        log_warn("worker.sandbox", "reason=\"%s\": no Landlock", strerror(errno));
}

void sandbox_worker(const struct sandbox_options *o)
{
    limit_tasks(o->workers);
    confine_files(o);
    confine_calls(SYSTEM_CALLS_WORKER | (o->is_outbound ? SYSTEM_CALLS_OUTBOUND : 0) |
                  (o->has_server ? SYSTEM_CALLS_SERVER : 0));
}

/* --- commands --- */

/* Allows the folder, or the one in which it would be created. */
static void allow_folder(struct landlock_rules *rules, const char *path)
{
    char copy[PATH_MAX], *slash;

    snprintf(copy, sizeof(copy), "%s", path);
    while (access(copy, F_OK) < 0 && (slash = strrchr(copy, '/')) && slash != copy)
        *slash = '\0';
    landlock_allow(rules, copy, LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE_FOLDERS);
}

static void allow_beside(struct landlock_rules *rules, const char *path)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof(copy), "%s", path);
    allow_folder(rules, dirname(copy));
}

static void allow_configured(struct landlock_rules *rules, struct json_object *config)
{
    const char *database = database_source_of(config).path;
    const char *migrations = conf_string(config, "database.migrations");
    const char *keys = conf_string(config, "identity.key-file");
    char *real = database ? realpath(database, NULL) : NULL;

    if (database)
        allow_beside(rules, real ? real : database);
    if (migrations)
        allow_folder(rules, migrations);
    if (keys && strncmp(keys, "file:", 5) == 0)
        allow_beside(rules, keys + 5);
    free(real);
}

void sandbox_command(struct json_object *config, const char *folder, bool connects)
{
    struct landlock_rules *rules;

    /* Files that SQLite creates beside the database must get its owner. */
    harden(1u << CAP_DAC_OVERRIDE | 1u << CAP_CHOWN | 1u << CAP_FOWNER);
    if (config && !conf_bool(config, "sandbox"))
        return;
    rules = landlock_new(connects);
    if (rules) {
        landlock_allow(rules, "/", LANDLOCK_READ);
        landlock_allow(rules, getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
                       LANDLOCK_READ | LANDLOCK_WRITE); /* for sorts that exceed memory */
        landlock_allow(rules, "/var/tmp", LANDLOCK_READ | LANDLOCK_WRITE);
        landlock_allow(rules, "/dev/null", LANDLOCK_READ | LANDLOCK_WRITE);
        if (config)
            allow_configured(rules, config);
        if (folder)
            allow_folder(rules, folder);
        landlock_confine(&rules);
    }
    confine_calls(
        SYSTEM_CALLS_COMMAND |
        (connects ? SYSTEM_CALLS_OUTBOUND | SYSTEM_CALLS_SERVER | SYSTEM_CALLS_WORKER : 0));
}

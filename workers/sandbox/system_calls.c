/* SPDX-License-Identifier: MIT */
/*
 * A call that is not in the table is refused with EPERM, and the process goes on. It is not killed:
 * a library that tries something new after an update would end every worker, and an attacker who
 * runs code here could simply avoid the call. He cannot hide it either: the kernel sends SIGSYS,
 * the handler records the number and returns the error, and the loop logs each number once.
 */
#include "workers/sandbox/system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "lib/core/log.h"

enum { NUMBERS_MAX = 1024 };

struct rule {
    int number;             /* of the call; negative: this architecture has none of that name */
    unsigned roles, except; /* except: of a refusal, the roles that are allowed some of it */
    uint32_t action;
    unsigned condition_count;
    struct scmp_arg_cmp conditions[2];
};

#define WORKER SYSTEM_CALLS_WORKER
#define OUTBOUND SYSTEM_CALLS_OUTBOUND
#define COMMAND SYSTEM_CALLS_COMMAND
#define SERVER SYSTEM_CALLS_SERVER
#define ALL (SYSTEM_CALLS_WORKER | SYSTEM_CALLS_COMMAND)
#define INT UINT32_MAX /* mask of an int argument, of which the kernel ignores the rest */
#define POINTER UINT64_MAX

#define ALL_ROLES (WORKER | OUTBOUND | COMMAND)

/* clang-format off */
#define BITS(argument, mask, value) {argument, SCMP_CMP_MASKED_EQ, mask, (scmp_datum_t)(value)}
#define CALL(name, who, reason) {SCMP_SYS(name), who, 0, SCMP_ACT_ALLOW, 0, {{0}}},
#define CALL_IF(name, who, a, mask, value, reason) \
    {SCMP_SYS(name), who, 0, SCMP_ACT_ALLOW, 1, {BITS(a, mask, value)}},
#define CALL_IF_BOTH(name, who, a, mask_a, value_a, b, mask_b, value_b, reason) \
    {SCMP_SYS(name), who, 0, SCMP_ACT_ALLOW, 2, {BITS(a, mask_a, value_a), BITS(b, mask_b, value_b)}},
#define REFUSE(name, error, reason) {SCMP_SYS(name), ALL_ROLES, 0, SCMP_ACT_ERRNO(error), 0, {{0}}},
#define REFUSE_WITHOUT(name, a, bits, error, reason) \
    {SCMP_SYS(name), ALL_ROLES, 0, SCMP_ACT_ERRNO(error), 1, {BITS(a, bits, 0)}},
#define REFUSE_OVER(name, a, value, error, reason) \
    {SCMP_SYS(name), ALL_ROLES, 0, SCMP_ACT_ERRNO(error), 1, {{a, SCMP_CMP_GT, value, 0}}},
#define REFUSE_UNDER(name, a, value, error, reason) \
    {SCMP_SYS(name), ALL_ROLES, SERVER, SCMP_ACT_ERRNO(error), 1, {{a, SCMP_CMP_LT, value, 0}}},
/* clang-format on */

static bool fill_filter(scmp_filter_ctx filter, unsigned roles)
{
    const struct rule rules[] = {
#include "workers/sandbox/system_calls.def"
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        const struct rule *r = &rules[i];

        if (r->number >= 0 && (r->roles & roles) && !(r->except & roles) &&
            seccomp_rule_add_array(filter, r->action, r->number, r->condition_count,
                                   r->conditions) < 0)
            return false;
    }
    return true;
}

/* --- refused calls --- */

static atomic_bool was_refused[NUMBERS_MAX];
static atomic_bool has_news;

/* Sets the return value of the call, in a register of the architecture. */
static void set_result(ucontext_t *context, int result)
{
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RAX] = result;
#elif defined(__aarch64__)
    context->uc_mcontext.regs[0] = (unsigned long long)result;
#else
    (void)context, (void)result;
#endif
}

static void on_refused(int signal, siginfo_t *info, void *context)
{
    int number = info->si_syscall;

    (void)signal;
    set_result(context, -EPERM);
    if (number < 0 || number >= NUMBERS_MAX || atomic_exchange(&was_refused[number], true))
        return;
    atomic_store(&has_news, true);
}

void system_calls_report(void)
{
    static bool is_logged[NUMBERS_MAX];

    if (!atomic_load_explicit(&has_news, memory_order_relaxed))
        return;
    atomic_store(&has_news, false);
    for (int i = 0; i < NUMBERS_MAX; i++) {
        char *name;

        if (!atomic_load(&was_refused[i]) || is_logged[i])
            continue;
        is_logged[i] = true;
        name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
        log_error("worker.refused", "call=%s number=%d: system call not allowed", name ? name : "-",
                  i);
        free(name);
    }
}

/* Returns the filter's default. Architectures whose registers we do not know get the error without
 * a log line. */
static uint32_t default_action(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
    struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_RESTART};

    sigaction(SIGSYS, &action, NULL);
    return SCMP_ACT_TRAP;
#else
    (void)on_refused;
    return SCMP_ACT_ERRNO(EPERM);
#endif
}

bool system_calls_confine(unsigned roles)
{
    scmp_filter_ctx filter = seccomp_init(default_action());
    bool ok = false;

    if (!filter)
        return false;
    /* TSYNC covers all threads; OPTIMIZE builds a tree, as the list is long; SSB avoids the slow
     * mitigation meant for programs that run foreign code. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    ok = fill_filter(filter, roles) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}

/* SPDX-License-Identifier: MIT */
#include "workers/commands/crash_report.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char *name;
static char stack[1 << 16]; /* the usual stack may have overflowed */

static void put_text(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

static void on_crash(int signal)
{
    const char *what = sigdescr_np(signal);

    put_text("leat: ");
    put_text(name);
    put_text(" crashed (");
    put_text(what ? what : "?");
    put_text("): this is a bug in leat; please report it with the input files\n");
    raise(signal); /* the handler has been reset by now */
}

void crash_report(const char *command)
{
#ifndef __SANITIZE_ADDRESS__ /* ASan has its own handlers */
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER)};

    name = command;
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        sigaction(signals[i], &action, NULL);
#else
    (void)command, (void)on_crash, (void)stack;
#endif
}

/* SPDX-License-Identifier: MIT */
/* The exit statuses of all programs, as leat(8) and leatctl(8) list them. */
#ifndef LEAT_CORE_SYSTEM_EXIT_STATUS_H
#define LEAT_CORE_SYSTEM_EXIT_STATUS_H

enum {
    EXIT_FAILED = 1,      /* what was asked for is invalid, was refused, or failed */
    EXIT_USAGE = 2,       /* the command line is wrong */
    EXIT_UNREACHABLE = 3, /* leatctl: nobody answers */
    EXIT_SYSTEM = 71      /* the system denies what the program needs; EX_OSERR of sysexits.h */
};

#endif

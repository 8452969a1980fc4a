/* SPDX-License-Identifier: MIT */
#include "lib/core/system/startup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/core/system/exit_status.h"

/* open(2) returns the lowest free number, so each call opens the one that was found closed. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_NOCTTY) != fd) {
            perror("/dev/null");
            _exit(EXIT_SYSTEM);
        }
}

void startup_prepare(void)
{
    open_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN);
}

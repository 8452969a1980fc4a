/* SPDX-License-Identifier: MIT */
/*
 * What master and worker say to each other, one message a packet over a SOCK_SEQPACKET pair.
 *
 *     worker → master   READY                    every listener accepts, the database is open
 *                       FAILED  reason           it will never be READY; the worker exits
 *                       DRAINING                 it got TERM itself: expect its exit
 *     master → worker   DRAIN                    finish what runs, take nothing new, exit
 *                       STOP                     exit at once
 *     end of file       the other side is gone: a worker drains and exits
 */
#ifndef LEAT_CORE_CHANNEL_H
#define LEAT_CORE_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

enum channel_type {
    CHANNEL_READY = 1,
    CHANNEL_FAILED,
    CHANNEL_DRAINING,
    CHANNEL_DRAIN,
    CHANNEL_STOP,
};

struct channel_message {
    uint32_t type;
    char text[1020]; /* NUL-terminated */
};

/* The descriptors that a worker is started with; the listeners follow in the release's order. */
enum channel_fd {
    CHANNEL_FD_ACCESS_LOG = 1,
    CHANNEL_FD_LOG = 2,
    CHANNEL_FD = 3,
    CHANNEL_FD_SHM,
    CHANNEL_FD_RELEASE,
    CHANNEL_FD_SECRETS,
    CHANNEL_FD_LISTEN,
};

/* A connected pair, close-on-exec, not blocking; false and errno on failure. */
bool channel_pair(int fds[static 2]);
/* False where the other side is gone or does not read. */
bool channel_send(int fd, enum channel_type type, const char *text);
/* 1: a message; 0: none now; -1: the other side is gone. */
int channel_receive(int fd, struct channel_message *m);

#endif

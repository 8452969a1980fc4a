/* SPDX-License-Identifier: MIT */
/*
 * What master and worker say to each other, one message a packet over a SOCK_SEQPACKET pair.
 *
 *     worker → master   READY                    the database is open, a request was answered
 *                       FAILED  reason           it will never be READY; the worker exits
 *                       DRAINING                 it accepts nothing more: expect its exit
 *     master → worker   ACCEPT                   the generation serves: take connections
 *                       RETIRE                   finish what runs, take nothing new, exit
 *                       DRAIN                    the same, after drain.notice
 *                       REOPEN  two descriptors  the new access log and log
 *                       LEVEL   name             the log level from now on
 *     end of file       the other side is gone: a worker drains and exits
 *
 * The master trusts no worker: it takes no descriptors from one, and a worker that sends anything
 * but these three, or sends on and on, is killed (server/child.c).
 */
#ifndef LEAT_CORE_CHANNEL_H
#define LEAT_CORE_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

enum channel_type {
    CHANNEL_READY = 1,
    CHANNEL_FAILED,
    CHANNEL_DRAINING,
    CHANNEL_ACCEPT,
    CHANNEL_RETIRE,
    CHANNEL_DRAIN,
    CHANNEL_REOPEN,
    CHANNEL_LEVEL,
};

struct channel_message {
    uint32_t type;
    char text[1020]; /* NUL-terminated */
    int fds[2];      /* of REOPEN: the receiver's to close; otherwise -1 */
};

enum channel_result {
    CHANNEL_GARBAGE = -2, /* a packet that is no message */
    CHANNEL_GONE = -1,    /* the other side is gone */
    CHANNEL_EMPTY = 0,    /* nothing has come */
    CHANNEL_MESSAGE = 1,
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
/* The same with a copy of two descriptors. */
bool channel_send_fds(int fd, enum channel_type type, const int fds[static 2]);
/* Takes the next message. Descriptors that come with it are thrown away. */
enum channel_result channel_receive(int fd, struct channel_message *m);
/* The same, and takes two descriptors that come with it: m->fds. */
enum channel_result channel_receive_fds(int fd, struct channel_message *m);

#endif

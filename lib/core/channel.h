/* SPDX-License-Identifier: MIT */
/*
 * The messages between master and worker, one to a packet over a SOCK_SEQPACKET pair.
 *
 *     worker → master   READY                    the database is open, a test request was answered
 *                       FAILED  reason           it will never be READY; the worker exits
 *                       DRAINING                 it accepts no more connections and will exit
 *     master → worker   ACCEPT                   the generation is in service: accept connections
 *                       RETIRE                   finish running requests, accept nothing, exit
 *                       DRAIN                    the same, after drain.notice
 *                       REOPEN  two descriptors  the new access log and log
 *                       LEVEL   name             the log level from now on
 *     end of file       the other side is gone: a worker drains and exits
 *
 * The master does not trust workers: it accepts no descriptors from them, and it kills a worker
 * that sends anything but these three messages, or too many of them (server/generation/child.c).
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
    int fds[2];      /* for REOPEN, owned by the receiver; otherwise -1 */
};

enum channel_result {
    CHANNEL_GARBAGE = -2, /* the packet is not a valid message */
    CHANNEL_GONE = -1,    /* the other side is gone */
    CHANNEL_EMPTY = 0,    /* no message is waiting */
    CHANNEL_MESSAGE = 1,
};

/* The descriptors that a worker starts with. The listeners follow, in the release's order. */
enum channel_fd {
    CHANNEL_FD_ACCESS_LOG = 1,
    CHANNEL_FD_LOG = 2,
    CHANNEL_FD = 3,
    CHANNEL_FD_SHM,
    CHANNEL_FD_RELEASE,
    CHANNEL_FD_SECRETS,
    CHANNEL_FD_LISTEN,
};

/* Creates a connected pair, close-on-exec and non-blocking. Returns false with errno on failure. */
bool channel_pair(int fds[static 2]);
/* Sends a message. Returns false if the other side is gone or does not read. */
bool channel_send(int fd, enum channel_type type, const char *text);
/* Like channel_send(), and passes copies of two descriptors. */
bool channel_send_fds(int fd, enum channel_type type, const int fds[static 2]);
/* Receives the next message and discards any descriptors that come with it. */
enum channel_result channel_receive(int fd, struct channel_message *m);
/* Like channel_receive(), but puts two descriptors that come with the message into m->fds. */
enum channel_result channel_receive_fds(int fd, struct channel_message *m);

#endif

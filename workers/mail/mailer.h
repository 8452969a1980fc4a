/* SPDX-License-Identifier: MIT */
/*
 * The process that runs mail.command, outside the worker's sandbox, because it was started before;
 * it shares nothing with the worker but a socket. It handles one message at a time: a packet with
 * the message, then a packet with the outcome. It ends when the worker has closed the socket.
 */
#ifndef LEAT_WORKERS_MAIL_MAILER_H
#define LEAT_WORKERS_MAIL_MAILER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/slice.h"

enum { MAILER_MESSAGE_MAX = 64 << 10, MAILER_WHY_MAX = 128 };

struct mailer {
    int fd; /* readable when there is an outcome; -1: the process is gone */
    pid_t pid;
};

struct mailer_outcome {
    int status; /* exit status of the command, -1 if it has none; 0: the message was accepted */
    char why[MAILER_WHY_MAX];
};

/* Starts the process; call it while there is a single thread. On failure returns false and sets
 * errno. */
bool mailer_open(struct mailer *m, const char *command);
/* Hands over a message; the previous one must have had its outcome. Returns false if the process is
 * gone. */
bool mailer_send(struct mailer *m, struct slice message);
/* Takes the outcome. Returns false if there is none yet. If the process is gone, that is the
 * outcome, and fd becomes -1. */
bool mailer_take(struct mailer *m, struct mailer_outcome *out);
/* Ends the process, and waits for that unless a command is running. */
void mailer_close(struct mailer *m, bool is_running);

/* Runs `leat-worker --mailer COMMAND`, over descriptor 3. Returns the exit code. */
int mailer_run(const char *command);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The process that runs mail.command: outside of the worker's sandbox, which it was started
 * before, and which knows nothing of it but a socket. One message at a time: a packet with the
 * message, a packet with the outcome. It ends when the worker has closed the socket.
 */
#ifndef LEAT_WORKERS_MAIL_MAILER_H
#define LEAT_WORKERS_MAIL_MAILER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/slice.h"

enum { MAILER_MESSAGE_MAX = 64 << 10, MAILER_WHY_MAX = 128 };

struct mailer {
    int fd; /* readable when an outcome has come; -1: it is gone */
    pid_t pid;
};

struct mailer_outcome {
    int status; /* the command's exit status, -1 where it has none; 0: the message is on its way */
    char why[MAILER_WHY_MAX];
};

/* Starts it; call it while there is one thread. False, and errno: it could not be. */
bool mailer_open(struct mailer *m, const char *command);
/* Hands a message over; the one before must have had its outcome. False: the process is gone. */
bool mailer_send(struct mailer *m, struct slice message);
/* Takes the outcome. False: none has come yet; where the process is gone that is the outcome, and
 * fd is -1. */
bool mailer_take(struct mailer *m, struct mailer_outcome *out);
/* Ends it, and waits for that unless a command is running. */
void mailer_close(struct mailer *m, bool is_running);

/* `leat-worker --mailer COMMAND`, over the descriptor 3. Returns the exit code. */
int mailer_run(const char *command);

#endif

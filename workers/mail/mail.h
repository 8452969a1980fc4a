/* SPDX-License-Identifier: MIT */
/*
 * Sends mail to the users of the application: verification, password resets, notices. It leaves
 * through an SMTP server, a command, or into a file, as configured, and never delays an answer:
 * mail_send() queues, and the outcome is a line in the log.
 */
#ifndef LEAT_WORKERS_MAIL_MAIL_H
#define LEAT_WORKERS_MAIL_MAIL_H

#include "lib/core/fault.h"
#include "workers/context.h"

enum mail_kind {
    MAIL_VERIFY_EMAIL,     /* {{link}} or {{token}} proves the address */
    MAIL_RESET_PASSWORD,   /* {{link}} or {{token}} sets a new password */
    MAIL_EMAIL_IN_USE,     /* somebody tried to register an address that has an account */
    MAIL_PASSWORD_CHANGED, /* the password was changed */
    MAIL_FACTOR_ENABLED,   /* a login now needs a second factor */
    MAIL_FACTOR_DISABLED,  /* a login no longer needs a second factor */
    MAIL_KIND_COUNT
};

/* The variables of the texts; NULL is the empty text. */
struct mail_variables {
    const char *link, *token;
    const char *email; /* NULL: the recipient's */
    const char *app;   /* NULL: the name in mail.from, or its domain */
};

/* Opens what the sandbox would forbid: the file, or the process that runs the command. Call it
 * before sandbox_worker(), while there is a single thread. Returns false with
 * *fault on failure. */
bool mail_open(struct worker *w, struct fault *fault);
/* Starts with the texts of the release; call it after http_start(). */
void mail_start(struct worker *w);
/* Repeats failed attempts that are due. Call it every few hundred milliseconds. */
void mail_tick(struct worker *w);
/* Drops messages that still wait, and logs each. */
void mail_close(struct worker *w);

/* Returns whether mail is configured. */
bool mail_is_on(const struct worker *w);
/* Returns whether a message has not left yet. */
bool mail_waits(const struct worker *w);
/* Queues a message to the address `to`; everything is copied. Returns false if mail is off, the
 * address cannot receive mail, or the queue is full (logged). Later the log has mail.sent or
 * mail.failed, with kind and address, never with link or token. */
bool mail_send(struct worker *w, enum mail_kind kind, const char *to,
               const struct mail_variables *v);

#endif

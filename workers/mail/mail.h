/* SPDX-License-Identifier: MIT */
/*
 * Mail to the users of the application: verification, password resets, notices. It leaves through
 * an SMTP server, a command, or into a file, as the configuration says, and never holds up an
 * answer: mail_send() queues, and what becomes of it is a line in the log.
 */
#ifndef LEAT_WORKERS_MAIL_MAIL_H
#define LEAT_WORKERS_MAIL_MAIL_H

#include "workers/context.h"

enum mail_kind {
    MAIL_VERIFY_EMAIL,     /* {{link}} or {{token}} proves the address */
    MAIL_RESET_PASSWORD,   /* {{link}} or {{token}} sets a new password */
    MAIL_EMAIL_IN_USE,     /* somebody registered an address that has an account */
    MAIL_PASSWORD_CHANGED, /* the password was changed */
    MAIL_FACTOR_ENABLED,   /* from now on a login needs a code, too */
    MAIL_FACTOR_DISABLED,  /* and now no more */
    MAIL_KIND_COUNT
};

/* What the texts may name; NULL is the empty text. */
struct mail_variables {
    const char *link, *token;
    const char *email; /* NULL: the address that it goes to */
    const char *app;   /* NULL: the name in mail.from, or its domain */
};

/* Opens what the sandbox would refuse: the file, the process that runs the command. Call it
 * before sandbox_enter(), while there is one thread. False: *why is for free(). */
bool mail_open(struct worker *w, char **why);
/* Takes the texts from the release, and the loop; call it after http_start(). */
void mail_start(struct worker *w);
/* Repeats what failed a while ago. Call it every few hundred ms. */
void mail_tick(struct worker *w);
/* Drops what still waits, with a line in the log for each. */
void mail_close(struct worker *w);

/* Whether mail is configured. */
bool mail_is_on(const struct worker *w);
/* Whether any message has not left yet. */
bool mail_waits(const struct worker *w);
/* Queues a message to the address `to`; everything is copied. False: mail is off, the address is
 * none that mail can go to, or the queue is full (logged). Later the log has mail.sent or
 * mail.failed, with kind and address, never with link or token. */
bool mail_send(struct worker *w, enum mail_kind kind, const char *to,
               const struct mail_variables *v);

#endif

/* SPDX-License-Identifier: MIT */
/* Mail with a token in it, which proves that its reader has the address. */
#ifndef LEAT_WORKERS_ACCOUNTS_MAIL_TOKEN_H
#define LEAT_WORKERS_ACCOUNTS_MAIL_TOKEN_H

#include "workers/accounts/account.h"
#include "workers/mail/mail.h"

/* Makes a token of MAIL_VERIFY_EMAIL or MAIL_RESET_PASSWORD for a->user ({"id"}) and mails it to
 * a->email, once the request has been answered; for nobody (NULL) it does the same but for the
 * mail, so that both take as long. */
void letter_send(struct account *a, enum mail_kind kind, account_fn next);
/* The kind as the store has it. */
const char *letter_kind(enum mail_kind kind);
/* Mail without a token, once the request has been answered. */
void letter_notice(struct account *a, enum mail_kind kind, const char *email);

#endif

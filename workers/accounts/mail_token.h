/* SPDX-License-Identifier: MIT */
/* Sends mail with a token, by which its reader proves to have the address. */
#ifndef LEAT_WORKERS_ACCOUNTS_MAIL_TOKEN_H
#define LEAT_WORKERS_ACCOUNTS_MAIL_TOKEN_H

#include "workers/accounts/account.h"
#include "workers/mail/mail.h"

/* Makes a token of MAIL_VERIFY_EMAIL or MAIL_RESET_PASSWORD for a->user ({"id"}), calls `next`, and
 * mails the token to a->email once the request has been answered. Without a user (NULL) it does all
 * but the mail, so that both cases take equally long. */
void mail_token_send(struct account *a, enum mail_kind kind, account_fn next);
/* Returns the name of the kind in the store. */
const char *mail_token_kind(enum mail_kind kind);
/* Sends mail without a token, once the request has been answered. */
void mail_token_notice(struct account *a, enum mail_kind kind, const char *email);

#endif

/* SPDX-License-Identifier: MIT */
/* Formats a message for sending (RFC 5322): a single text in UTF-8, encoded as far as necessary. */
#ifndef LEAT_WORKERS_MAIL_MAIL_MESSAGE_H
#define LEAT_WORKERS_MAIL_MAIL_MESSAGE_H

#include <stdint.h>

#include "lib/core/buf.h"

struct mail_message {
    struct slice from_name; /* may be empty */
    struct slice from, to;  /* addresses as accepted by lib/core/text/mailbox.h */
    struct slice subject;
    struct slice body; /* lines end with \n */
    uint64_t real_ms;  /* date of the message */
};

/* Appends the message, with lines ending in \r\n. Returns false, and appends nothing, if an address
 * is invalid, the subject or a name has control characters, or a text is not UTF-8. */
bool mail_message_put(struct buf *out, const struct mail_message *m);

#endif

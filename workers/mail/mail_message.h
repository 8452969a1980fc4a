/* SPDX-License-Identifier: MIT */
/* A message as it is sent (RFC 5322): one text in UTF-8, encoded as far as it must be. */
#ifndef LEAT_WORKERS_MAIL_MAIL_MESSAGE_H
#define LEAT_WORKERS_MAIL_MAIL_MESSAGE_H

#include <stdint.h>

#include "lib/core/buf.h"

struct mail_message {
    struct slice from_name; /* may be empty */
    struct slice from, to;  /* addresses, as lib/core/text/mailbox.h has them */
    struct slice subject;
    struct slice body; /* lines end with \n */
    uint64_t real_ms;  /* when */
};

/* Appends it, lines ending with \r\n. False, and nothing is appended: an address is none, the
 * subject or a name has control characters, or something is no UTF-8. */
bool mail_message_put(struct buf *out, const struct mail_message *m);

#endif

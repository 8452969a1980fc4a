/* SPDX-License-Identifier: MIT */
/* Addresses of mail (RFC 5322, 3.4), as far as mail is sent to them: ASCII, no quoting, no
 * comments. Whatever passes can stand in a header and on a line of SMTP as it is. */
#ifndef LEAT_CORE_TEXT_MAILBOX_H
#define LEAT_CORE_TEXT_MAILBOX_H

#include "lib/core/slice.h"

enum { MAILBOX_MAX = 254 };

/* "local@host". */
bool mailbox_is_address(struct slice text);
/* Takes "Name <local@host>" or "local@host" apart; the name is empty where there is none. False:
 * it is neither, or the name has control characters. */
bool mailbox_split(const char *text, struct slice *name, struct slice *address);

#endif

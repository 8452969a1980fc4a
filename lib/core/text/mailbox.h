/* SPDX-License-Identifier: MIT */
/* Mail addresses (RFC 5322, 3.4), restricted to what we send mail to: ASCII, no quoting, no
 * comments. What passes is safe to put into a header and an SMTP command as it is. */
#ifndef LEAT_CORE_TEXT_MAILBOX_H
#define LEAT_CORE_TEXT_MAILBOX_H

#include "lib/core/slice.h"

enum { MAILBOX_MAX = 254 };

/* Returns true if `text` has the form "local@host". */
bool mailbox_is_address(struct slice text);
/* Splits "Name <local@host>" or "local@host"; the name is empty if there is none. Returns false if
 * it is neither, or if the name has control characters. */
bool mailbox_split(const char *text, struct slice *name, struct slice *address);

#endif

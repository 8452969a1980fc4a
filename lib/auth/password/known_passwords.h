/* SPDX-License-Identifier: MIT */
/* The passwords that attackers try first, from known_passwords.def. */
#ifndef LEAT_AUTH_PASSWORD_KNOWN_PASSWORDS_H
#define LEAT_AUTH_PASSWORD_KNOWN_PASSWORDS_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Returns true if `password`, ignoring case, is one of them. */
bool known_passwords_have(struct slice password);

#endif

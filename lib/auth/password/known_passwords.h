/* SPDX-License-Identifier: MIT */
/* The passwords that are tried first: common.def. */
#ifndef LEAT_AUTH_PASSWORD_KNOWN_PASSWORDS_H
#define LEAT_AUTH_PASSWORD_KNOWN_PASSWORDS_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Whether `password`, in upper or lower case, is one of them. */
bool common_has(struct slice password);

#endif

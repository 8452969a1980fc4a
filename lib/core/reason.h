/* SPDX-License-Identifier: MIT */
/*
 * Why a request failed or a connection was closed: a closed list of words, for logs and as labels
 * of metrics. Each error is a reason (reason_of()); reason.def has those that are more exact.
 */
#ifndef LEAT_CORE_REASON_H
#define LEAT_CORE_REASON_H

#include "lib/core/err.h"

enum reason {
    REASON_NONE,
#define ERR(name, status, text) REASON_##name,
#include "lib/core/err.def"
#undef ERR
#define REASON(name, word, text) REASON_##name,
#include "lib/core/reason.def"
#undef REASON
    REASON_COUNT
};

/* Returns the reason that an error is by itself; REASON_NONE for OK. */
static inline enum reason reason_of(enum err err)
{
    return (enum reason)err; /* both enums begin with the rows of err.def */
}

/* Returns the word of a reason ("bad-json"), "" for REASON_NONE. Static. */
const char *reason_word(enum reason reason);

#endif

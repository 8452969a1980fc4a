/* SPDX-License-Identifier: MIT */
/* Error codes of the request path; err.def is the table behind them. 0 is success. */
#ifndef LEAT_CORE_ERR_H
#define LEAT_CORE_ERR_H

enum err {
    OK,
#define ERR(name, status, text) ERR_##name,
#include "lib/core/err.def"
#undef ERR
    ERR_COUNT
};

/* The HTTP status that answers it; 200 for OK. */
int err_status(enum err e);
/* The text that a client may read. Static. */
const char *err_text(enum err e);
/* The name of the code, for logs ("BODY_SIZE"). Static. */
const char *err_name(enum err e);
/* The reason phrase of a status (RFC 9110, 15; RFC 6585), "Unknown" for one without. Static. */
const char *err_reason(int status);

#endif

/* SPDX-License-Identifier: MIT */
/* Error codes of the request path, defined by the table in err.def. 0 is success. */
#ifndef LEAT_CORE_ERR_H
#define LEAT_CORE_ERR_H

enum err {
    OK,
#define ERR(name, status, text) ERR_##name,
#include "lib/core/err.def"
#undef ERR
    ERR_COUNT
};

/* Returns the HTTP status that answers the error, 200 for OK. */
int err_status(enum err e);
/* Returns the text that a client may read. Static. */
const char *err_text(enum err e);
/* Returns the code's name for logs ("BODY_SIZE"). Static. */
const char *err_name(enum err e);
/* Returns the reason phrase of a status (RFC 9110, 15; RFC 6585), or "Unknown". Static. */
const char *err_reason(int status);

#endif

/* SPDX-License-Identifier: MIT */
/* A parsed multipart body, for tests. */
#ifndef LEAT_T_WORKERS_REQUEST_FORM_H
#define LEAT_T_WORKERS_REQUEST_FORM_H

#include "lib/api/request/multipart.h"

#define FORM "Content-Disposition: form-data; name="
#define A FORM "a\r\n\r\n"
#define END "\r\n--B--"

struct form {
    struct arena arena;
    char *body;
    struct multipart_part *parts;
    size_t count;
    struct fault fault;
};

/* Parses an exact-size copy of the body, so that a sanitizer finds an overrun. Free the form in any
 * case. */
bool form_read(struct form *f, const char *body, size_t len, const char *boundary);
void form_free(struct form *f);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The texts of messages. The built-in text of each kind can be replaced by a file KIND.txt in
 * mail.templates, which is read when the release is built:
 *
 *     Subject: Confirm your address for {{app}}
 *
 *     Code: {{token}}
 *
 * A line whose variables are all empty is left out.
 */
#ifndef LEAT_WORKERS_MAIL_MAIL_TEXT_H
#define LEAT_WORKERS_MAIL_MAIL_TEXT_H

#include <json-c/json.h>

#include "lib/core/buf.h"
#include "lib/core/diag.h"
#include "workers/mail/mail.h"

struct mail_text {
    struct slice subject, body; /* contain variables */
};

/* Returns the name of the kind: "verify-email" and so on. Static. */
const char *mail_kind_name(enum mail_kind kind);
/* Reads the texts in `folder` as {KIND: {"subject", "body"}}, for the release; the caller's.
 * Reports errors to `diags`. */
struct json_object *mail_text_load(const char *folder, struct diags *diags);
/* Selects the texts to use: those of the release, borrowed (NULL: none), else the built-in ones. */
void mail_text_read(struct json_object *loaded, struct mail_text out[static MAIL_KIND_COUNT]);
/* Appends `text` with its variables replaced; control characters in their values become spaces. */
void mail_text_put(struct buf *out, struct slice text, const struct mail_variables *v);

#endif

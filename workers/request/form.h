/* SPDX-License-Identifier: MIT */
/* Bodies that are forms become one object: a member a field, as the schema types it. */
#ifndef LEAT_WORKERS_REQUEST_FORM_H
#define LEAT_WORKERS_REQUEST_FORM_H

#include "workers/request/request.h"

/* Opens the folder where files wait, if an operation takes any. False: *why is for free(). */
bool form_open_folder(struct worker *w, const char *folder, char **why);

/* application/x-www-form-urlencoded: sets r->body. */
enum err form_read(struct request *r);
/* multipart/form-data: sets r->body and r->uploads. A file is a part of a field with `format:
 * binary`, or one with a file name where the schema does not say what its text must be (no type, or
 * contentMediaType): in the body it is the empty string, its bytes are the upload's. */
enum err form_read_multipart(struct request *r);
/* The bytes of the first file of that field; data is NULL where there is none. */
struct slice form_find_file(const struct request *r, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* Reads forms as one object, with a member for each field, typed by the schema. */
#ifndef LEAT_WORKERS_REQUEST_FORM_H
#define LEAT_WORKERS_REQUEST_FORM_H

#include "lib/core/fault.h"
#include "workers/request/request.h"

/* Opens the folder for uploads if an operation accepts any. Returns false with
 * *fault on failure. */
bool form_open_folder(struct worker *w, const char *folder, struct fault *fault);

/* Reads application/x-www-form-urlencoded into r->body. */
enum err form_read(struct request *r);
/* Refuses the head of multipart/form-data without a boundary. */
enum err form_check_boundary(struct request *r);
/* Reads multipart/form-data, whose head has been checked, into r->body and r->uploads. A part is a
 * file if its field has `format: binary`, or if it has a file name and the schema does not restrict
 * its text (no type, or contentMediaType). In the body a file is the empty string; its bytes are
 * the upload's. */
enum err form_read_multipart(struct request *r);
/* Returns the bytes of the first file of that field; data is NULL if there is none. */
struct slice form_find_file(const struct request *r, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* Reads and checks the `x-problems` of a document. */
#ifndef LEAT_API_DOCUMENT_XPROBLEMS_H
#define LEAT_API_DOCUMENT_XPROBLEMS_H

#include "lib/api/document/loader.h"

/* Returns the "problems" member of the document's record, or NULL if its errors are problem details
 * (RFC 9457). The caller's. Sets l->problems and l->format. */
struct json_object *xproblems_read(struct loader *l);

#endif

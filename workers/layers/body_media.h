/* SPDX-License-Identifier: MIT */
/* What bodies an operation takes. */
#ifndef LEAT_WORKERS_LAYERS_BODY_MEDIA_H
#define LEAT_WORKERS_LAYERS_BODY_MEDIA_H

#include "workers/request/request.h"

/* Adds to the answer which media types would be taken (W3C LDP, 7.1.2: Accept-Post; RFC 5789, 3.1:
 * Accept-Patch), and returns the error. */
enum err media_refuse(struct request *r);

#endif

/* SPDX-License-Identifier: MIT */
/* Reports which request bodies an operation accepts. */
#ifndef LEAT_WORKERS_LAYERS_BODY_MEDIA_H
#define LEAT_WORKERS_LAYERS_BODY_MEDIA_H

#include "workers/request/request.h"

/* Adds the accepted media types to the answer (W3C LDP, 7.1.2: Accept-Post; RFC 5789, 3.1:
 * Accept-Patch), and returns the error to answer with. */
enum err body_media_refuse(struct request *r);

#endif

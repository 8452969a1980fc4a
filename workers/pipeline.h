/* SPDX-License-Identifier: MIT */
/* Decides the order in which a request passes the layers; pipeline.c is the whole truth about it.
 */
#ifndef LEAT_WORKERS_PIPELINE_H
#define LEAT_WORKERS_PIPELINE_H

/* Call it before the first request. */
void pipeline_open(void);

#endif

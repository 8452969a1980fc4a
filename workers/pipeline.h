/* SPDX-License-Identifier: MIT */
/* Decides the order in which a request passes the layers; the table in pipeline.c is complete. */
#ifndef LEAT_WORKERS_PIPELINE_H
#define LEAT_WORKERS_PIPELINE_H

/* Installs the layers; call it before the first request. */
void pipeline_open(void);

#endif

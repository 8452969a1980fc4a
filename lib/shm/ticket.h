/* SPDX-License-Identifier: MIT */
/* The keys of TLS session tickets. The master makes them in turn and every worker uses them, so a
 * session can be resumed at any worker, and after a reload. */
#ifndef LEAT_SHM_TICKET_H
#define LEAT_SHM_TICKET_H

#include <stdbool.h>

#include "lib/shm/layout.h"

/* Makes a new key if there is none or the newest is `max_age_ns` old. For masters only. */
void ticket_rotate(struct shm *shm, uint64_t now_ns, uint64_t max_age_ns);
/* Copies the key that encrypts new tickets. Returns false if there is none. */
bool ticket_newest(struct shm *shm, struct shm_ticket *out);
/* Copies the key called `name` if it is the newest or one of the two before; *is_newest tells
 * which. */
bool ticket_find(struct shm *shm, const unsigned char name[static 16], struct shm_ticket *out,
                 bool *is_newest);

#endif

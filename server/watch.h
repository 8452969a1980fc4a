/* SPDX-License-Identifier: MIT */
/* What the master checks each second: workers, alarm, ticket keys, and damage that a worker may
 * have done to what all share. It also feeds the service manager's watchdog. */
#ifndef LEAT_SERVER_WATCH_H
#define LEAT_SERVER_WATCH_H

struct master;

void watch_start(struct master *m);
/* Makes the next ticket key if there is none, or the newest is too old. */
void watch_tickets(struct master *m);
/* Closes the timers, so that the loop can end. */
void watch_stop(struct master *m);

#endif

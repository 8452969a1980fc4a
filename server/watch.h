/* SPDX-License-Identifier: MIT */
/* What the master looks at each second: workers, alarm, ticket keys, and whether a worker has done
 * harm to what all share; and the service manager's watchdog, which it feeds. */
#ifndef LEAT_SERVER_WATCH_H
#define LEAT_SERVER_WATCH_H

struct master;

void watch_start(struct master *m);
/* Makes the next ticket key where the newest is too old, or there is none. */
void watch_tickets(struct master *m);
/* Lets the loop end. */
void watch_stop(struct master *m);

#endif

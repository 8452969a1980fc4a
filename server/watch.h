/* SPDX-License-Identifier: MIT */
/* What the master looks at each second: workers, alarm, ticket keys; and the service manager's
 * watchdog, which it feeds. */
#ifndef LEAT_SERVER_WATCH_H
#define LEAT_SERVER_WATCH_H

struct master;

void watch_start(struct master *m);
/* Lets the loop end. */
void watch_stop(struct master *m);

#endif

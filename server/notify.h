/* SPDX-License-Identifier: MIT */
/* What a service manager wants to hear (sd_notify(3)), where one listens. */
#ifndef LEAT_SERVER_NOTIFY_H
#define LEAT_SERVER_NOTIFY_H

#include <stdint.h>

/* Sends "NAME=value\n…" to $NOTIFY_SOCKET; does nothing without one. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How often the watchdog of the service manager must be fed, in ms: half of $WATCHDOG_USEC; 0 if it
 * has none. */
uint64_t notify_watchdog_ms(void);

#endif

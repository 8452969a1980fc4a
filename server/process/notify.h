/* SPDX-License-Identifier: MIT */
/* Sends status to a service manager (sd_notify(3)), if there is one. */
#ifndef LEAT_SERVER_PROCESS_NOTIFY_H
#define LEAT_SERVER_PROCESS_NOTIFY_H

#include <stdint.h>

/* Sends "NAME=value\n…" to $NOTIFY_SOCKET; does nothing without one. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Returns how often to feed the service manager's watchdog, in ms: half of $WATCHDOG_USEC; 0 if it
 * has none. */
uint64_t notify_watchdog_ms(void);

#endif

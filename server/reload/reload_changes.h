/* SPDX-License-Identifier: MIT */
/* What a reload has changed: names, for status and the log. */
#ifndef LEAT_SERVER_RELOAD_RELOAD_CHANGES_H
#define LEAT_SERVER_RELOAD_RELOAD_CHANGES_H

#include "server/reload/reload.h"

/* Returns the paths of the keys that are read only at the start, and differ in `config` from the
 * values in force. The caller's. */
struct json_object *reload_changes_restart(const struct reload *r, struct json_object *config);
/* Takes what the release of fleet->starting says that it changes, adds the keys that need a
 * restart, and logs it all. The first start changes nothing, and neither does a renewal. */
void reload_changes_take(struct reload *r);
/* Forgets it, because a reload has failed. */
void reload_changes_forget(struct reload *r);

#endif

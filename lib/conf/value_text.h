/* SPDX-License-Identifier: MIT */
/* Describes keys of the configuration for people, by the texts of conf_types.def. This is not in
 * value.h, because the master prints the sample file but reads no YAML. Internal to lib/conf. */
#ifndef LEAT_CONF_VALUE_TEXT_H
#define LEAT_CONF_VALUE_TEXT_H

#include "lib/conf/conf.h"
#include "lib/core/buf.h"

/* Appends what errors say is allowed, what the sample file says of the range, and the default as
 * the sample file has it. */
void value_put_allowed(struct buf *out, const struct conf_key *key);
void value_put_range(struct buf *out, const struct conf_key *key);
void value_put_default(struct buf *out, const struct conf_key *key);

#endif

/* SPDX-License-Identifier: MIT */
/* When a TLS certificate expires. Source: RFC 5280, 4.1.2.5. */
#ifndef LEAT_AUTH_SECRET_CERTIFICATE_H
#define LEAT_AUTH_SECRET_CERTIFICATE_H

#include <stdint.h>

#include "lib/core/slice.h"

/* Returns when the first certificate of the chain `pem` to expire does so, in seconds since 1970;
 * 0 if there is no certificate in it. */
int64_t certificate_until(struct slice pem);

#endif

/* SPDX-License-Identifier: MIT */
#include "workers/commands/certificates.h"

#include <stdlib.h>
#include <string.h>

#include "lib/auth/secret/certificate.h"
#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/json/mark.h"
#include "lib/core/system/file.h"
#include "lib/shm/layout_counts.h"

enum { PEM_MAX = 1 << 20 };

static bool read_pem(const char *reference, struct buf *out)
{
    const char *name = strchr(reference, ':');
    const char *value;

    if (name && strncmp(reference, "file:", 5) == 0)
        return file_read(name + 1, PEM_MAX, out);
    value = name ? getenv(name + 1) : NULL;
    buf_puts(out, value ? value : "");
    return value;
}

static void check_certificate(void *arg, struct json_object *value)
{
    const char *reference = json_object_get_string(value);
    int64_t now = (int64_t)(clock_real_ms() / 1000), until = 0;
    struct buf pem = {0};
    char text[CLOCK_TEXT];

    if (read_pem(reference, &pem))
        until = certificate_until(buf_slice(&pem));
    buf_fini(&pem);
    if (!until || until - now >= CERTIFICATE_WARN_S)
        return;
    clock_rfc3339((uint64_t)until * 1000, text);
    diag_warn(arg, mark_where(value), "listen: the certificate %s %s %s", reference,
              until <= now ? "expired at" : "expires at", text);
}

void certificates_check(struct json_object *config, struct diags *diags)
{
    conf_each(config, "listen[].tls.certificates[].certificate", check_certificate, diags);
}

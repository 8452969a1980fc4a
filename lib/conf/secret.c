/* SPDX-License-Identifier: MIT */
#include "lib/conf/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/buf.h"
#include "lib/core/file.h"
#include "lib/core/memfd.h"

enum { SECRET_MIN = 16, SECRET_MAX = 4096 };

static bool read_secret(const char *reference, struct buf *out, struct diags *diags)
{
    const char *name = strchr(reference, ':') + 1;

    if (strncmp(reference, "env:", 4) == 0) {
        if (!getenv(name)) {
            diag_error(diags, NULL, "secret: the environment has no %s", name);
            return false;
        }
        buf_puts(out, getenv(name));
    } else if (!file_read(name, SECRET_MAX + 2, out)) { /* and its line end */
        diag_error(diags, NULL, "secret: %s: cannot be read: %s", name, strerror(errno));
        return false;
    }
    while (out->len && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
        out->len--;
    if (out->len >= SECRET_MIN && out->len <= SECRET_MAX)
        return true;
    diag_error(diags, NULL, "secret: %s must have from %d to %d bytes", reference, SECRET_MIN,
               SECRET_MAX);
    return false;
}

bool secret_open(const char *reference, int *fd, struct diags *diags)
{
    struct buf text = {0};
    bool ok = !reference || read_secret(reference, &text, diags);

    *fd = ok ? memfd_new("leat-secret") : -1;
    if (ok && (*fd < 0 || !memfd_write(*fd, text.data, text.len) || !memfd_seal(*fd))) {
        diag_error(diags, NULL, "secret: %s", strerror(errno));
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    }
    if (text.data)
        explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    return *fd >= 0;
}

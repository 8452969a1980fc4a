/* SPDX-License-Identifier: MIT */
/* The file is a sequence of records: size of the reference, size of the bytes, the reference, the
 * bytes. */
#include "lib/conf/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/system/memfd.h"

struct record {
    uint32_t reference_len, len;
};

struct collector {
    const struct conf_key *key;
    struct buf *file;
    struct diags *diags;
};

static bool read_reference(struct collector *c, const char *reference, struct buf *out)
{
    const char *name = strchr(reference, ':') + 1;
    size_t max = (size_t)c->key->max;

    if (strncmp(reference, "env:", 4) == 0) {
        if (!getenv(name)) {
            diag_error(c->diags, NULL, "%s: the environment variable %s is not set", c->key->path,
                       name);
            return false;
        }
        buf_puts(out, getenv(name));
    } else if (!file_read(name, max + 2, out)) { /* with its line end */
        diag_error(c->diags, NULL, "%s: %s: cannot be read: %s", c->key->path, name,
                   strerror(errno));
        return false;
    }
    while (out->len && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
        out->len--;
    if (out->len >= (size_t)c->key->min && out->len <= max)
        return true;
    diag_error(c->diags, NULL, "%s: %s must have from %lld to %lld bytes", c->key->path, reference,
               c->key->min, c->key->max);
    return false;
}

static void wipe(struct buf *b)
{
    if (b->data)
        explicit_bzero(b->data, b->cap);
    buf_fini(b);
}

static void collect_reference(void *arg, struct json_object *value)
{
    struct collector *c = arg;
    const char *reference = json_object_get_string(value);
    struct buf bytes = {0};

    if (secret_find(buf_slice(c->file), reference).data)
        return;
    if (read_reference(c, reference, &bytes)) {
        struct record r = {(uint32_t)strlen(reference), (uint32_t)bytes.len};

        buf_put(c->file, &r, sizeof(r));
        buf_puts(c->file, reference);
        buf_put(c->file, bytes.data, bytes.len);
    }
    wipe(&bytes);
}

bool secret_collect(struct json_object *config, int *fd, struct diags *diags)
{
    struct buf file = {0};
    size_t before = diags->errors;

    for (size_t i = 0; i < conf_key_count; i++) {
        struct collector c = {.key = &conf_keys[i], .file = &file, .diags = diags};

        if (c.key->type == CONF_SECRET || c.key->type == CONF_PEM)
            conf_each(config, c.key->path, collect_reference, &c);
    }
    *fd = diags->errors == before ? memfd_new("leat-secrets") : -1;
    if (diags->errors == before &&
        (*fd < 0 || !memfd_write(*fd, file.data, file.len) || !memfd_seal(*fd))) {
        diag_error(diags, NULL, "storing the secrets: %s", strerror(errno));
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    }
    wipe(&file);
    return *fd >= 0;
}

struct slice secret_find(struct slice file, const char *reference)
{
    struct record r;

    for (size_t at = 0; reference && file.len - at >= sizeof(r); at += r.reference_len + r.len) {
        memcpy(&r, file.data + at, sizeof(r));
        at += sizeof(r);
        if (slice_is((struct slice){file.data + at, r.reference_len}, reference))
            return (struct slice){file.data + at + r.reference_len, r.len};
    }
    return (struct slice){NULL, 0};
}

/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/auth/jose/keyset.h"
#include "lib/core/system/file.h"
#include "lib/core/memory.h"
#include "lib/core/json/jwrite.h"

enum { KEYS_KEPT = 3, FILE_MAX = 1 << 20, SET_MAX = 64 };

static bool fail(const char *path, const char *what, struct fault *fault)
{
    return fault_set(fault, "%s: %s", path, what);
}

static bool write_all(int fd, const struct buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);

        if (n < 0)
            return false;
        at += (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Replaces the file. With `is_new`, a file that someone else created meanwhile is kept. */
static bool replace(const char *path, const struct buf *text, bool is_new, struct fault *fault)
{
    char *temporary;
    int fd;
    bool ok;

    temporary = xasprintf("%s.new-XXXXXX", path);
    file_make_parent(path);
    fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    ok = fd >= 0 && write_all(fd, text) &&
         (is_new ? link(temporary, path) == 0 || errno == EEXIST : rename(temporary, path) == 0);
    if (!ok)
        fail(path, strerror(errno), fault);
    if (fd >= 0) {
        close(fd);
        unlink(temporary); /* already gone after a rename */
    }
    free(temporary);
    return ok;
}

static void put_key(struct buf *out, struct jwk *key)
{
    struct json_object *json = jwk_private(key);

    jwrite_value(out, json);
    json_object_put(json);
}

static bool write_set(const char *path, enum jose_alg alg, const struct keyset *old,
                      struct fault *fault)
{
    struct jwk *fresh = jwk_generate(alg);
    size_t kept = old ? keyset_count(old) : 0;
    struct buf text = {0};
    bool ok;

    buf_puts(&text, "{\"keys\":[");
    put_key(&text, fresh);
    for (size_t i = 0; i < kept && i + 1 < KEYS_KEPT; i++) {
        buf_putc(&text, ',');
        put_key(&text, keyset_at(old, i));
    }
    buf_puts(&text, "]}\n");
    ok = replace(path, &text, !old, fault);
    explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    jwk_free(&fresh);
    return ok;
}

bool keyfile_ensure(const char *path, enum jose_alg alg, struct fault *fault)
{
    return access(path, F_OK) == 0 || write_set(path, alg, NULL, fault);
}

/* Opens the file and locks it until it is closed, so that only one rotation runs at a time:
 * otherwise a key that already signs could be lost. Returns -1 with errno on failure. A file that
 * was waited for may have been replaced. */
static int lock(const char *path)
{
    struct stat own, now;
    bool ok = true;
    int fd = -1;

    while (ok && (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) >= 0) {
        ok = flock(fd, LOCK_EX) == 0 && fstat(fd, &own) == 0 && stat(path, &now) == 0;
        if (ok && own.st_ino == now.st_ino)
            return fd;
        close(fd);
    }
    return -1;
}

static bool rotate_file(const char *path, enum jose_alg alg, struct fault *fault)
{
    struct buf text = {0};
    struct keyset *old = NULL;
    bool ok;

    if (!file_read(path, FILE_MAX, &text))
        ok = fail(path, strerror(errno), fault);
    else if (!keyset_read(buf_slice(&text), SET_MAX, &old, fault))
        ok = fault_add_context(fault, "%s", path);
    else
        ok = write_set(path, alg, old, fault);
    if (text.data)
        explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    keyset_free(&old);
    return ok;
}

bool keyfile_rotate(const char *path, enum jose_alg alg, struct fault *fault)
{
    int fd = lock(path);
    bool ok = fd >= 0 ? rotate_file(path, alg, fault) : fail(path, strerror(errno), fault);

    if (fd >= 0)
        close(fd);
    return ok;
}

/* SPDX-License-Identifier: MIT */
/*
 * The input is a line with the name of a cookie and, behind it, a Cookie field. What is found lies
 * in the field, whichever way that is cut at its semicolons and written again. The value is offered
 * as each of the sealed cookies, which it is none of; one that is sealed here is opened as it is,
 * and not where a byte of it is another.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/auth/oidc/oauth_state.h"
#include "lib/auth/secret/device.h"
#include "lib/core/buf.h"
#include "lib/core/text/cookie.h"

static const unsigned char key[SEAL_KEY] = "the key of the fuzz target only";
static const char email[] = "ann@example.org";

static bool is_same(struct slice a, struct slice b)
{
    return !a.data == !b.data && a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static void check_value(struct slice value, const char *name, struct slice field)
{
    size_t len = strlen(name);

    assert(fuzz_lies_in(value, field) && !memchr(value.data, ';', value.len));
    assert((size_t)(value.data - field.data) >= len);
    if (value.len) /* an empty one may be a name alone */
        assert((size_t)(value.data - field.data) > len && value.data[-1] == '=' &&
               memcmp(value.data - 1 - len, name, len) == 0);
}

/* The first of two parts has it, or else the second. */
static void check_cut(struct slice field, const char *name, struct slice found)
{
    struct slice rest = field;

    while (rest.len) {
        struct slice before, value;

        slice_cut(&rest, ';');
        before = (struct slice){field.data, field.len - rest.len};
        value = cookie_find(before, name);
        assert(is_same(value.data ? value : cookie_find(rest, name), found));
    }
}

/* Two fields are joined as exchange.c does, and pairs have lost the space around them. */
static void check_rewritten(struct slice field, const char *name, struct slice found)
{
    struct buf text = {0};

    while (field.len) {
        struct slice pair = slice_trim(slice_cut(&field, ';'));

        buf_puts(&text, text.len ? "; " : "");
        buf_put(&text, pair.data, pair.len);
    }
    assert(is_same(cookie_find(buf_slice(&text), name), found));
    buf_fini(&text);
}

static bool open_device(struct slice text)
{
    char id[DEVICE_ID];
    bool ok = device_open(key, email, text, 0, id);

    assert(!ok || strlen(id) == DEVICE_ID - 1);
    return ok;
}

static bool open_attempt(struct slice text)
{
    struct oauth_state a;

    return oauth_state_open(&a, key, text, 0);
}

/* `damage` says which byte, counted from the last, becomes which: its lowest bits may mean nothing.
 */
static void check_sealed(struct buf *sealed, struct slice damage,
                         bool (*open_sealed)(struct slice text))
{
    struct slice was = buf_slice(sealed);
    size_t back =
        ((unsigned char)damage.data[0] << 8 | (unsigned char)damage.data[1]) % sealed->len;
    size_t at = sealed->len - 1 - back;
    char byte = sealed->data[at];

    assert(open_sealed(was));
    sealed->data[at] = damage.data[2];
    assert(open_sealed(was) == (damage.data[2] == byte));
    sealed->data[at] = byte;
    assert(!open_sealed((struct slice){was.data, at}));
}

static void check_seals(struct slice value)
{
    static struct buf device, oauth;

    if (!device.data) {
        struct oauth_state a;

        device_seal(key, email, 0, &device);
        oauth_state_begin(&a, "provider", 0);
        oauth_state_seal(&a, key, &oauth);
    }
    assert(!open_device(value) && !open_attempt(value));
    assert(!open_device(buf_slice(&oauth)) && !open_attempt(buf_slice(&device)));
    if (value.len >= 3) {
        check_sealed(&device, value, open_device);
        check_sealed(&oauth, value, open_attempt);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice field = {(const char *)data, size}, line = fuzz_line(&field), found;
    char *name;

    if (!line.len || memchr(line.data, '\0', line.len))
        return 0;
    name = strndup(line.data, line.len);
    found = cookie_find(field, name);
    check_cut(field, name, found);
    check_rewritten(field, name, found);
    if (found.data) {
        check_value(found, name, field);
        check_seals(found);
    }
    free(name);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "lib/conf/release.h"

#include <errno.h>
#include <string.h>

#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/system/memfd.h"

bool release_write(int fd, struct json_object *release)
{
    struct buf text = {0};
    bool ok;

    jwrite_value(&text, release);
    ok = memfd_write(fd, text.data, text.len);
    buf_fini(&text);
    return ok;
}

struct json_object *release_read(int fd, enum release_extent extent, struct fault *fault)
{
    static const struct jread_lazy left_out[] = {
        [RELEASE_HEAD] = {1, "sources|documents|migrations"},
        [RELEASE_RECORDS] = {3, "operations|published"},
        [RELEASE_WHOLE] = {0, ""}};
    struct json_object *release = NULL;
    struct jread_fault unread;
    struct slice map;

    if (!memfd_is_sealed(fd)) {
        fault_set(fault, "the release is not sealed");
        return NULL;
    }
    map = memfd_map(fd);
    if (!map.data) {
        fault_set(fault, "%s", strerror(errno));
        return NULL;
    }
    if (!jread_lazily(map.data, map.len, RELEASE_DEPTH, &left_out[extent], &release, &unread)) {
        fault_set(fault, "the release cannot be read");
    } else if (json_object_get_int(json_object_object_get(release, "format")) != RELEASE_FORMAT) {
        fault_set(fault,
                  "the release has a different format; leat and leat-worker differ in version");
        json_object_put(release);
        release = NULL;
    }
    memfd_unmap(map);
    return release;
}

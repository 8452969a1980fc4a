/* SPDX-License-Identifier: MIT */
/*
 * The release: everything that a generation of workers needs, as one immutable JSON document in a
 * sealed memory file. `leat-worker --check` builds it, the master keeps it, and every worker of the
 * generation runs from it, whatever happens to the files in the meantime.
 *
 *     {"format": 1,
 *      "config":     {…},                  lib/conf/conf.h, defaults filled in
 *      "sources":    {"workers": "leat.yaml:3:10", …},
 *      "documents":  [{…}],                lib/api/document/document.h
 *      "migrations": [{…}],                lib/db/migration/migration.h
 *      "templates":  {…},                  workers/mail/mail_text.h; may be null
 *      "hash":       "sha256:…",           of all members before it, shown to operators
 *      "changes":    {…}}                  workers/commands/compare_releases.h; absent in the first
 */
#ifndef LEAT_CONF_RELEASE_H
#define LEAT_CONF_RELEASE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/fault.h"

enum { RELEASE_FORMAT = 1, RELEASE_DEPTH = 256 };

/* Writes `release` to an unsealed memory file. Returns false with errno on failure. */
bool release_write(int fd, struct json_object *release);
/* The extent to which a release is read. Members left out are present as their place in the text
 * (lib/core/json/jread.h). */
enum release_extent {
    RELEASE_HEAD,    /* the configuration and the hash, which is everything that the master needs */
    RELEASE_RECORDS, /* the documents without their operations and published texts */
    RELEASE_WHOLE,
};

/* Reads a release; the result is the caller's. Returns NULL, with *fault, if the file is not
 * sealed, not a release, or of another format. */
struct json_object *release_read(int fd, enum release_extent extent, struct fault *fault);

#endif

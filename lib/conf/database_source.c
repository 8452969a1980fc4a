/* SPDX-License-Identifier: MIT */
#include "lib/conf/database_source.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "lib/conf/conf.h"
#include "lib/core/json/mark.h"

#define URL "database.url"
#define PATH "database.path"

static const char sqlite[] = "sqlite:";

/* The schemes that are understood. A row without a fault has an engine. */
static const struct {
    const char *name; /* with its colon; RFC 3986, 3.1: case does not matter */
    const char *fault;
} schemes[] = {
    {sqlite, NULL},
    {"postgresql:", "this build has no PostgreSQL engine"},
    {"postgres:", "this build has no PostgreSQL engine"},
};

/* Returns why the text after "sqlite:" is no path of a file, or NULL. What other programs read as a
 * host, as parameters or as a database in memory would silently become a strange file name. */
static const char *path_fault(const char *path)
{
    if (!*path)
        return "names no file";
    if (strncmp(path, "//", 2) == 0 && path[2] != '/')
        return "a host is not possible; write sqlite:PATH or sqlite:///PATH";
    if (strpbrk(path, "?#"))
        return "parameters are not possible";
    if (strcmp(path, ":memory:") == 0)
        return "a database in memory cannot be shared by the workers";
    return NULL;
}

const char *database_url_path(const char *url, struct fault *fault)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t len = strlen(schemes[i].name);
        const char *reason;

        if (strncasecmp(url, schemes[i].name, len) != 0)
            continue;
        reason = schemes[i].fault ? schemes[i].fault : path_fault(url + len);
        if (!reason)
            return url + len + (strncmp(url + len, "///", 3) == 0 ? 2 : 0);
        fault_set(fault, "%s", reason);
        return NULL;
    }
    fault_set(fault, "unknown scheme; known are sqlite and postgresql");
    return NULL;
}

/* Returns the path in the URL, which the loader has checked and brought into this form. */
static const char *path_of_url(struct json_object *config)
{
    const char *url = conf_string(config, URL);

    assert(!url || strncmp(url, sqlite, strlen(sqlite)) == 0);
    return url ? url + strlen(sqlite) : NULL;
}

struct database_source database_source_of(struct json_object *config)
{
    const char *path = path_of_url(config);

    if (path)
        return (struct database_source){path, URL, conf_get(config, URL)};
    path = conf_string(config, PATH);
    return (struct database_source){path, path ? PATH : URL, conf_get(config, PATH)};
}

void database_source_check(struct json_object *config, struct diags *diags)
{
    const char *url = path_of_url(config), *path = conf_string(config, PATH);

    if (url && path && strcmp(url, path) != 0)
        diag_error(diags, mark_where(conf_get(config, URL)),
                   "database.url: names another file than database.path; set only one of them");
}

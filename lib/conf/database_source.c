/* SPDX-License-Identifier: MIT */
#include "lib/conf/database_source.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "lib/conf/conf.h"
#include "lib/conf/postgresql_url.h"

#define URL "database.url"
#define PATH "database.path"

static const char sqlite[] = "sqlite", postgresql[] = "postgresql";

static const char *path_fault(const char *path);

/* The schemes that are understood; RFC 3986, 3.1: case does not matter. */
static const struct {
    const char *scheme, *engine;
    const char *(*fault)(const char *rest); /* of what follows the colon */
} schemes[] = {
    {"sqlite", sqlite, path_fault},
    {"postgresql", postgresql, postgresql_url_fault},
    {"postgres", postgresql, postgresql_url_fault},
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

bool database_url_parse(const char *url, struct database_url *out, struct fault *fault)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t len = strlen(schemes[i].scheme);
        const char *reason;

        if (strncasecmp(url, schemes[i].scheme, len) != 0 || url[len] != ':')
            continue;
        *out = (struct database_url){schemes[i].engine, url + len + 1};
        reason = schemes[i].fault(out->rest);
        if (reason)
            return fault_set(fault, "%s", reason);
        if (out->engine == sqlite && strncmp(out->rest, "///", 3) == 0)
            out->rest += 2;
        return true;
    }
    return fault_set(fault, "unknown scheme; known are sqlite and postgresql");
}

/* Returns what follows the scheme of the URL, which the loader has brought into its normal form, or
 * NULL if it is of another engine. */
static const char *rest_of(const char *url, const char *engine)
{
    size_t len = strlen(engine);

    return url && strncmp(url, engine, len) == 0 && url[len] == ':' ? url + len + 1 : NULL;
}

struct database_source database_source_of(struct json_object *config)
{
    const char *url = conf_string(config, URL), *path = rest_of(url, sqlite);
    struct database_source source = {
        .engine = sqlite, .path = path, .key = URL, .value = conf_get(config, URL)};

    if (url && !path) {
        assert(rest_of(url, postgresql));
        source.engine = postgresql;
        source.url = url;
    } else if (!url) {
        source.path = conf_string(config, PATH);
        source.key = source.path ? PATH : URL;
        source.value = conf_get(config, PATH);
    }
    return source;
}

const char *database_source_text(struct json_object *config)
{
    struct database_source source = database_source_of(config);

    return source.url ? source.url : source.path;
}

/* SPDX-License-Identifier: MIT */
/* Parameters are an allow-list: one that names a secret, or that changes what Leat itself sets for
 * each connection, would otherwise pass silently. */
#include "lib/conf/postgresql_url.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/slice.h"

static const char no_password[] =
    "must not contain a password; a login by peer authentication or a network rule needs none";

/* The parameters that are understood. */
static const struct {
    const char *name;
    const char *choices; /* "a|b", or NULL for any text */
    const char *fault;   /* why it is not allowed, or NULL */
} parameters[] = {
    {"sslmode", "disable|allow|prefer|require|verify-ca|verify-full", NULL},
    {"target_session_attrs", "any|read-write|read-only|primary|standby|prefer-standby", NULL},
    {"channel_binding", "disable|prefer|require", NULL},
    {"gssencmode", "disable|prefer|require", NULL},
    {"sslrootcert", NULL, NULL},
    {"sslcert", NULL, NULL},
    {"sslkey", NULL, NULL},
    {"sslcrl", NULL, NULL},
    {"ssl_min_protocol_version", "TLSv1.2|TLSv1.3", NULL},
    {"application_name", NULL, NULL},
    {"connect_timeout", NULL, NULL},
    {"keepalives", "0|1", NULL},
    {"keepalives_idle", NULL, NULL},
    {"keepalives_interval", NULL, NULL},
    {"keepalives_count", NULL, NULL},
    {"tcp_user_timeout", NULL, NULL},
    {"host", NULL, NULL}, /* the folder of a Unix socket, for example */
    {"port", NULL, NULL},
    {"user", NULL, NULL},
    {"passfile", NULL, no_password},
    {"password", NULL, no_password},
    {"sslpassword", NULL, no_password},
    {"dbname", NULL, "the database is named in the path: postgresql://host/database"},
    {"options", NULL, "options are not possible; Leat sets what it needs"},
};

static bool is_encoded(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%')
            continue;
        if (i + 2 >= text.len || !isxdigit((unsigned char)text.data[i + 1]) ||
            !isxdigit((unsigned char)text.data[i + 2]) || strncmp(text.data + i, "%00", 3) == 0)
            return false;
    }
    return true;
}

static bool is_port(struct slice text)
{
    long port = 0;

    if (!text.len || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char)text.data[i]))
            return false;
        port = port * 10 + (text.data[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

/* Checks one of the hosts: a name, an address, [v6], or the encoded folder of a socket. It may be
 * empty, which is libpq's default. */
static const char *host_fault(struct slice host)
{
    const char *end = host.data + host.len, *at = host.data;

    if (host.len && *at == '[') {
        at = memchr(at, ']', host.len);
        if (!at)
            return "the address in [ ] does not end";
        at++;
    } else {
        while (at < end && *at != ':')
            at++;
    }
    if (at < end && *at != ':')
        return "after an address in [ ], only a port is possible";
    return at == end || is_port((struct slice){at + 1, (size_t)(end - at) - 1})
               ? NULL
               : "a port must be from 1 to 65535";
}

static const char *authority_fault(struct slice authority)
{
    const char *at = authority.len ? memchr(authority.data, '@', authority.len) : NULL;
    struct slice user = {authority.data, at ? (size_t)(at - authority.data) : 0};
    const char *fault = NULL;

    if (user.len && memchr(user.data, ':', user.len))
        return no_password;
    if (at)
        authority = (struct slice){at + 1, authority.len - user.len - 1};
    if (!authority.len)
        return NULL;
    if (memchr(authority.data, '@', authority.len))
        return "an @ in the name of a user is written %40";
    for (bool is_last = false; !is_last && !fault;) {
        is_last = !memchr(authority.data, ',', authority.len);
        fault = host_fault(slice_cut(&authority, ','));
    }
    return fault;
}

static const char *parameter_fault(struct slice parameter)
{
    struct slice name = slice_cut(&parameter, '=');

    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
        char value[32];

        if (!slice_is(name, parameters[i].name))
            continue;
        if (parameters[i].fault)
            return parameters[i].fault;
        snprintf(value, sizeof(value), "%.*s", (int)parameter.len, parameter.data);
        return !parameters[i].choices || slice_is_choice(parameters[i].choices, value)
                   ? NULL
                   : "a parameter has a value that is not known";
    }
    return "has a parameter that is not known";
}

const char *postgresql_url_fault(const char *text)
{
    struct slice rest = slice_of(text), authority, path;
    const char *fault;
    size_t len;

    if (strncmp(text, "//", 2) != 0)
        return "must be postgresql://user@host/database";
    if (!is_encoded(rest))
        return "a % is written %25";
    if (strchr(text, '#'))
        return "a # is written %23";
    len = strcspn(text + 2, "/?");
    authority = (struct slice){text + 2, len};
    rest = slice_of(text + 2 + len);
    path = slice_cut(&rest, '?');
    fault = authority_fault(authority);
    while (!fault && rest.len)
        fault = parameter_fault(slice_cut(&rest, '&'));
    if (!fault && path.len < 2)
        fault = "names no database; write postgresql://user@host/database";
    return fault;
}

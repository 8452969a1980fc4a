/* SPDX-License-Identifier: MIT */
/* Rules about several keys at once, which the table cannot express. They run only on a
 * configuration whose values are all valid and complete, so they need no type checks. Each reports
 * at the mark of the value to change; a value without a mark is a default. */
#include "lib/conf/conf_rules.h"

#include <string.h>
#include <sys/un.h>

#include "lib/conf/database_keys.h"
#include "lib/conf/database_source.h"
#include "lib/conf/file_clash.h"
#include "lib/core/arena.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/origin.h"
#include "lib/core/text/scope.h"
#include "lib/core/slice.h"

/* Requires client-ca wherever tls.client is set: without it the listener would ask for no
 * certificates at all. Only a value from the file counts, which has a mark. */
static void check_clients(struct json_object *config, struct diags *diags)
{
    struct json_object *listeners = conf_get(config, "listen");

    for (size_t i = 0; listeners && i < json_object_array_length(listeners); i++) {
        struct json_object *tls = conf_get(json_object_array_get_idx(listeners, i), "tls");
        struct json_object *client = tls ? conf_get(tls, "client") : NULL;

        if (client && mark_of(client) && !conf_get(tls, "client-ca"))
            diag_error(diags, mark_where(client), "listen[].tls.client: requires client-ca");
    }
}

static void check_socket_path(const char *key, struct json_object *value, const char *path,
                              struct diags *diags)
{
    static const size_t longest = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

    if (strlen(path) > longest)
        diag_error(diags, mark_where(value),
                   "%s: the path of a socket has at most %zu bytes; this one has %zu: %s", key,
                   longest, strlen(path), path);
}

/* Refuses an address that was listed before: both items would share one socket, and a connection
 * be served as either says. file_clash_check() finds two paths of one Unix socket. */
static void check_addresses(struct json_object *config, struct diags *diags)
{
    static const char key[] = "listen[].address";
    struct json_object *listeners = conf_get(config, "listen"), *seen = json_object_new_object();

    for (size_t i = 0; listeners && i < json_object_array_length(listeners); i++) {
        struct json_object *value = conf_get(json_object_array_get_idx(listeners, i), "address");
        const char *address = json_object_get_string(value);

        if (strncmp(address, "unix:", 5) == 0)
            check_socket_path(key, value, address + 5, diags);
        else if (json_object_object_get_ex(seen, address, NULL))
            diag_error(diags, mark_where(value), "%s: %s is listed twice", key, address);
        json_object_object_add(seen, address, NULL);
    }
    json_object_put(seen);
    check_socket_path("control.socket", conf_get(config, "control.socket"),
                      conf_string(config, "control.socket"), diags);
}

/* Refuses * where credentials are allowed. Of origins it would let any web page act as the user who
 * visits it; of headers browsers then take it as the name of one header (Fetch, 3.3.5). */
static void check_asterisks(struct json_object *config, struct diags *diags)
{
    static const char *const lists[] = {"cors.origins", "cors.headers", "cors.expose"};

    for (size_t k = 0; conf_bool(config, "cors.credentials") && k < sizeof(lists) / sizeof(*lists);
         k++) {
        struct json_object *list = conf_get(config, lists[k]);

        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct json_object *item = json_object_array_get_idx(list, i);

            if (strcmp(json_object_get_string(item), "*") == 0)
                diag_error(diags, mark_where(item),
                           "%s[]: * cannot be combined with cors.credentials", lists[k]);
        }
    }
}

static const char *const mail_transports[] = {"mail.smtp", "mail.command", "mail.file"};

/* Requires a sender, and exactly one transport, if mail is configured. */
static void check_mail(struct json_object *config, struct diags *diags)
{
    struct json_object *first = NULL;

    for (size_t i = 0; i < sizeof(mail_transports) / sizeof(*mail_transports); i++) {
        struct json_object *way = conf_get(config, mail_transports[i]);

        if (way && first)
            diag_error(diags, mark_where(way), "%s: only one of smtp, command and file is allowed",
                       mail_transports[i]);
        first = first ? first : way;
    }
    if (first && !conf_get(config, "mail.from"))
        diag_error(diags, mark_where(first), "mail.from: is required to send mail");
}

static bool is_this_machine(struct slice url)
{
    slice_cut(&url, '/');
    slice_cut(&url, '/');
    url = slice_cut(&url, ':');
    return slice_is(url, "localhost") || slice_is(url, "127.0.0.1");
}

/* Requires TLS for a password, unless the server is this machine. */
static void check_smtp(struct json_object *config, struct diags *diags)
{
    struct json_object *smtp = conf_get(config, "mail.smtp");
    const char *url = conf_string(config, "mail.smtp.url");
    bool has_user, has_password, is_private;

    if (!smtp)
        return;
    if ((strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0) ||
        origin_fault(url) || strchr(url, '*'))
        diag_error(diags, mark_where(conf_get(smtp, "url")),
                   "mail.smtp.url: must be smtp://host:port or smtps://host:port");
    has_user = conf_get(smtp, "username");
    has_password = conf_get(smtp, "password");
    is_private = strncmp(url, "smtps:", 6) == 0 ||
                 strcmp(conf_string(smtp, "starttls"), "required") == 0 ||
                 is_this_machine(slice_of(url));
    if (has_user != has_password)
        diag_error(diags, mark_where(smtp),
                   "mail.smtp: username and password must be given together");
    if (has_user && !is_private)
        diag_error(diags, mark_where(smtp),
                   "mail.smtp.password: requires smtps:// or starttls: required");
}

struct scope_check {
    const char *path;
    struct diags *diags;
};

static void check_scope(void *arg, struct json_object *value)
{
    const struct scope_check *c = arg;

    if (!scope_is_token(jslice(value)))
        diag_error(c->diags, mark_where(value),
                   "%s: a scope must be printable ASCII without space, \" or \\ (RFC 6749, 3.3)",
                   c->path);
}

/* Refuses a scope that holds a space: scopes are passed on as a space-separated list, where it
 * would become two. */
static void check_scopes(struct json_object *config, struct diags *diags)
{
    static const char *const paths[] = {"identity.scopes[]", "identity.roles{}[]",
                                        "identity.providers{}.scopes[]"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        conf_each(config, paths[i], check_scope, &(struct scope_check){paths[i], diags});
}

static void check_network(void *diags, struct json_object *value)
{
    if (strcmp(json_object_get_string(value), "unix") == 0)
        diag_error(diags, mark_where(value), "outbound.allow[]: a Unix socket is not a network");
}

static void check_outbound(struct json_object *config, struct diags *diags)
{
    conf_each(config, "outbound.allow[]", check_network, diags);
}

static void check_backup(struct json_object *config, struct diags *diags)
{
    struct json_object *backup = conf_get(config, "backup");

    if (backup && !database_source_of(config).value)
        diag_error(diags, mark_where(backup), "backup: requires database.url");
}

/* Requires room for the largest body twice: as received and decompressed. */
static void check_buffered(struct json_object *config, struct diags *diags)
{
    static const char *const keys[] = {"limits.buffered", "limits.buffered-per-address"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        struct json_object *value = conf_get(config, keys[i]);

        if (value && json_object_get_int64(value) < 2 * conf_int(config, "limits.body"))
            diag_error(diags, mark_where(value), "%s: must be at least twice limits.body", keys[i]);
    }
}

static void (*const rules[])(struct json_object *config, struct diags *diags) = {
    check_clients, check_addresses,  check_asterisks, check_mail,
    check_smtp,    check_scopes,     check_outbound,  database_keys_check,
    check_backup,  file_clash_check, check_buffered,
};

void conf_rules_check(struct json_object *config, struct diags *diags)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        rules[i](config, diags);
}
